/* callback_factor_zero.c - scales the learning rate by 0. */
/* must fail: CB-4 */
#include <cnnrun/callback.h>

static int epoch(const void *self, const cnn_observed *seen, double *state, cnn_error *error)
{
    (void)self, (void)state, (void)error;
    if (seen->epoch == 3)
        seen->scale_learning_rate(seen->host, 0);
    return 0;
}

CNN_CALLBACK("callback_factor_zero", "scales the learning rate by 0", .epoch = epoch)
