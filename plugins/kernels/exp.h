/* exp.h - exp, log and erfc in double that the compiler can vectorise, for results in float.
 *
 * Relative errors are below 1e-12, that of wide_erfc below 1e-10. A float that is rounded from such
 * a number is nearly always the nearest one, and so the same one with every instruction set. libm's
 * functions would be called element by element, and have forms of their own for each processor. */
#ifndef CNN_KERNELS_EXP_H
#define CNN_KERNELS_EXP_H

#include <math.h>
#include <stdint.h>
#include <string.h>

/* condition ? a : b for condition 0 or 1, by bits (see vec_pick in vector.h). */
static inline double wide_pick(int condition, double a, double b)
{
    const uint64_t mask = -(uint64_t)condition;
    uint64_t i, j;
    memcpy(&i, &a, sizeof i);
    memcpy(&j, &b, sizeof j);
    i = (i & mask) | (j & ~mask);
    memcpy(&a, &i, sizeof a);
    return a;
}

/* x held in [low, high]; NaN stays NaN. */
static inline double wide_clamp(double x, double low, double high)
{
    x = wide_pick(x < low, low, x);
    return wide_pick(x > high, high, x);
}

/* exp(x); x is held in [-708, 709], where the result is an ordinary number. Of x = k log 2 + r,
 * exp(r) is Taylor's sum, and k is added to the exponent: adding 1.5 * 2^52 leaves k in the lowest
 * bits. */
static inline double wide_exp(double x)
{
    const double shift = 0x1.8p52, c = wide_clamp(x, -708, 709);
    const double shifted = c * 1.4426950408889634 + shift, k = shifted - shift;
    const double r = (c - k * 0x1.62e42feep-1) - k * 0x1.a39ef35793c76p-33;
    double sum = 1.0 / 479001600;
    sum = sum * r + 1.0 / 39916800;
    sum = sum * r + 1.0 / 3628800;
    sum = sum * r + 1.0 / 362880;
    sum = sum * r + 1.0 / 40320;
    sum = sum * r + 1.0 / 5040;
    sum = sum * r + 1.0 / 720;
    sum = sum * r + 1.0 / 120;
    sum = sum * r + 1.0 / 24;
    sum = sum * r + 1.0 / 6;
    sum = sum * r + 0.5;
    sum = sum * r + 1;
    sum = sum * r + 1;
    uint64_t bits, low;
    memcpy(&bits, &sum, sizeof bits);
    memcpy(&low, &shifted, sizeof low);
    bits += low << 52;
    memcpy(&sum, &bits, sizeof sum);
    return sum;
}

/* exp(x) - 1, with all its digits near 0 too. */
static inline double wide_expm1(double x)
{
    return wide_pick(fabs(x) < 1e-5, x + x * x / 2, wide_exp(x) - 1);
}

/* log(1 + u) for u in [0, 1]: twice the series of atanh(u / (2 + u)). */
static inline double wide_log1p(double u)
{
    const double s = u / (2 + u), q = s * s;
    double sum = 1.0 / 25;
    sum = sum * q + 1.0 / 23;
    sum = sum * q + 1.0 / 21;
    sum = sum * q + 1.0 / 19;
    sum = sum * q + 1.0 / 17;
    sum = sum * q + 1.0 / 15;
    sum = sum * q + 1.0 / 13;
    sum = sum * q + 1.0 / 11;
    sum = sum * q + 1.0 / 9;
    sum = sum * q + 1.0 / 7;
    sum = sum * q + 1.0 / 5;
    sum = sum * q + 1.0 / 3;
    sum = sum * q + 1;
    return 2 * s * sum;
}

/* tanh(x) = (1 - e) / (1 + e) with e = exp(-2 |x|), and the sign of x. */
static inline double wide_tanh(double x)
{
    const double e = wide_expm1(-2 * fabs(x)), t = -e / (2 + e);
    return wide_pick(x < 0, -t, t);
}

/* The complement of the error function, 2 / sqrt(pi) times the integral of exp(-t t) from z on, for
 * z >= 0: (1 + 2 z) exp(z z) erfc(z) is nearly a polynomial in u = (z - 3) / (z + 3), whose
 * coefficients tests/golden/erfc.py prints. */
static inline double wide_erfc(double z)
{
    const double u = (z - 3) / (z + 3);
    double sum = -1.3169874680477918e-7;
    sum = sum * u - 1.1039710043088274e-5;
    sum = sum * u + 4.3232205758912131e-6;
    sum = sum * u + 0.00011318911418349807;
    sum = sum * u - 0.00010476580207840388;
    sum = sum * u - 0.00077130198855078638;
    sum = sum * u + 0.0018885464637363381;
    sum = sum * u + 0.002526025647956478;
    sum = sum * u - 0.023770486690952128;
    sum = sum * u + 0.068308719453873927;
    sum = sum * u - 0.11927366592992145;
    sum = sum * u + 0.12964509537128007;
    sum = sum * u - 0.047562294287159016;
    sum = sum * u - 0.13562110443635379;
    sum = sum * u + 1.2530080582697297;
    return sum / (1 + 2 * z) * wide_exp(-z * z);
}

#endif
