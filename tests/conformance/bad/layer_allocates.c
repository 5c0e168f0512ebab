/* layer_allocates.c - memory for each call. */
/* must fail: HOT-1 */
#include <cnnrun/layer.h>

#include <stdlib.h>
#include <string.h>

struct shape {
    uint64_t count;
};

static int plan(void *data, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    struct shape *self = data;
    (void)error;
    self->count = cnn_shape_count(input);
    plan->output = *input;
    plan->flags = CNN_ELEMENTWISE;
    return 0;
}

static void forward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    const uint64_t count = io->samples * self->count;
    float *copy = malloc(count * sizeof *copy);
    memcpy(copy, io->x, count * sizeof *copy);
    for (uint64_t i = 0; i < count; i++)
        io->y[i] = 2 * copy[i];
    free(copy);
}

static void backward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    const uint64_t count = io->samples * self->count;
    for (uint64_t i = 0; io->dx && i < count; i++)
        io->dx[i] = 2 * io->dy[i];
}

CNN_LAYER("layer_allocates", "memory for each call", .self_size = sizeof(struct shape),
          .plan = plan, .forward = forward, .backward = backward)
