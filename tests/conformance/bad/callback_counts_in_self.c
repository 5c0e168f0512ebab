/* callback_counts_in_self.c - counts epochs in memory of its own. */
/* must fail: CB-8 */
#include <cnnrun/callback.h>

#include <stdlib.h>

struct counter {
    uint64_t *count;
};

static int init(void *data, cnn_error *error)
{
    struct counter *self = data;
    self->count = calloc(1, sizeof *self->count);
    return self->count ? 0 : cnn_fail_memory(error, sizeof *self->count);
}

static void fini(void *data)
{
    free(((struct counter *)data)->count);
}

static int epoch(const void *data, const cnn_observed *seen, double *state, cnn_error *error)
{
    const struct counter *self = data;
    (void)state, (void)error;
    if (seen->epoch == 1)
        *self->count = 0;
    if (++*self->count == 5)
        seen->stop(seen->host, "five epochs are done");
    return 0;
}

CNN_CALLBACK("callback_counts_in_self", "counts epochs in memory of its own",
             .self_size = sizeof(struct counter), .init = init, .fini = fini, .epoch = epoch)
