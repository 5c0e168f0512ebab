/* layer_second_unwritten.c - adds its inputs, and writes no gradient of the later ones. */
/* must fail: MEM-4 */
#include <layer/merge.h>

static void forward(const void *self, const cnn_layer_io *io)
{
    merge_sum(self, io, 1);
}

static void backward(const void *self, const cnn_layer_io *io)
{
    const merge *m = self;
    for (uint64_t i = 0; io->dx && i < io->samples * m->size; i++)
        io->dx[i] = io->dy[i];
}

CNN_LAYER("layer_second_unwritten", "writes no gradient of later inputs", .self_size = sizeof(merge),
          .plan = merge_plan, .forward = forward, .backward = backward)
