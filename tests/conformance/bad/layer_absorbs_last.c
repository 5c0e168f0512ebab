/* layer_absorbs_last.c - doubles its input, with the 2 x 2 maxima behind it if wanted, and of equal
 * ones takes the last. */
/* must fail: LAY-13 */
#include <cnnrun/layer.h>

#include <string.h>

struct image {
    uint64_t h, w, c, pool;
};

static int absorb(void *data, const cnn_operator *next)
{
    struct image *self = data;
    self->pool = (uint64_t)cnn_operator_is_max_pool_2x2(next);
    return (int)self->pool;
}

static int plan(void *data, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    struct image *self = data;
    if (input->rank != 3 || input->dim[0] < 2 || input->dim[1] < 2)
        return cnn_fail(error, "the input must be an image of 2 x 2 pixels or more");
    self->h = input->dim[0];
    self->w = input->dim[1];
    self->c = input->dim[2];
    plan->output = *input;
    if (self->pool)
        plan->output = (cnn_shape){3, {self->h / 2, self->w / 2, self->c}};
    plan->flags = CNN_USES_INPUT;
    return 0;
}

/* Where output i of all samples comes from. */
static uint64_t place(const struct image *self, const float *x, uint64_t i)
{
    const uint64_t h = self->h / 2, w = self->w / 2, pixel = i / self->c;
    const uint64_t row = pixel / w / h * self->h + pixel / w % h * 2;
    const uint64_t first = (row * self->w + pixel % w * 2) * self->c + i % self->c;
    uint64_t best = first;
    for (uint64_t k = 1; k < 4; k++) {
        const uint64_t at = first + (k / 2 * self->w + k % 2) * self->c;
        best = x[at] >= x[best] || x[at] != x[at] ? at : best;
    }
    return best;
}

static uint64_t outputs(const struct image *self)
{
    return self->pool ? self->h / 2 * (self->w / 2) * self->c : self->h * self->w * self->c;
}

static void forward(const void *data, const cnn_layer_io *io)
{
    const struct image *self = data;
    for (uint64_t i = 0; i < io->samples * outputs(self); i++)
        io->y[i] = 2 * io->x[self->pool ? place(self, io->x, i) : i];
}

static void backward(const void *data, const cnn_layer_io *io)
{
    const struct image *self = data;
    if (!io->dx)
        return;
    memset(io->dx, 0, io->samples * self->h * self->w * self->c * sizeof(float));
    for (uint64_t i = 0; i < io->samples * outputs(self); i++)
        io->dx[self->pool ? place(self, io->x, i) : i] = 2 * io->dy[i];
}

CNN_LAYER("layer_absorbs_last", "of equal maxima, takes the last",
          .self_size = sizeof(struct image), .absorb = absorb, .plan = plan, .forward = forward,
          .backward = backward)
