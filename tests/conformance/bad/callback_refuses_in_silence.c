/* callback_refuses_in_silence.c - refuses without a sentence. */
/* must fail: CB-6 */
#include <cnnrun/callback.h>

static int plan(const void *self, const cnn_observed *seen, cnn_callback_plan *plan,
                cnn_error *error)
{
    (void)self, (void)plan, (void)error;
    return seen->own_validation ? 0 : -1;
}

static int end(const void *self, const cnn_observed *seen, double *state, cnn_error *error)
{
    (void)self, (void)seen, (void)state, (void)error;
    return 0;
}

CNN_CALLBACK("callback_refuses_in_silence", "refuses without a sentence", .plan = plan, .end = end)
