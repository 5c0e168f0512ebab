/* callback_counts_calls.c - counts its calls in a static variable. */
/* must fail: DET-1 */
#include <cnnrun/callback.h>

static int epoch(const void *self, const cnn_observed *seen, double *state, cnn_error *error)
{
    static volatile int calls;
    (void)self, (void)state, (void)error;
    if (++calls > 50)
        seen->stop(seen->host, "50 calls are enough");
    return 0;
}

CNN_CALLBACK("callback_counts_calls", "counts its calls in a static variable", .epoch = epoch)
