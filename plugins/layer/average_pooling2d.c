/* average_pooling2d.c - the mean of each window, channel by channel.
 *
 * A window is added up in row-major order. dx = dy / count for each input of the window, and an
 * input in several windows gets the sum in the windows' row-major order. */
/* isa: avx2 avx512 */
#include <cnnrun/layer.h>
#include <kernels/pooling.h>
#include <string.h>

typedef struct average_pooling2d {
    pooling p;
    int32_t count_padding;
} average_pooling2d;

static const cnn_param params[] = {
    POOLING_PARAMS,
    CNN_PARAM_BOOL(average_pooling2d, count_padding, "false",
                   "Whether places outside of the image count as zeros; false: a window's sum is "
                   "divided by the number of inputs that it covers, as in Keras. PyTorch's "
                   "count_include_pad is true."),
    CNN_PARAM_END,
};

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    average_pooling2d *a = self;
    if (pooling_place(&a->p, "average_pooling2d", input, error))
        return -1;
    const size_t outputs = a->p.rows.count * a->p.columns.count * a->p.channels;
    plan->output = (cnn_shape){3, {a->p.rows.count, a->p.columns.count, a->p.channels}};
    plan->flops = (double)outputs * (double)a->p.rows.size * (double)a->p.columns.size;
    return 0;
}

/* What a window counts along an axis; one that ceil has added ends with the padding. */
static size_t counted(const average_pooling2d *a, const windows *w, size_t i)
{
    const window_span s = windows_span(w, i);
    const size_t left = w->before + w->n + w->after - i * w->stride;
    return !a->count_padding ? s.end - s.begin : w->size < left ? w->size : left;
}

static void forward(const void *self, const cnn_layer_io *io)
{
    const average_pooling2d *a = self;
    const windows *rows = &a->p.rows, *columns = &a->p.columns;
    const size_t channels = a->p.channels;
    float *y = io->y;
    for (size_t n = 0; n < io->samples; n++)
        for (size_t at = 0; at < rows->count * columns->count; at++, y += channels) {
            const size_t i = at / columns->count, j = at % columns->count;
            const window_span u = windows_span(rows, i), v = windows_span(columns, j);
            const float share = 1 / (float)(counted(a, rows, i) * counted(a, columns, j));
            memset(y, 0, channels * sizeof(float));
            for (size_t row = u.begin; row < u.end; row++)
                for (size_t column = v.begin; column < v.end; column++) {
                    const float *x = io->x + ((n * rows->n + row) * columns->n + column) * channels;
                    for (size_t c = 0; c < channels; c++)
                        y[c] += x[c];
                }
            for (size_t c = 0; c < channels; c++)
                y[c] *= share;
        }
}

static void backward(const void *self, const cnn_layer_io *io)
{
    const average_pooling2d *a = self;
    const windows *rows = &a->p.rows, *columns = &a->p.columns;
    const size_t channels = a->p.channels;
    const float *dy = io->dy;
    if (!io->dx)
        return;
    memset(io->dx, 0, io->samples * rows->n * columns->n * channels * sizeof(float));
    for (size_t n = 0; n < io->samples; n++)
        for (size_t at = 0; at < rows->count * columns->count; at++, dy += channels) {
            const size_t i = at / columns->count, j = at % columns->count;
            const window_span u = windows_span(rows, i), v = windows_span(columns, j);
            const float share = 1 / (float)(counted(a, rows, i) * counted(a, columns, j));
            for (size_t row = u.begin; row < u.end; row++)
                for (size_t column = v.begin; column < v.end; column++) {
                    float *dx = io->dx + ((n * rows->n + row) * columns->n + column) * channels;
                    for (size_t c = 0; c < channels; c++)
                        dx[c] += dy[c] * share;
                }
        }
}

/* By tests/golden/layers.py. */
static const cnn_golden golden[] = {
    {"{}",
     1e-5,
     {3, {4, 4, 1}},
     {CNN_VALUES("x", 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0, 0, 0, 0, 0, -0.5, -0.5, -0.5, -0.5, -0.5),
      CNN_VALUES("dy", 1, -2, 0.5, 3), CNN_VALUES("y", 0.5, 0.25, -0.25, -0.375),
      CNN_VALUES("dx", 0.25, 0.25, -0.5, -0.5, 0.25, 0.25, -0.5, -0.5, 0.125, 0.125, 0.75, 0.75,
                 0.125, 0.125, 0.75, 0.75)}},
    CNN_GOLDEN_END,
};

CNN_LAYER(
    "average_pooling2d", "the mean of each window, channel by channel",
    .doc = "Keras's AveragePooling2D: windows of pool_size, strides apart. Padding is not counted, "
           "which in PyTorch it is.",
    .params = params, .golden = golden, .self_size = sizeof(average_pooling2d),
    .init = pooling_init, .plan = plan, .forward = forward, .backward = backward)
