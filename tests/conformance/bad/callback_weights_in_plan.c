/* callback_weights_in_plan.c - reads weights before there is memory for them. */
/* must fail: CB-3 */
#include <cnnrun/callback.h>

static int plan(const void *self, const cnn_observed *seen, cnn_callback_plan *plan,
                cnn_error *error)
{
    (void)self, (void)plan, (void)error;
    (void)seen->weights(seen->host, 0);
    return 0;
}

static int end(const void *self, const cnn_observed *seen, double *state, cnn_error *error)
{
    (void)self, (void)seen, (void)state, (void)error;
    return 0;
}

CNN_CALLBACK("callback_weights_in_plan", "reads weights before there is memory for them",
             .plan = plan, .end = end)
