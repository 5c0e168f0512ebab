/* callback_nothing_to_call.c - a plan, and nothing to call. */
/* must fail: CB-1 */
#include <cnnrun/callback.h>

static int plan(const void *self, const cnn_observed *seen, cnn_callback_plan *plan,
                cnn_error *error)
{
    (void)self, (void)seen, (void)plan, (void)error;
    return 0;
}

CNN_CALLBACK("callback_nothing_to_call", "a plan, and nothing to call", .plan = plan)
