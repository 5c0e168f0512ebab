/* conv.h - what a convolution is made of: its geometry, its tensors, and the cutting of scratch.
 *
 * Images are NHWC, kernels (kh, kw, c, o). A strided, padded correlation, as Keras and PyTorch do
 * it: y[n, i, j, o] = b[o] + sum over (u, v, c) of x[n, i sh + u - top, j sw + v - left, c] w[u, v,
 * c, o] where x is zero outside the image. */
#ifndef CNN_KERNELS_CONV_H
#define CNN_KERNELS_CONV_H

#include <math.h>
#include <stdbool.h>

#include "product.h"

typedef struct conv_shape {
    size_t h, w, c;   /* of the input */
    size_t kh, kw;    /* of the kernel */
    size_t sh, sw;    /* strides */
    size_t oh, ow, o; /* of the output */
    size_t top, left; /* zeros around the input */
    bool relu;        /* followed by max(x, 0) */
    bool pool;        /* followed, at last, by the largest of each 2 x 2 */
} conv_shape;

/* The tensors of one call: a shard of images on one thread. */
typedef struct conv_io {
    size_t samples;
    const float *x, *kernel;
    const float *bias; /* or NULL */
    float *y;          /* forward writes it; backward of direct reads it, where relu alone is set */
    uint8_t *mask;     /* from forward to backward; with pool the places of the maxima, else for
                          winograd with relu whether y > 0; or NULL */
    const float *dy;
    float *dx;             /* or NULL */
    float *dkernel;        /* added to; NULL: neither it nor dbias is wanted */
    float *dbias;          /* or NULL; added to */
    float *scratch;        /* 64-byte aligned */
    const float *prepared; /* the kernel as winograd_prepare left it */
} conv_io;

/* Cuts scratch into pieces of whole cache lines. With base NULL it only counts; *used is in floats.
 * Plan and pass run the same cutting, so that they cannot differ. */
static inline float *conv_cut(float *base, size_t *used, size_t floats)
{
    float *piece = base ? base + *used : NULL;
    *used += (floats + 15) / 16 * 16;
    return piece;
}

/* The same for a table of offsets. */
static inline size_t *conv_cut_rows(float *base, size_t *used, size_t rows)
{
    return (size_t *)(void *)conv_cut(base, used, rows * sizeof(size_t) / sizeof(float));
}

/* Floats of an image's output, without and with pool. */
static inline size_t conv_image(const conv_shape *s)
{
    return s->oh * s->ow * s->o;
}

static inline size_t conv_output(const conv_shape *s)
{
    return s->pool ? s->oh / 2 * (s->ow / 2) * s->o : conv_image(s);
}

/* Bytes of an image's mask. */
static inline size_t conv_mask(const conv_shape *s, bool winograd)
{
    return s->pool || (s->relu && winograd) ? conv_output(s) : 0;
}

static inline float conv_floor(const conv_shape *s)
{
    return s->relu ? 0 : -INFINITY;
}

/* rows x columns, padded to whole vectors with zeros: to[r][column] = from[r * row + column *
 * step]. */
static inline void conv_pack(float *to, const float *from, size_t rows, size_t row, size_t columns,
                             size_t step)
{
    const size_t padded = vec_pad(columns);
    for (size_t r = 0; r < rows; r++) {
        for (size_t i = 0; i < columns; i++)
            to[r * padded + i] = from[r * row + i * step];
        for (size_t i = columns; i < padded; i++)
            to[r * padded + i] = 0;
    }
}

/* The bias padded to whole vectors, or zeros. */
static inline void conv_pack_bias(float *to, const float *bias, size_t n)
{
    if (bias)
        conv_pack(to, bias, 1, n, n, 1);
    else
        memset(to, 0, vec_pad(n) * sizeof(float));
}

#endif
