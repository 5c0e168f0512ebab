/* callback_leaves_folder.c - names a file outside the run. */
/* must fail: CB-4 */
#include <cnnrun/callback.h>

static int end(const void *self, const cnn_observed *seen, double *state, cnn_error *error)
{
    (void)self, (void)state;
    return seen->write_file(seen->host, "../note.txt", "done\n", 5, error);
}

CNN_CALLBACK("callback_leaves_folder", "names a file outside the run", .end = end)
