/* gelu.c - y = x Phi(x), with Phi the distribution function of the normal distribution (Hendrycks
 * and Gimpel 2016, arXiv:1606.08415, "Gaussian error linear units"). */
/* isa: avx2 avx512 */
#include <layer/elementwise.h>

typedef struct gelu {
    elementwise frame;
    int32_t approximate;
} gelu;

static const cnn_param params[] = {
    CNN_PARAM_BOOL(
        gelu, approximate, "false",
        "true: Phi(x) is taken as (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2, which is "
        "PyTorch's approximate='tanh'; false: exact, to the last digits of a float."),
    CNN_PARAM_END,
};

#define ROOT_HALF 0.70710678118654752440
#define ROOT_2_BY_PI 0.79788456080286535588
#define CUBIC 0.044715

/* Phi(x), and the density of the normal distribution. */
static inline double below(double x)
{
    const double tail = wide_erfc(fabs(x) * ROOT_HALF) / 2;
    return wide_pick(x > 0, 1 - tail, tail);
}

static inline double density(double x)
{
    return ROOT_2_BY_PI / 2 * wide_exp(-x * x / 2);
}

static inline double below_by_tanh(double x)
{
    return 1 / (1 + wide_exp(-2 * ROOT_2_BY_PI * (x + CUBIC * x * x * x)));
}

/* Beyond 50, what is multiplied with x is 0 or 1; so no infinity meets 0. Both forms are computed,
 * since the compiler does not vectorise a loop with a branch. */
static inline double value(const gelu *self, double x)
{
    const double c = wide_clamp(x, -50, 50);
    return wide_pick(x > 0, x, c) * wide_pick(self->approximate, below_by_tanh(c), below(c));
}

static inline double slope(const gelu *self, double x)
{
    const double c = wide_clamp(x, -50, 50);
    const double part = below_by_tanh(c), rest = below_by_tanh(-c);
    const double curved = part + c * 2 * ROOT_2_BY_PI * (1 + 3 * CUBIC * c * c) * part * rest;
    return wide_pick(self->approximate, curved, below(c) + c * density(c));
}

/* By tests/golden/layers.py. */
static const cnn_golden golden[] = {
    {"{}",
     1e-5,
     {1, {4}},
     {CNN_VALUES("x", -2, -0.5, 0.25, 3.5), CNN_VALUES("dy", 1, -2, 0.5, 3),
      CNN_VALUES("y", -0.045500264, -0.15426877, 0.14967658, 3.4991858),
      CNN_VALUES("dx", -0.085231801, -0.26500975, 0.34768668, 3.0084653)}},
    {"{approximate: true}",
     1e-5,
     {1, {4}},
     {CNN_VALUES("x", -2, -0.5, 0.25, 3.5), CNN_VALUES("dy", 1, -2, 0.5, 3),
      CNN_VALUES("y", -0.045402306, -0.15428599, 0.14967535, 3.4993838),
      CNN_VALUES("dx", -0.086099257, -0.26526019, 0.34767705, 3.0072679)}},
    CNN_GOLDEN_END,
};

ELEMENTWISE_LAYER(gelu, "gelu", "x times the normal distribution's Phi(x)",
                  .doc =
                      "y = x Phi(x) = x (1 + erf(x / sqrt(2))) / 2. As in Keras and PyTorch, whose "
                      "defaults are both the exact form.",
                  .params = params, .golden = golden)
