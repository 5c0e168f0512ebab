/* callback_keeps_unplanned.c - keeps weights without a word in its plan. */
/* must fail: CB-3 */
#include <cnnrun/callback.h>

static int epoch(const void *self, const cnn_observed *seen, double *state, cnn_error *error)
{
    (void)self, (void)state, (void)error;
    seen->keep_weights(seen->host);
    return 0;
}

CNN_CALLBACK("callback_keeps_unplanned", "keeps weights without a word in its plan", .epoch = epoch)
