/* operator.c - the standard operators by definition, element by element. */
#include "operator.h"

#include <math.h>
#include <string.h>

static const kit_layout plain = {.side = KIT_RIGHT, .prefill = KIT_PREFILL_ONE, .salt = 22};

/* ---- relu and maxima, and the way back ------------------------------------------------------ */

static kit_meaning room_for(const cnn_shape *shape)
{
    const uint64_t count = KIT_OPERATOR_SAMPLES * cnn_shape_count(shape);
    return (kit_meaning){.shape = *shape,
                         .value = kit_buffer(&plain, "expected y", count, sizeof(float), 64),
                         .from = kit_buffer(&plain, "places", count, sizeof(uint64_t), 64),
                         .open = kit_buffer(&plain, "open", count, sizeof(bool), 64)};
}

kit_meaning kit_meaning_new(const cnn_shape *shape, const float *x)
{
    const kit_meaning m = room_for(shape);
    for (uint64_t i = 0; i < KIT_OPERATOR_SAMPLES * cnn_shape_count(shape); i++) {
        m.value[i] = x[i];
        m.from[i] = i;
        m.open[i] = true;
    }
    return m;
}

static void apply_relu(kit_meaning *m)
{
    for (uint64_t i = 0; i < KIT_OPERATOR_SAMPLES * cnn_shape_count(&m->shape); i++) {
        m->open[i] = m->open[i] && m->value[i] > 0;
        m->value[i] = m->value[i] < 0 ? 0 : m->value[i];
    }
}

uint64_t kit_operator_places(const cnn_operator *what, uint64_t axis, uint64_t n, uint64_t *before)
{
    const uint64_t window = what->window[axis], stride = what->strides[axis];
    *before = 0;
    if (!window || !stride || (!what->same && window > n))
        kit_fail("its operator has a window of %llu and strides of %llu on an input of %llu",
                 (unsigned long long)window, (unsigned long long)stride, (unsigned long long)n);
    if (!what->same)
        return (n - window) / stride + 1;
    const uint64_t count = (n + stride - 1) / stride, reach = (count - 1) * stride + window;
    *before = reach > n ? (reach - n) / 2 : 0;
    return count;
}

/* The place in an image of h x w x c of the largest in the window whose first pixel is (y, x). */
static uint64_t largest(const kit_meaning *m, const cnn_operator *what, uint64_t base, int64_t y,
                        int64_t x)
{
    const int64_t h = (int64_t)m->shape.dim[0], w = (int64_t)m->shape.dim[1];
    uint64_t best = UINT64_MAX;
    for (int64_t k = 0; k < (int64_t)(what->window[0] * what->window[1]); k++) {
        const int64_t row = y + k / (int64_t)what->window[1],
                      column = x + k % (int64_t)what->window[1];
        if (row < 0 || row >= h || column < 0 || column >= w)
            continue;
        const uint64_t at = base + (uint64_t)(row * w + column) * m->shape.dim[2];
        if (best == UINT64_MAX || m->value[at] > m->value[best] ||
            (isnan(m->value[at]) && !isnan(m->value[best])))
            best = at;
    }
    return best;
}

static void apply_pool(kit_meaning *m, const cnn_operator *what)
{
    uint64_t top, left;
    if (m->shape.rank != 3)
        kit_fail("its operator takes images, and its input has rank %llu; plan must refuse that",
                 (unsigned long long)m->shape.rank);
    const uint64_t h = m->shape.dim[0], w = m->shape.dim[1], c = m->shape.dim[2];
    const uint64_t oh = kit_operator_places(what, 0, h, &top);
    const uint64_t ow = kit_operator_places(what, 1, w, &left);
    const kit_meaning out = room_for(&(cnn_shape){3, {oh, ow, c}});
    for (uint64_t i = 0; i < KIT_OPERATOR_SAMPLES * oh * ow * c; i++) {
        const uint64_t pixel = i / c;
        const uint64_t best = largest(m, what, pixel / (oh * ow) * h * w * c + i % c,
                                      (int64_t)(pixel / ow % oh * what->strides[0]) - (int64_t)top,
                                      (int64_t)(pixel % ow * what->strides[1]) - (int64_t)left);
        out.value[i] = m->value[best];
        out.from[i] = m->from[best];
        out.open[i] = m->open[best];
    }
    *m = out;
}

bool kit_meaning_apply(kit_meaning *m, const cnn_operator *what)
{
    if (what->id == CNN_OPERATOR_RELU)
        apply_relu(m);
    else if (what->id == CNN_OPERATOR_MAX_POOL2D)
        apply_pool(m, what);
    else if (what->id == CNN_OPERATOR_FLATTEN)
        m->shape = (cnn_shape){1, {cnn_shape_count(&m->shape)}};
    else
        return what->id == CNN_OPERATOR_IDENTITY;
    return true;
}

void kit_meaning_spread(const kit_meaning *m, const float *dy, float *to, uint64_t count)
{
    memset(to, 0, count * sizeof(float));
    for (uint64_t i = 0; i < KIT_OPERATOR_SAMPLES * cnn_shape_count(&m->shape); i++)
        if (m->open[i])
            to[m->from[i]] += dy[i];
}

/* ---- the others ----------------------------------------------------------------------------- */

static const float *input_of(const kit_pass *p, size_t k)
{
    return k == p->layer->slot ? p->x : p->other[k];
}

static void want_rank(const kit_pass *p, uint64_t rank)
{
    if (p->layer->input.rank != rank)
        kit_fail("its operator takes inputs of rank %llu, and it took one of rank %llu",
                 (unsigned long long)rank, (unsigned long long)p->layer->input.rank);
}

static void want_output(const kit_pass *p, uint64_t count)
{
    if (p->out != count)
        kit_fail("it gives %llu numbers a sample, and its operator gives %llu",
                 (unsigned long long)p->out, (unsigned long long)count);
}

/* Weight k has `count` numbers; 0 where an optional one is missing. */
static float weight(const kit_pass *p, uint64_t k, uint64_t count, uint64_t i, bool optional)
{
    if (k >= p->layer->plan.weight_count && optional)
        return 0;
    if (k >= p->layer->plan.weight_count || p->size[k] != count)
        kit_fail("weight %llu must have %llu numbers by its operator", (unsigned long long)k,
                 (unsigned long long)count);
    return p->w[k][i];
}

static double convolution(const kit_pass *p, const cnn_operator *what, uint64_t s, uint64_t i)
{
    uint64_t top, left;
    want_rank(p, 3);
    const cnn_shape *in = &p->layer->input;
    const uint64_t o = p->layer->plan.output.dim[2], c = in->dim[2];
    const uint64_t oh = kit_operator_places(what, 0, in->dim[0], &top);
    const uint64_t ow = kit_operator_places(what, 1, in->dim[1], &left);
    want_output(p, oh * ow * o);
    double sum = (double)weight(p, 1, o, i % o, true);
    for (uint64_t k = 0; k < what->window[0] * what->window[1]; k++) {
        const uint64_t row = i / o / ow * what->strides[0] + k / what->window[1] - top;
        const uint64_t column = i / o % ow * what->strides[1] + k % what->window[1] - left;
        for (uint64_t n = 0; row < in->dim[0] && column < in->dim[1] && n < c; n++)
            sum += (double)p->x[s * p->in + (row * in->dim[1] + column) * c + n] *
                   (double)weight(p, 0, what->window[0] * what->window[1] * c * o,
                                  (k * c + n) * o + i % o, false);
    }
    return sum;
}

static double dense(const kit_pass *p, uint64_t s, uint64_t i)
{
    want_rank(p, 1);
    double sum = (double)weight(p, 1, p->out, i, true);
    for (uint64_t k = 0; k < p->in; k++)
        sum += (double)p->x[s * p->in + k] *
               (double)weight(p, 0, p->in * p->out, k * p->out + i, false);
    return sum;
}

static double channel_mean(const kit_pass *p, uint64_t s, uint64_t i)
{
    double sum = 0;
    want_rank(p, 3);
    want_output(p, p->layer->input.dim[2]);
    for (uint64_t k = i; k < p->in; k += p->out)
        sum += (double)p->x[s * p->in + k];
    return sum / (double)(p->in / p->out);
}

static double softmax(const kit_pass *p, uint64_t s, uint64_t i)
{
    const uint64_t classes = p->layer->input.dim[p->layer->input.rank - 1];
    const float *row = p->x + s * p->in + i / classes * classes;
    double sum = 0;
    want_output(p, p->in);
    for (uint64_t k = 0; k < classes; k++)
        sum += exp((double)row[k] - (double)row[i % classes]);
    return 1 / sum;
}

static double normalized(const kit_pass *p, const cnn_operator *what, uint64_t s, uint64_t i)
{
    const uint64_t c = p->layer->input.dim[p->layer->input.rank - 1], k = i % c;
    want_output(p, p->in);
    const double mean = (double)weight(p, 2, c, k, false),
                 variance = (double)weight(p, 3, c, k, false);
    return (double)weight(p, 0, c, k, false) * ((double)p->x[s * p->in + i] - mean) /
               sqrt(variance + what->number) +
           (double)weight(p, 1, c, k, false);
}

/* Inputs joined along the last axis; the kit's have one shape. */
static double joined(const kit_pass *p, uint64_t s, uint64_t i)
{
    const uint64_t stretch = p->layer->input.dim[p->layer->input.rank - 1];
    const uint64_t row = i / (stretch * p->layer->inputs), k = i / stretch % p->layer->inputs;
    want_output(p, p->in * p->layer->inputs);
    return (double)input_of(p, k)[s * p->in + row * stretch + i % stretch];
}

/* One after the other, each result rounded to float32. */
static double merged(const kit_pass *p, uint64_t id, uint64_t s, uint64_t i)
{
    float y = input_of(p, 0)[s * p->in + i];
    want_output(p, p->in);
    for (size_t k = 1; k < p->layer->inputs; k++) {
        const float x = input_of(p, k)[s * p->in + i];
        y = id == CNN_OPERATOR_SUBTRACT   ? y - x
            : id == CNN_OPERATOR_MULTIPLY ? y * x
            : id == CNN_OPERATOR_MAXIMUM  ? fmaxf(y, x)
                                          : y + x;
    }
    return id == CNN_OPERATOR_AVERAGE ? (double)y / (double)p->layer->inputs : (double)y;
}

double kit_operator_value(const kit_pass *p, const cnn_operator *what, uint64_t s, uint64_t i)
{
    switch (what->id) {
    case CNN_OPERATOR_CONV2D:
        return convolution(p, what, s, i);
    case CNN_OPERATOR_DENSE:
        return dense(p, s, i);
    case CNN_OPERATOR_GLOBAL_AVERAGE_POOL2D:
        return channel_mean(p, s, i);
    case CNN_OPERATOR_SOFTMAX:
        return softmax(p, s, i);
    case CNN_OPERATOR_BATCH_NORMALIZATION:
        return normalized(p, what, s, i);
    case CNN_OPERATOR_CONCATENATE:
        return joined(p, s, i);
    default: /* dropout has one input, and so passes it on */
        return merged(p, what->id, s, i);
    }
}

double kit_operator_slack(const cnn_operator *what)
{
    switch (what->id) {
    case CNN_OPERATOR_CONV2D:
    case CNN_OPERATOR_DENSE:
    case CNN_OPERATOR_GLOBAL_AVERAGE_POOL2D:
    case CNN_OPERATOR_SOFTMAX:
    case CNN_OPERATOR_BATCH_NORMALIZATION:
    case CNN_OPERATOR_AVERAGE:
        return 1e-4;
    default:
        return 0;
    }
}
