/* callback_stops_in_end.c - asks to stop when all is over. */
/* must fail: CB-3 */
#include <cnnrun/callback.h>

static int end(const void *self, const cnn_observed *seen, double *state, cnn_error *error)
{
    (void)self, (void)state, (void)error;
    seen->stop(seen->host, "it is enough");
    return 0;
}

CNN_CALLBACK("callback_stops_in_end", "asks to stop when all is over", .end = end)
