/* layer_sums_by_cache.c - the mean of a sample, added up in as many parts as fit the first-level cache. */
/* must fail: LAY-16 */
#include <cnnrun/layer.h>

struct mean {
    uint64_t count, block;
};

static int plan(void *data, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    struct mean *self = data;
    (void)error;
    self->count = cnn_shape_count(input);
    self->block = plan->cache_bytes[0] / 256;
    plan->output = (cnn_shape){1, {1}};
    return 0;
}

static void forward(const void *data, const cnn_layer_io *io)
{
    const struct mean *self = data;
    for (uint64_t s = 0; s < io->samples; s++) {
        const float *x = io->x + s * self->count;
        float sum = 0;
        for (uint64_t first = 0; first < self->count; first += self->block) {
            float part = 0;
            for (uint64_t i = first; i < self->count && i < first + self->block; i++)
                part += x[i];
            sum += part;
        }
        io->y[s] = sum / (float)self->count;
    }
}

static void backward(const void *data, const cnn_layer_io *io)
{
    const struct mean *self = data;
    for (uint64_t i = 0; io->dx && i < io->samples * self->count; i++)
        io->dx[i] = io->dy[i / self->count] / (float)self->count;
}

CNN_LAYER("layer_sums_by_cache", "a sum whose order depends on the cache",
          .self_size = sizeof(struct mean), .plan = plan, .forward = forward, .backward = backward)
