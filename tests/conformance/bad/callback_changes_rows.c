/* callback_changes_rows.c - mends the rows that it is shown. */
/* must fail: MEM-3 */
#include <cnnrun/callback.h>

static int epoch(const void *self, const cnn_observed *seen, double *state, cnn_error *error)
{
    (void)self, (void)state, (void)error;
    ((double *)(uintptr_t)seen->rows)[0] = 0;
    return 0;
}

CNN_CALLBACK("callback_changes_rows", "mends the rows that it is shown", .epoch = epoch)
