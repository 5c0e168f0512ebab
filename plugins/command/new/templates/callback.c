/* template_name.c - lowers the learning rate where the training loss no longer falls.
 *
 *     rate = rate factor, after `patience` epochs without a lower loss
 *
 * The manual of callbacks is <cnnrun/callback.h>. */
#include <cnnrun/callback.h>
#include <string.h>

/* The parameters, as a pipeline may set them: callbacks: [template_name: {patience: 3}]. */
struct settings {
    double factor;
    int64_t patience;
};

static const cnn_param params[] = {
    /* struct, field, type, default, least, most, flags, help */
    CNN_PARAM(struct settings, factor, CNN_REAL, "0.5", 0, 1, CNN_ABOVE_MIN,
              "what is left of the rate at each fall"),
    CNN_PARAM(struct settings, patience, CNN_INTEGER, "1", 1, 1000000, 0,
              "epochs without a lower loss after which the rate falls"),
    CNN_PARAM_END,
};

/* What the state holds. The host keeps it in each checkpoint; keep nothing elsewhere. */
enum { HAS_BEST, BEST, WAITED, STATES };

/* What the callback needs. Optional. */
static int plan(const void *self, const cnn_observed *seen, cnn_callback_plan *plan,
                cnn_error *error)
{
    (void)self, (void)seen, (void)error;
    plan->state_count = STATES;
    return 0;
}

/* The last row's training loss; NaN where there is no such column. */
static double last_loss(const cnn_observed *seen)
{
    for (uint64_t c = 0; c < seen->column_count; c++)
        if (strcmp(seen->columns[c], "loss") == 0)
            return seen->rows[(seen->row_count - 1) * seen->column_count + c];
    return (double)NAN;
}

/* After each validation, by default one an epoch; the last row is of it. */
static int epoch(const void *data, const cnn_observed *seen, double *state, cnn_error *error)
{
    const struct settings *self = data;
    const double loss = last_loss(seen);
    (void)error;
    if (state[HAS_BEST] == 0 || loss < state[BEST]) {
        state[HAS_BEST] = 1;
        state[BEST] = loss;
        state[WAITED] = 0;
        return 0;
    }
    state[WAITED]++;
    if (state[WAITED] >= (double)self->patience) {
        seen->scale_learning_rate(seen->host, self->factor);
        state[WAITED] = 0;
    }
    return 0;
}

/* The name must be the file's. `doc` is what `cnnrun plugins template_name` prints. */
CNN_CALLBACK("template_name", "lowers the learning rate where the loss no longer falls",
             .doc = "The rate is multiplied by factor after `patience` epochs without a lower "
                    "training loss.",
             .params = params, .self_size = sizeof(struct settings), .plan = plan, .epoch = epoch)
