/* callback_factor_from_loss.c - a factor that is nan where the loss is. */
/* must fail: CB-5 */
#include <cnnrun/callback.h>

static int epoch(const void *self, const cnn_observed *seen, double *state, cnn_error *error)
{
    (void)self, (void)state, (void)error;
    const double loss = seen->rows[(seen->epoch - 1) * seen->column_count];
    seen->scale_learning_rate(seen->host, 1 / (1 + loss * loss));
    return 0;
}

CNN_CALLBACK("callback_factor_from_loss", "a factor that is nan where the loss is", .epoch = epoch)
