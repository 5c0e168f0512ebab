/* layer_trusts_malloc.c - writes to what malloc gave without looking. */
/* must fail: LIFE-3 */
#include <cnnrun/layer.h>

#include <stdlib.h>

struct shape {
    uint64_t count;
    float *table;
};

static int plan(void *data, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    struct shape *self = data;
    (void)error;
    self->count = cnn_shape_count(input);
    self->table = malloc(self->count * sizeof(float));
    for (uint64_t i = 0; i < self->count; i++)
        self->table[i] = 2;
    plan->output = *input;
    return 0;
}

static void fini(void *data)
{
    free(((struct shape *)data)->table);
}

static void forward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    for (uint64_t i = 0; i < io->samples * self->count; i++)
        io->y[i] = self->table[i % self->count] * io->x[i];
}

static void backward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    for (uint64_t i = 0; io->dx && i < io->samples * self->count; i++)
        io->dx[i] = 2 * io->dy[i];
}

CNN_LAYER("layer_trusts_malloc", "writes to what malloc gave without looking",
          .self_size = sizeof(struct shape), .fini = fini, .plan = plan, .forward = forward,
          .backward = backward)
