/* callback_no_reason.c - stops without a reason. */
/* must fail: CB-4 */
#include <cnnrun/callback.h>

static int epoch(const void *self, const cnn_observed *seen, double *state, cnn_error *error)
{
    (void)self, (void)state, (void)error;
    if (seen->epoch == 3)
        seen->stop(seen->host, "");
    return 0;
}

CNN_CALLBACK("callback_no_reason", "stops without a reason", .epoch = epoch)
