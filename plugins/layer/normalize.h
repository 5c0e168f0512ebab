/* normalize.h - normalizing blocks of a sample by their own mean and variance, for
 * layer_normalization and group_normalization.
 *
 *   h = (x - mean) / sqrt(variance + epsilon),  y = gamma * h + beta
 *
 * with mean and variance (divided by N) of the N numbers of a block. Back, with g = gamma * dy:
 *
 *   dx = (g - the mean of g - h * the mean of g h) / sqrt(variance + epsilon)
 *   d gamma = the sum of dy * h, d beta = the sum of dy, over all numbers that share them
 *
 * All sums are in double, the mean first, then the squares around it. */
#ifndef CNN_LAYER_NORMALIZE_H
#define CNN_LAYER_NORMALIZE_H

#include <cnnrun/layer.h>
#include <math.h>
#include <string.h>

/* A block is `lines` runs of `run` numbers, `stride` apart. Stands first in a layer's own struct.
 */
typedef struct normalize {
    double epsilon;
    int32_t center, scale;
    uint64_t blocks, block_step; /* of a sample; from one block's first number to the next one's */
    uint64_t lines, run, stride;
    uint64_t weights, weight_step; /* of gamma and beta; from one block's first to the next one's */
} normalize;

#define NORMALIZE_PARAMS                                                                           \
    CNN_PARAM(normalize, epsilon, CNN_REAL, "0.001", 0, 1, CNN_ABOVE_MIN,                          \
              "Added to the variance; PyTorch's is 1e-5."),                                        \
        CNN_PARAM_BOOL(normalize, center, "true", "Whether beta is added."),                       \
        CNN_PARAM_BOOL(normalize, scale, "true", "Whether gamma is multiplied with.")

/* The rest of a plan, once the layer has set the sizes; `shape` is that of gamma and beta. */
static inline void normalize_plan(normalize *n, const cnn_shape *input, const cnn_shape *shape,
                                  cnn_layer_plan *plan)
{
    n->weights = cnn_shape_count(shape);
    plan->output = *input;
    plan->flags = CNN_IN_PLACE | CNN_USES_INPUT;
    if (n->scale)
        plan->weights[plan->weight_count++] =
            (cnn_weight){"gamma", "ones", *shape, n->weights, n->weights, CNN_ROLE_OTHER};
    if (n->center)
        plan->weights[plan->weight_count++] =
            (cnn_weight){"beta", "zeros", *shape, n->weights, n->weights, CNN_ROLE_BIAS};
    plan->scratch_bytes = 2 * n->weights * sizeof(double); /* sums for gamma and beta */
    plan->flops = 6 * (double)cnn_shape_count(input);
}

typedef struct moments {
    double mean, factor; /* 1 / sqrt(variance + epsilon) */
} moments;

static inline moments moments_of(const normalize *n, const float *x)
{
    const double count = (double)(n->lines * n->run);
    double sum = 0, squares = 0;
    for (uint64_t p = 0; p < n->lines; p++)
        for (uint64_t r = 0; r < n->run; r++)
            sum += (double)x[p * n->stride + r];
    const double mean = sum / count;
    for (uint64_t p = 0; p < n->lines; p++)
        for (uint64_t r = 0; r < n->run; r++) {
            const double d = (double)x[p * n->stride + r] - mean;
            squares += d * d;
        }
    return (moments){mean, 1 / sqrt(squares / count + n->epsilon)};
}

static inline uint64_t normalize_sample(const normalize *n)
{
    return n->blocks * n->lines * n->run;
}

static inline void normalize_forward(const normalize *n, const cnn_layer_io *io)
{
    for (uint64_t i = 0; i < io->samples * n->blocks; i++) {
        const uint64_t block = i % n->blocks,
                       at = i / n->blocks * normalize_sample(n) + block * n->block_step;
        const float *x = io->x + at,
                    *gamma = n->scale ? io->weights[0] + block * n->weight_step : NULL;
        const float *beta = n->center ? io->weights[n->scale] + block * n->weight_step : NULL;
        const moments m = moments_of(n, x);
        float *y = io->y + at;
        for (uint64_t p = 0; p < n->lines; p++)
            for (uint64_t r = 0; r < n->run; r++) {
                const double h = ((double)x[p * n->stride + r] - m.mean) * m.factor;
                y[p * n->stride + r] =
                    (float)((gamma ? (double)gamma[r] : 1) * h + (beta ? (double)beta[r] : 0));
            }
    }
}

/* One block; the sums for gamma and beta begin at its own. */
static inline void normalize_block(const normalize *n, const float *gamma, const float *x,
                                   const float *dy, float *dx, double *dgamma, double *dbeta)
{
    const moments m = moments_of(n, x);
    double sum = 0, slope = 0;
    for (uint64_t p = 0; p < n->lines; p++)
        for (uint64_t r = 0; r < n->run; r++) {
            const double h = ((double)x[p * n->stride + r] - m.mean) * m.factor;
            const double d = (double)dy[p * n->stride + r], g = gamma ? (double)gamma[r] * d : d;
            dgamma[r] += d * h;
            dbeta[r] += d;
            sum += g;
            slope += g * h;
        }
    const double count = (double)(n->lines * n->run);
    for (uint64_t p = 0; dx && p < n->lines; p++)
        for (uint64_t r = 0; r < n->run; r++) {
            const double h = ((double)x[p * n->stride + r] - m.mean) * m.factor;
            const double d = (double)dy[p * n->stride + r], g = gamma ? (double)gamma[r] * d : d;
            dx[p * n->stride + r] = (float)(m.factor * (g - sum / count - h * slope / count));
        }
}

static inline void normalize_backward(const normalize *n, const cnn_layer_io *io)
{
    double *dgamma = io->scratch, *dbeta = dgamma + n->weights;
    memset(io->scratch, 0, 2 * n->weights * sizeof(double));
    for (uint64_t i = 0; i < io->samples * n->blocks; i++) {
        const uint64_t block = i % n->blocks,
                       at = i / n->blocks * normalize_sample(n) + block * n->block_step;
        const uint64_t first = block * n->weight_step;
        normalize_block(n, n->scale ? io->weights[0] + first : NULL, io->x + at, io->dy + at,
                        io->dx ? io->dx + at : NULL, dgamma + first, dbeta + first);
    }
    for (uint64_t c = 0; io->dweights && c < n->weights; c++) {
        if (n->scale)
            io->dweights[0][c] += (float)dgamma[c];
        if (n->center)
            io->dweights[n->scale][c] += (float)dbeta[c];
    }
}

#endif
