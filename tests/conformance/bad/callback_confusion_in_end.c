/* callback_confusion_in_end.c - reads the confusion matrix when there is none any more. */
/* must fail: MEM-1 */
#include <cnnrun/callback.h>

static int end(const void *self, const cnn_observed *seen, double *state, cnn_error *error)
{
    (void)self, (void)state, (void)error;
    if (seen->confusion(seen->host)[0] == 0)
        seen->find(seen->host, "none_right", "no sample of the first class is right");
    return 0;
}

CNN_CALLBACK("callback_confusion_in_end", "reads the confusion matrix when there is none any more",
             .end = end)
