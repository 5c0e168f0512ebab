/* callback_header_again.c - adds its first line again when it is resumed. */
/* must fail: CB-8 */
#include <cnnrun/callback.h>

static int begin(const void *self, const cnn_observed *seen, double *state, cnn_error *error)
{
    (void)self, (void)state;
    return seen->append_file(seen->host, "notes.csv", "epoch\n", 6, error);
}

CNN_CALLBACK("callback_header_again", "adds its first line again when it is resumed",
             .begin = begin)
