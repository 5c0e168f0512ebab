/* callback_plans_otherwise.c - asks for more state each time. */
/* must fail: CB-2 */
#include <cnnrun/callback.h>

static int plan(const void *self, const cnn_observed *seen, cnn_callback_plan *plan,
                cnn_error *error)
{
    static uint64_t count;
    (void)self, (void)seen, (void)error;
    plan->state_count = ++count;
    return 0;
}

static int end(const void *self, const cnn_observed *seen, double *state, cnn_error *error)
{
    (void)self, (void)seen, (void)state, (void)error;
    return 0;
}

CNN_CALLBACK("callback_plans_otherwise", "asks for more state each time", .plan = plan, .end = end)
