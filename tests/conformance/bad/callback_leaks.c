/* callback_leaks.c - a block of memory that stays after the end. */
/* must fail: LIFE-1 */
#include <cnnrun/callback.h>

#include <stdlib.h>
#include <string.h>

static int begin(const void *self, const cnn_observed *seen, double *state, cnn_error *error)
{
    (void)self, (void)seen, (void)state, (void)error;
    char *volatile lost = malloc(65536);
    if (lost)
        memset(lost, 1, 65536);
    return 0;
}

CNN_CALLBACK("callback_leaks", "a block of memory that stays after the end", .begin = begin)
