/* callback_best_weights.c - keeps the weights of the lowest loss, and puts them back at the end. */
#include <cnnrun/callback.h>

static int plan(const void *self, const cnn_observed *seen, cnn_callback_plan *plan,
                cnn_error *error)
{
    (void)self, (void)seen, (void)error;
    plan->state_count = 2; /* the lowest loss, and whether there is one */
    plan->keeps_weights = 1;
    return 0;
}

static int epoch(const void *self, const cnn_observed *seen, double *state, cnn_error *error)
{
    const double loss = seen->rows[(seen->epoch - 1) * seen->column_count];
    (void)self, (void)error;
    if (!isfinite(loss) || (state[1] > 0 && loss >= state[0]))
        return 0;
    state[0] = loss;
    state[1] = 1;
    seen->keep_weights(seen->host);
    return 0;
}

static int end(const void *self, const cnn_observed *seen, double *state, cnn_error *error)
{
    (void)self, (void)error;
    if (state[1] > 0)
        (void)seen->restore_weights(seen->host);
    return 0;
}

CNN_CALLBACK("callback_best_weights", "keeps the weights of the lowest loss",
             .doc = "Keeps the weights of the epoch with the lowest loss; the run ends with them.",
             .plan = plan, .epoch = epoch, .end = end)
