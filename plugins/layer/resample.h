/* resample.h - images brought to another size, for up_sampling2d and resizing: geometry, forward
 * and backward.
 *
 * Pixel i of n outputs lies at s = (i + 0.5) * inputs / n - 0.5, so that the edges of both images
 * meet. nearest takes input floor(s + 0.5); bilinear the two around s, each by its nearness, and
 * the edge's where s lies outside. As in Keras, and in PyTorch with align_corners false. */
#ifndef CNN_LAYER_RESAMPLE_H
#define CNN_LAYER_RESAMPLE_H

#include <cnnrun/layer.h>
#include <math.h>
#include <string.h>

typedef struct resample {
    int32_t nearest;
    uint64_t h, w, c, out_h, out_w;
} resample;

/* Where an output pixel lies between two inputs of an axis: `part` of the second one. */
typedef struct between {
    uint64_t first, second;
    float part;
} between;

static inline between resample_at(uint64_t i, uint64_t inputs, uint64_t outputs, int nearest)
{
    const double end = (double)(inputs - 1),
                 s = ((double)i + 0.5) * (double)inputs / (double)outputs - 0.5;
    if (nearest) {
        const uint64_t first = (uint64_t)fmin(floor(s + 0.5), end);
        return (between){first, first, 0};
    }
    const double held = fmin(fmax(s, 0), end);
    const uint64_t first = (uint64_t)held;
    return (between){first, first + (first + 1 < inputs), (float)(held - (double)first)};
}

static inline int resample_plan(resample *r, const cnn_shape *input, uint64_t out_h, uint64_t out_w,
                                cnn_layer_plan *plan, cnn_error *error)
{
    if (input->rank != 3)
        return cnn_fail(error,
                        "its input has rank %llu; it must be an image, height x width x channels",
                        (unsigned long long)input->rank);
    r->h = input->dim[0];
    r->w = input->dim[1];
    r->c = input->dim[2];
    r->out_h = out_h;
    r->out_w = out_w;
    plan->output = (cnn_shape){3, {out_h, out_w, r->c}};
    plan->flops = 6 * (double)out_h * (double)out_w * (double)r->c;
    return 0;
}

static inline void resample_forward(const resample *r, const cnn_layer_io *io)
{
    float *y = io->y;
    for (uint64_t at = 0; at < io->samples * r->out_h; at++) {
        const between v = resample_at(at % r->out_h, r->h, r->out_h, r->nearest);
        const float *image = io->x + at / r->out_h * r->h * r->w * r->c;
        const float *upper = image + v.first * r->w * r->c, *lower = image + v.second * r->w * r->c;
        for (uint64_t j = 0; j < r->out_w; j++, y += r->c) {
            const between u = resample_at(j, r->w, r->out_w, r->nearest);
            const uint64_t left = u.first * r->c, right = u.second * r->c;
            for (uint64_t c = 0; c < r->c; c++) {
                const float above = upper[left + c] + u.part * (upper[right + c] - upper[left + c]);
                const float below = lower[left + c] + u.part * (lower[right + c] - lower[left + c]);
                y[c] = r->nearest ? upper[left + c] : above + v.part * (below - above);
            }
        }
    }
}

/* The gradients are added in the row-major order of the outputs. */
static inline void resample_backward(const resample *r, const cnn_layer_io *io)
{
    const float *dy = io->dy;
    if (!io->dx)
        return;
    memset(io->dx, 0, io->samples * r->h * r->w * r->c * sizeof(float));
    for (uint64_t at = 0; at < io->samples * r->out_h; at++) {
        const between v = resample_at(at % r->out_h, r->h, r->out_h, r->nearest);
        float *image = io->dx + at / r->out_h * r->h * r->w * r->c;
        float *upper = image + v.first * r->w * r->c, *lower = image + v.second * r->w * r->c;
        for (uint64_t j = 0; j < r->out_w; j++, dy += r->c) {
            const between u = resample_at(j, r->w, r->out_w, r->nearest);
            const uint64_t left = u.first * r->c, right = u.second * r->c;
            for (uint64_t c = 0; c < r->c; c++) {
                const float below = dy[c] * v.part, above = dy[c] - below;
                upper[left + c] += above * (1 - u.part);
                upper[right + c] += above * u.part;
                lower[left + c] += below * (1 - u.part);
                lower[right + c] += below * u.part;
            }
        }
    }
}

#endif
