/* layer_second_changed.c - adds its inputs, and sets the later ones to 0. */
/* must fail: MEM-3 */
#include <layer/merge.h>

static void forward(const void *self, const cnn_layer_io *io)
{
    const merge *m = self;
    merge_sum(self, io, 1);
    for (uint64_t k = 1; k < m->inputs; k++)
        for (uint64_t i = 0; i < io->samples * m->size; i++)
            ((float *)(uintptr_t)io->xs[k])[i] = 0;
}

static void backward(const void *self, const cnn_layer_io *io)
{
    merge_share(self, io, 1);
}

CNN_LAYER("layer_second_changed", "writes to a later input", .self_size = sizeof(merge),
          .plan = merge_plan, .forward = forward, .backward = backward)
