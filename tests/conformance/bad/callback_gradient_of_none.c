/* callback_gradient_of_none.c - reads gradients before the first step. */
/* must fail: MEM-1 */
#include <cnnrun/callback.h>

static int plan(const void *self, const cnn_observed *seen, cnn_callback_plan *plan,
                cnn_error *error)
{
    (void)self, (void)seen, (void)error;
    plan->wants_gradients = 1;
    plan->state_count = 1;
    return 0;
}

static int begin(const void *self, const cnn_observed *seen, double *state, cnn_error *error)
{
    (void)self, (void)error;
    state[0] = (double)seen->gradients(seen->host, 0)[0];
    return 0;
}

CNN_CALLBACK("callback_gradient_of_none", "reads gradients before the first step", .plan = plan,
             .begin = begin)
