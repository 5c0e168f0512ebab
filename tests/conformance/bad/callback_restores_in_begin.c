/* callback_restores_in_begin.c - puts weights back before there are any. */
/* must fail: CB-3 */
#include <cnnrun/callback.h>

static int begin(const void *self, const cnn_observed *seen, double *state, cnn_error *error)
{
    (void)self, (void)state, (void)error;
    (void)seen->restore_weights(seen->host);
    return 0;
}

CNN_CALLBACK("callback_restores_in_begin", "puts weights back before there are any", .begin = begin)
