/* probabilities.h - small steps from outputs to probabilities that losses share.
 *
 * Comparisons are written so that NaN comes through: a run whose outputs are NaN must not look as
 * if it had a fine loss. */
#ifndef CNN_KERNELS_PROBABILITIES_H
#define CNN_KERNELS_PROBABILITIES_H

#include <math.h>
#include <stddef.h>

static inline double clamp(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

static inline double sum_of(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum;
}

/* The largest element's index; the first of equal ones. NaN is never larger. */
static inline size_t argmax(const double *x, size_t n)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (x[i] > x[best])
            best = i;
    return best;
}

/* sum exp(x - peak), with peak the largest element: in [1, n], so that nothing overflows. Then
 * log sum exp(x) = peak + log of it, and softmax(x)_i = exp(x_i - peak) / it. */
static inline double sum_exp(const double *x, size_t n, double peak)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += exp(x[i] - peak);
    return sum;
}

#endif
