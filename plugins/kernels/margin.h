/* margin.h - small steps that losses of the hinge family share.
 *
 * Two sorts of margin, z the raw scores and y the true class:
 *   between classes     z_y - z_c for each wrong class c; then a number added to all scores changes
 *                       nothing, so a gradient's elements sum to 0
 *   one versus all      s_c z_c, s_c = 1 for the true class and -1 for each other one
 * Comparisons are written so that NaN comes through: a run whose outputs are NaN must not look as
 * if it had a fine loss. */
#ifndef CNN_KERNELS_MARGIN_H
#define CNN_KERNELS_MARGIN_H

#include "kernels/probabilities.h"

static inline size_t true_class(const double *target, size_t classes)
{
    return argmax(target, classes);
}

/* max(x, 0) */
static inline double positive(double x)
{
    return x <= 0 ? 0 : x;
}

/* Its slope; 0 at the kink, as PyTorch and Caffe have it. */
static inline double positive_slope(double x)
{
    return x <= 0 ? 0 : 1;
}

/* s_c, from the one-hot target. */
static inline double sign_of(double target)
{
    return 2 * target - 1;
}

/* Gives the true class's element what makes the sum 0, once the others' elements are written. */
static inline void balance(double *gradient, size_t y, size_t classes)
{
    gradient[y] = 0;
    gradient[y] = -sum_of(gradient, classes);
}

#endif
