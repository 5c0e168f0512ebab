/* reduce_lr_on_plateau.c - lowers the learning rate where training no longer improves, as Keras's
 * ReduceLROnPlateau does.
 *
 * Source: Keras 3, keras.io/api/callbacks/reduce_lr_on_plateau. What is different: `factor` and
 * `min_lr` act on the rate of the schedule, which goes on; Keras sets the optimizer's rate, and a
 * schedule would set it again. `mode: auto` is as in
 * early_stopping. What another callback has asked for at the same row is not seen: use one of these
 * alone. */
#include "monitored.h"

typedef struct plateau {
    monitored watch; /* first: see there */
    double factor, min_lr;
    int64_t patience, cooldown;
} plateau;

static const cnn_param params[] = {
    PARAM_MONITOR,
    CNN_PARAM(plateau, factor, CNN_REAL, "0.1", 0, 1, CNN_ABOVE_MIN | CNN_BELOW_MAX,
              "What the learning rate is multiplied by."),
    CNN_PARAM(plateau, patience, CNN_INTEGER, "10", 0, 1e6, 0,
              "Validations (by default one an epoch) without improvement after which the rate is "
              "lowered."),
    PARAM_MODE,
    PARAM_MIN_DELTA("1e-4"),
    CNN_PARAM(plateau, cooldown, CNN_INTEGER, "0", 0, 1e6, 0,
              "Validations after each lowering that do not count."),
    CNN_PARAM(plateau, min_lr, CNN_REAL, "0", 0, INFINITY, 0,
              "The rate is not brought below this. The schedule may still go lower."),
    CNN_PARAM_END,
};

/* What the state holds. */
enum { WAIT, BEST, HAS_BEST, COOLDOWN, STATES };

static int plan(const void *self, const cnn_observed *seen, cnn_callback_plan *plan,
                cnn_error *error)
{
    plan->state_count = STATES;
    return check_monitor(self, seen,
                         "to choose rates by the test data would choose the result by it", error);
}

/* The rate of the last step is a column of its own. */
static void lower(const plateau *p, const cnn_observed *seen, double *state)
{
    const double rate = last_of("learning_rate", seen);
    const double wanted = fmax(rate * p->factor, p->min_lr);
    if (!(wanted < rate) || !(wanted / rate > 0))
        return;
    seen->scale_learning_rate(seen->host, wanted / rate);
    state[COOLDOWN] = (double)p->cooldown;
    state[WAIT] = 0;
}

static int epoch(const void *self, const cnn_observed *seen, double *state, cnn_error *error)
{
    const plateau *p = self;
    const double value = last_of(p->watch.monitor, seen);
    (void)error;
    if (state[COOLDOWN] > 0) {
        state[COOLDOWN]--;
        state[WAIT] = 0;
    }
    if (state[HAS_BEST] == 0 ? !isnan(value) : improves(&p->watch, value, state[BEST])) {
        state[BEST] = value;
        state[HAS_BEST] = 1;
        state[WAIT] = 0;
    } else if (state[COOLDOWN] == 0 && ++state[WAIT] >= (double)p->patience) {
        lower(p, seen, state);
    }
    return 0;
}

CNN_CALLBACK("reduce_lr_on_plateau", "lowers the learning rate where training no longer improves",
             .doc = "Keras's ReduceLROnPlateau, with its parameters, but for `verbose`. "
                    "`min_delta` is a difference; "
                    "PyTorch's threshold is by default a fraction of the best value. The factor "
                    "stands on top of the "
                    "schedule's rates: with a schedule that falls by itself, both lower the rate. "
                    "`monitor: val_...` needs data.validation.",
             .self_size = sizeof(plateau), .params = params, .plan = plan, .epoch = epoch)
