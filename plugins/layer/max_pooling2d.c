/* max_pooling2d.c - the largest input of each window, channel by channel.
 *
 * Forward keeps the place of each maximum in its window, so that backward reads neither input nor
 * output: the first in row-major order where several are equal, and NaN above all numbers. The
 * usual 2x2 windows without overlap or padding have a path of their own with one byte a place; all
 * other windows take two. Behind a conv2d the usual ones are mostly its business: it takes the
 * maxima before its output leaves the first cache (see equals() and absorb() in layer.h). */
/* isa: avx2 avx512 */
#include <cnnrun/layer.h>
#include <kernels/pool.h>
#include <kernels/pooling.h>

typedef struct max_pooling2d {
    pooling p;
    int32_t quarter; /* 2x2 windows, side by side */
    size_t h, w, c, out_h, out_w;
} max_pooling2d;

static const cnn_param params[] = {
    POOLING_PARAMS,
    CNN_PARAM_END,
};

/* Other forms of padding and rounding are no standard operator. */
static void equals(const void *self, cnn_operator *out)
{
    const pooling *p = self;
    const uint64_t *size = p->pool_size.dim, *stride = p->strides.dim;
    const bool standard =
        !p->pads.items && (p->rounding == POOLING_FLOOR || p->padding == POOLING_SAME);
    if (standard)
        *out = (cnn_operator){out->struct_size,       CNN_OPERATOR_MAX_POOL2D, {size[0], size[1]},
                              {stride[0], stride[1]}, p->padding != 0,         0};
}

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    max_pooling2d *m = self;
    const uint64_t *size = m->p.pool_size.dim, *stride = m->p.strides.dim;
    if (pooling_place(&m->p, "max_pooling2d", input, error))
        return -1;
    m->h = input->dim[0];
    m->w = input->dim[1];
    m->c = input->dim[2];
    m->out_h = m->p.rows.count;
    m->out_w = m->p.columns.count;
    m->quarter = size[0] == 2 && size[1] == 2 && stride[0] == 2 && stride[1] == 2 &&
                 m->p.rows.before == 0 && m->p.columns.before == 0 && m->out_h * 2 <= m->h &&
                 m->out_w * 2 <= m->w;
    plan->output = (cnn_shape){3, {m->out_h, m->out_w, m->c}};
    plan->saved_bytes =
        m->out_h * m->out_w * m->c * (m->quarter ? sizeof(uint8_t) : sizeof(uint16_t));
    plan->flops = (double)(m->out_h * m->out_w * m->c) * (double)(size[0] * size[1]);
    return 0;
}

/* ---- 2x2 windows, side by side -------------------------------------------------------------- */

static void quarter_forward(const max_pooling2d *p, const float *x, float *y, uint8_t *places)
{
    const size_t row = p->w * p->c;
    for (size_t i = 0; i < p->out_h; i++)
        for (size_t j = 0; j < p->out_w; j++) {
            const float *upper = x + 2 * i * row + 2 * j * p->c;
            pool_window(upper, upper + row, p->c, false, y, places, p->c);
            y += p->c;
            places = places ? places + p->c : NULL;
        }
}

/* Rows and columns that no window reaches get zero. */
static void quarter_backward(const max_pooling2d *p, const float *dy, const uint8_t *places,
                             float *dx)
{
    const size_t row = p->w * p->c, used = 2 * p->out_w * p->c;
    for (size_t i = 0; i < p->out_h; i++, dx += 2 * row) {
        for (size_t j = 0; j < p->out_w; j++, dy += p->c, places += p->c)
            pool_spread(dy, places, dx + 2 * j * p->c, dx + row + 2 * j * p->c, p->c, p->c);
        memset(dx + used, 0, (row - used) * sizeof(float));
        memset(dx + row + used, 0, (row - used) * sizeof(float));
    }
    memset(dx, 0, (p->h - 2 * p->out_h) * row * sizeof(float));
}

/* ---- any windows ---------------------------------------------------------------------------- */

/* The part of a window that lies in the image. */
typedef struct window {
    size_t top, bottom, left, right; /* in the image; bottom and right are one past the end */
    size_t first;                    /* place in the window of its first input here */
} window;

static window window_at(const max_pooling2d *p, size_t i, size_t j)
{
    const window_span rows = windows_span(&p->p.rows, i), columns = windows_span(&p->p.columns, j);
    return (window){rows.begin, rows.end, columns.begin, columns.end,
                    rows.first * p->p.columns.size + columns.first};
}

/* One input of the window, all channels. `places` may be NULL. */
static inline void take_place(const float *restrict x, float *restrict y, uint16_t *restrict places,
                              uint16_t place, size_t channels)
{
    for (size_t c = 0; c < channels; c++) {
        const int take = (x[c] > y[c]) | ((x[c] != x[c]) & (y[c] == y[c]));
        y[c] = vec_pick(take, x[c], y[c]);
        if (places)
            places[c] = (uint16_t)((place & -take) | (places[c] & ~-take));
    }
}

static void window_forward(const max_pooling2d *p, const window *v, const float *x, float *y,
                           uint16_t *places)
{
    memcpy(y, x + (v->top * p->w + v->left) * p->c, p->c * sizeof(float));
    for (size_t c = 0; places && c < p->c; c++)
        places[c] = (uint16_t)v->first;
    for (size_t i = v->top; i < v->bottom; i++)
        for (size_t j = v->left; j < v->right; j++) {
            const size_t place = v->first + (i - v->top) * p->p.columns.size + j - v->left;
            take_place(x + (i * p->w + j) * p->c, y, places, (uint16_t)place, p->c);
        }
}

static inline void give_place(const float *restrict dy, const uint16_t *restrict places,
                              uint16_t place, float *restrict dx, size_t channels)
{
    for (size_t c = 0; c < channels; c++)
        dx[c] += vec_pick(places[c] == place, dy[c], 0);
}

static void window_backward(const max_pooling2d *p, const window *v, const float *dy,
                            const uint16_t *places, float *dx)
{
    for (size_t i = v->top; i < v->bottom; i++)
        for (size_t j = v->left; j < v->right; j++) {
            const size_t place = v->first + (i - v->top) * p->p.columns.size + j - v->left;
            give_place(dy, places, (uint16_t)place, dx + (i * p->w + j) * p->c, p->c);
        }
}

static void any_forward(const max_pooling2d *p, const float *x, float *y, uint16_t *places)
{
    for (size_t i = 0; i < p->out_h; i++)
        for (size_t j = 0; j < p->out_w; j++) {
            const window v = window_at(p, i, j);
            window_forward(p, &v, x, y, places);
            y += p->c;
            places = places ? places + p->c : NULL;
        }
}

static void any_backward(const max_pooling2d *p, const float *dy, const uint16_t *places, float *dx)
{
    memset(dx, 0, p->h * p->w * p->c * sizeof(float));
    for (size_t i = 0; i < p->out_h; i++)
        for (size_t j = 0; j < p->out_w; j++, dy += p->c, places += p->c) {
            const window v = window_at(p, i, j);
            window_backward(p, &v, dy, places, dx);
        }
}

/* ---- the layer ------------------------------------------------------------------------------ */

static void forward(const void *self, const cnn_layer_io *io)
{
    const max_pooling2d *p = self;
    const size_t in = p->h * p->w * p->c, out = p->out_h * p->out_w * p->c;
    for (size_t s = 0; s < io->samples; s++) {
        const float *x = io->x + s * in;
        float *y = io->y + s * out;
        if (p->quarter)
            quarter_forward(p, x, y, io->saved ? (uint8_t *)io->saved + s * out : NULL);
        else
            any_forward(p, x, y, io->saved ? (uint16_t *)io->saved + s * out : NULL);
    }
}

static void backward(const void *self, const cnn_layer_io *io)
{
    const max_pooling2d *p = self;
    const size_t in = p->h * p->w * p->c, out = p->out_h * p->out_w * p->c;
    if (!io->dx)
        return;
    for (size_t s = 0; s < io->samples; s++) {
        const float *dy = io->dy + s * out;
        float *dx = io->dx + s * in;
        if (p->quarter)
            quarter_backward(p, dy, (const uint8_t *)io->saved + s * out, dx);
        else
            any_backward(p, dy, (const uint16_t *)io->saved + s * out, dx);
    }
}

/* By tests/golden/layers.py. */
static const cnn_golden golden[] = {
    {"{}",
     1e-5,
     {3, {4, 4, 1}},
     {CNN_VALUES("x", 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0, 0, 0, 0, 0, -0.5, -0.5, -0.5, -0.5, -0.5),
      CNN_VALUES("dy", 1, -2, 0.5, 3), CNN_VALUES("y", 0.5, 0.5, 0, 0),
      CNN_VALUES("dx", 1, 0, -2, 0, 0, 0, 0, 0, 0.5, 0, 3, 0, 0, 0, 0, 0)}},
    CNN_GOLDEN_END,
};

CNN_LAYER(
    "max_pooling2d", "the largest input of each window, channel by channel",
    .doc =
        "Keras's MaxPooling2D: windows of pool_size, strides apart. With padding valid, rows and "
        "columns that fill no window are left out (Caffe rounds up instead: rounding ceil).",
    .params = params, .golden = golden, .self_size = sizeof(max_pooling2d), .init = pooling_init,
    .plan = plan, .forward = forward, .backward = backward, .equals = equals)
