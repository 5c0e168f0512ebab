/* early_stopping.c - ends a training that no longer improves, as Keras's EarlyStopping does.
 *
 * Source: Keras 3, keras.io/api/callbacks/early_stopping. What is different: for `mode: auto` newer
 * versions of Keras ask the metric for its direction, and refuse what has none. Here `auto` is max
 * for the metrics that come with cnnrun, which monitored.h lists, and min for all else: losses,
 * but also learning_rate, seconds, and metrics from elsewhere, for which the mode should be given.
 * Where the training diverged or was interrupted, no weights are put back. Where there are
 * validations within epochs, patience counts them all. */
#include "monitored.h"

typedef struct stopping {
    monitored watch; /* first: see there */
    int64_t patience, start_from_epoch;
    double baseline; /* none: NaN */
    int32_t restore_best_weights;
} stopping;

static const cnn_param params[] = {
    PARAM_MONITOR,
    PARAM_MIN_DELTA("0"),
    CNN_PARAM(stopping, patience, CNN_INTEGER, "0", 0, 1e6, 0,
              "Validations (by default one an epoch) without improvement after which training "
              "stops."),
    PARAM_MODE,
    CNN_PARAM(stopping, baseline, CNN_REAL, "null", -INFINITY, INFINITY, CNN_NULLABLE,
              "A validation that is not better than this counts as one without improvement."),
    CNN_PARAM(stopping, start_from_epoch, CNN_INTEGER, "0", 0, 1e6, 0,
              "The first epochs, this many, are not looked at."),
    CNN_PARAM_BOOL(stopping, restore_best_weights, "false",
                   "At the end, the weights with the best figure are put back."),
    CNN_PARAM_END,
};

/* What the state holds. */
enum { WAIT, BEST, HAS_BEST, KEPT_EPOCH, STATES };

static int plan(const void *self, const cnn_observed *seen, cnn_callback_plan *plan,
                cnn_error *error)
{
    const stopping *s = self;
    if (check_monitor(&s->watch, seen, "to stop by the test data would choose the result by it",
                      error))
        return -1;
    plan->state_count = STATES;
    plan->keeps_weights = s->restore_best_weights != 0;
    return 0;
}

static void keep(const stopping *s, const cnn_observed *seen, double *state)
{
    if (!s->restore_best_weights)
        return;
    seen->keep_weights(seen->host);
    state[KEPT_EPOCH] = (double)seen->step / (double)seen->steps_per_epoch;
}

static void stop(const stopping *s, const cnn_observed *seen, const double *state)
{
    char reason[250];
    const double kept = state[KEPT_EPOCH];
    const int length =
        snprintf(reason, sizeof reason, "%.100s has not improved for %.0f %s%s", s->watch.monitor,
                 state[WAIT], seen->row_count == seen->epoch ? "epoch" : "validation",
                 state[WAIT] == 1 ? "" : "s");
    if (s->restore_best_weights)
        (void)snprintf(reason + length, sizeof reason - (size_t)length,
                       "; the weights are those of epoch %.*f", kept == floor(kept) ? 0 : 2, kept);
    seen->stop(seen->host, reason);
}

static int epoch(const void *self, const cnn_observed *seen, double *state, cnn_error *error)
{
    const stopping *s = self;
    const double value = last_of(s->watch.monitor, seen);
    const double worst = is_max(&s->watch) ? -HUGE_VAL : HUGE_VAL;
    const double best = state[HAS_BEST] != 0 ? state[BEST] : worst;
    (void)error;
    if (seen->step <= (uint64_t)s->start_from_epoch * seen->steps_per_epoch)
        return 0;
    if (state[WAIT] == 0 && state[HAS_BEST] == 0)
        keep(s, seen, state); /* the first that is looked at is the best so far */
    state[WAIT]++;
    if (improves(&s->watch, value, best)) {
        state[BEST] = value;
        state[HAS_BEST] = 1;
        keep(s, seen, state);
        if (isnan(s->baseline) || improves(&s->watch, value, s->baseline))
            state[WAIT] = 0;
        return 0;
    }
    if (state[WAIT] >= (double)s->patience && seen->row_count > 1)
        stop(s, seen, state);
    return 0;
}

static int end(const void *self, const cnn_observed *seen, double *state, cnn_error *error)
{
    const stopping *s = self;
    (void)state, (void)error;
    if (s->restore_best_weights &&
        (seen->ended == CNN_ENDED_COMPLETED || seen->ended == CNN_ENDED_STOPPED))
        (void)seen->restore_weights(seen->host);
    return 0;
}

CNN_CALLBACK(
    "early_stopping", "ends a training that no longer improves",
    .doc = "Keras's EarlyStopping, with its parameters. `monitor: val_...` needs "
           "data.validation: to stop by the test data would choose the result by it. `mode: "
           "auto` is max for accuracy, auc, f1_score, precision, recall and top_k, min for all "
           "else. With restore_best_weights the run "
           "ends with the weights of the epoch that is the best by `monitor`: the checkpoint and "
           "the test figures are of these, and the reason for the stop names the epoch. With "
           "train.validate_every there are validations within epochs: `patience` counts these, "
           "too, and the best may be epoch 2.50, half of the third. The epoch may be "
           "another than best_epoch of summary.json, which is the one with the highest "
           "val_accuracy, whatever is monitored; and loss, accuracy, val_loss and val_accuracy "
           "there are always of the last epoch that was trained.",
    .self_size = sizeof(stopping), .params = params, .plan = plan, .epoch = epoch, .end = end)
