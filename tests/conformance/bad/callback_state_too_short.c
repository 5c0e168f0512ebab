/* callback_state_too_short.c - writes past the state that it asked for. */
/* must fail: MEM-1 */
#include <cnnrun/callback.h>

static int plan(const void *self, const cnn_observed *seen, cnn_callback_plan *plan,
                cnn_error *error)
{
    (void)self, (void)seen, (void)error;
    plan->state_count = 2;
    return 0;
}

static int epoch(const void *self, const cnn_observed *seen, double *state, cnn_error *error)
{
    (void)self, (void)error;
    state[seen->epoch % 3] = 1;
    return 0;
}

CNN_CALLBACK("callback_state_too_short", "writes past the state that it asked for", .plan = plan,
             .epoch = epoch)
