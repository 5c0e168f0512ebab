/* winograd_size.h - how Winograd's convolution is laid out in memory: tiles, planes, blocks,
 * scratch. See winograd.h. */
#ifndef CNN_KERNELS_WINOGRAD_SIZE_H
#define CNN_KERNELS_WINOGRAD_SIZE_H

#include "conv.h"
#include "winograd_transform.h"

#define WINOGRAD_BLOCK_FLOATS                                                                      \
    147456u     /* of V and M: just over half of a second-level cache of 1 MB */
#define STRIP 4 /* tiles */

typedef struct winograd {
    const conv_shape *s;
    size_t rows, columns;    /* tiles of an image */
    size_t width, strips;    /* tiles of a strip, strips of a row */
    size_t cp, op;           /* channels, padded to whole vectors */
    size_t block;            /* strips at a time */
    size_t v_plane, m_plane; /* distance of planes: (block, width, cp), (block, width, op) */
    size_t u_plane, t_plane; /* (c, op), (o, cp) */
    float *v, *m;
    float *du;                   /* backward */
    float *strip;                /* pixels under a strip */
    float *bias;                 /* (op): bias, or sum for dbias */
    float *zeros;                /* (op) or (cp) */
    size_t *v_row, *m_row, *one; /* offsets of rows: r * cp, r * op (tiles of a block); r (c) */
} winograd;

/* Floats of a plane, an odd number of cache lines. */
static size_t winograd_plane(size_t floats)
{
    return ((floats + 15) / 16 | 1) * 16;
}

static void winograd_size(winograd *w, const conv_shape *s)
{
    *w = (winograd){.s = s,
                    .rows = (s->oh + TILE - 1) / TILE,
                    .columns = (s->ow + TILE - 1) / TILE,
                    .cp = vec_pad(s->c),
                    .op = vec_pad(s->o)};
    w->strips = (w->columns + STRIP - 1) / STRIP;
    w->width = (w->columns + w->strips - 1) / w->strips;
    w->block = WINOGRAD_BLOCK_FLOATS / (PLANES * (w->cp + w->op) * w->width);
    w->block = w->block < 1 ? 1 : w->block;
    w->v_plane = winograd_plane(w->block * w->width * w->cp);
    w->m_plane = winograd_plane(w->block * w->width * w->op);
    w->u_plane = winograd_plane(s->c * w->op);
    w->t_plane = winograd_plane(s->o * w->cp);
}

/* Cuts scratch for forward or backward; returns the floats used. */
static size_t winograd_cut(winograd *w, const conv_shape *s, float *scratch, bool backward)
{
    winograd_size(w, s);
    const size_t cp = w->cp, op = w->op, wide = cp > op ? cp : op;
    size_t used = 0;
    w->v = conv_cut(scratch, &used, PLANES * w->v_plane);
    w->m = conv_cut(scratch, &used, PLANES * w->m_plane);
    w->strip = conv_cut(scratch, &used, WINDOW * (w->width * TILE + WINDOW - TILE) * wide);
    w->bias = conv_cut(scratch, &used, op);
    w->zeros = conv_cut(scratch, &used, wide);
    w->v_row = conv_cut_rows(scratch, &used, w->block * w->width);
    w->m_row = conv_cut_rows(scratch, &used, w->block * w->width);
    if (backward) {
        w->du = conv_cut(scratch, &used, PLANES * w->u_plane);
        w->one = conv_cut_rows(scratch, &used, s->c);
    }
    return used;
}

/* Floats of scratch that forward needs, and backward if it is called. */
static size_t winograd_scratch(const conv_shape *s, bool training)
{
    winograd w;
    const size_t forward = winograd_cut(&w, s, NULL, false),
                 backward = training ? winograd_cut(&w, s, NULL, true) : 0;
    return forward > backward ? forward : backward;
}

/* Floats that winograd_prepare wants, for forward alone or for backward, too. */
static size_t winograd_prepared(const conv_shape *s, bool training)
{
    winograd w;
    winograd_size(&w, s);
    const size_t forward = 9 * s->c * w.op, backward = training ? 9 * s->o * w.cp : 0;
    return PLANES * (w.u_plane + (training ? w.t_plane : 0)) +
           (forward > backward ? forward : backward);
}

static void winograd_fill_tables(const winograd *w)
{
    memset(w->zeros, 0, (w->cp > w->op ? w->cp : w->op) * sizeof(float));
    for (size_t r = 0; r < w->block * w->width; r++) {
        w->v_row[r] = r * w->cp;
        w->m_row[r] = r * w->op;
    }
}

#endif
