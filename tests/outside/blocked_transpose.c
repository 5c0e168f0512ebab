/* blocked_transpose.c - swaps height and width of images, in blocks that fit the first-level cache. */
#include <cnnrun/layer.h>

typedef struct blocked_transpose {
    uint64_t h, w, c;
    uint64_t block; /* pixels of a block's side; the result is the same with any */
} blocked_transpose;

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    blocked_transpose *t = self;
    if (input->rank != 3)
        return cnn_fail(error, "the input has rank %d; it must be an image", (int)input->rank);
    *t = (blocked_transpose){input->dim[0], input->dim[1], input->dim[2], 1};
    while (4 * t->block * t->block * t->c * 2 * sizeof(float) <= plan->cache_bytes[0])
        t->block *= 2;
    plan->output = (cnn_shape){3, {t->w, t->h, t->c}};
    return 0;
}

/* out (w, h, c) from in (h, w, c) */
static void transpose(const float *in, uint64_t h, uint64_t w, uint64_t c, uint64_t block,
                      float *out)
{
    for (uint64_t top = 0; top < h; top += block)
        for (uint64_t left = 0; left < w; left += block)
            for (uint64_t i = top; i < h && i < top + block; i++)
                for (uint64_t j = left; j < w && j < left + block; j++)
                    for (uint64_t k = 0; k < c; k++)
                        out[(j * h + i) * c + k] = in[(i * w + j) * c + k];
}

static void forward(const void *self, const cnn_layer_io *io)
{
    const blocked_transpose *t = self;
    const uint64_t size = t->h * t->w * t->c;
    for (uint64_t s = 0; s < io->samples; s++)
        transpose(io->x + s * size, t->h, t->w, t->c, t->block, io->y + s * size);
}

static void backward(const void *self, const cnn_layer_io *io)
{
    const blocked_transpose *t = self;
    const uint64_t size = t->h * t->w * t->c;
    for (uint64_t s = 0; io->dx && s < io->samples; s++)
        transpose(io->dy + s * size, t->w, t->h, t->c, t->block, io->dx + s * size);
}

CNN_LAYER("blocked_transpose", "height and width swapped", .self_size = sizeof(blocked_transpose),
          .plan = plan, .forward = forward, .backward = backward)
