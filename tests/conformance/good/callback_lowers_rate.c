/* callback_lowers_rate.c - halves the learning rate at a plateau; looks at gradients between. */
#include <cnnrun/callback.h>

struct settings {
    int64_t patience, every;
};

static const cnn_param params[] = {
    CNN_PARAM(struct settings, patience, CNN_INTEGER, "2", 1, 1000, 0, "epochs without progress"),
    CNN_PARAM(struct settings, every, CNN_INTEGER, "3", 1, 1000, 0, "steps between two looks"),
    CNN_PARAM_END,
};

/* state: the best loss, the epochs since then, and the largest gradient of all. */
enum { BEST, SINCE, LARGEST, NUMBERS };

static int plan(const void *data, const cnn_observed *seen, cnn_callback_plan *plan,
                cnn_error *error)
{
    const struct settings *self = data;
    if (seen->column_count < 4)
        return cnn_fail(error, "metrics.csv has too few columns");
    plan->step_interval = (uint64_t)self->every;
    plan->state_count = NUMBERS;
    plan->wants_gradients = 1;
    return 0;
}

static int step(const void *data, const cnn_observed *seen, double *state, cnn_error *error)
{
    (void)data, (void)error;
    for (uint64_t t = 0; t < seen->tensor_count; t++) {
        const float *gradient = seen->gradients(seen->host, t);
        for (uint64_t i = 0; gradient && i < seen->tensors[t].count; i++)
            state[LARGEST] = fmax(state[LARGEST], fabs((double)gradient[i]));
    }
    return 0;
}

static int epoch(const void *data, const cnn_observed *seen, double *state, cnn_error *error)
{
    const struct settings *self = data;
    const double loss = seen->rows[(seen->epoch - 1) * seen->column_count];
    (void)error;
    if (seen->epoch == 1 || loss < state[BEST]) {
        state[BEST] = loss;
        state[SINCE] = 0;
    } else if (++state[SINCE] >= (double)self->patience) {
        state[SINCE] = 0;
        seen->scale_learning_rate(seen->host, 0.5);
    }
    return 0;
}

CNN_CALLBACK("callback_lowers_rate", "halves the learning rate at a plateau",
             .doc = "Halves the learning rate when the loss has not improved for some epochs.",
             .params = params, .self_size = sizeof(struct settings), .plan = plan, .step = step,
             .epoch = epoch)
