/* layer_forgets_second.c - adds its inputs, and gives a later one twice the gradient. */
/* must fail: LAY-3 */
#include <layer/merge.h>

static void forward(const void *self, const cnn_layer_io *io)
{
    merge_sum(self, io, 1);
}

static void backward(const void *self, const cnn_layer_io *io)
{
    const merge *m = self;
    merge_share(self, io, 1);
    for (uint64_t k = 1; k < m->inputs; k++)
        for (uint64_t i = 0; io->dxs[k] && i < io->samples * m->size; i++)
            io->dxs[k][i] *= 2;
}

CNN_LAYER("layer_forgets_second", "gives a later input a wrong gradient", .self_size = sizeof(merge),
          .plan = merge_plan, .forward = forward, .backward = backward)
