/* layer_second_of_others.c - adds to a sample what the sample before it has as its second input. */
/* must fail: LAY-5 */
#include <layer/merge.h>

static void forward(const void *self, const cnn_layer_io *io)
{
    const merge *m = self;
    for (uint64_t i = 0; i < io->samples * m->size; i++)
        io->y[i] = io->x[i];
    for (uint64_t k = 1; k < m->inputs; k++)
        for (uint64_t i = 0; i < io->samples * m->size; i++)
            io->y[i] += io->xs[k][i < m->size ? i : i - m->size];
}

static void backward(const void *self, const cnn_layer_io *io)
{
    merge_share(self, io, 1);
}

CNN_LAYER("layer_second_of_others", "mixes samples of a later input", .self_size = sizeof(merge),
          .plan = merge_plan, .forward = forward, .backward = backward)
