/* callback_writes_itself.c - opens a file and writes it. */
/* must fail: CB-7 */
#include <cnnrun/callback.h>

static int end(const void *self, const cnn_observed *seen, double *state, cnn_error *error)
{
    (void)self, (void)seen, (void)state, (void)error;
    FILE *file = fopen("callback_writes_itself.txt", "a");
    if (file) {
        fprintf(file, "done\n");
        fclose(file);
    }
    return 0;
}

CNN_CALLBACK("callback_writes_itself", "opens a file and writes it", .end = end)
