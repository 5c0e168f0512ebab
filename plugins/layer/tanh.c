/* tanh.c - the hyperbolic tangent, between -1 and 1; dy / dx = 1 - y y. */
/* isa: avx2 avx512 */
#include <layer/elementwise.h>

static inline double value(const elementwise *self, double x)
{
    (void)self;
    return wide_tanh(x);
}

/* 4 e / (1 + e)^2 with e = exp(-2 |x|), which 1 - y y is; it keeps its digits where y is near 1. */
static inline double slope(const elementwise *self, double x)
{
    (void)self;
    const double e = wide_exp(-2 * fabs(x));
    return 4 * e / ((1 + e) * (1 + e));
}

/* By tests/golden/layers.py. */
static const cnn_golden golden[] = {
    {"{}",
     1e-5,
     {1, {4}},
     {CNN_VALUES("x", -2, -0.5, 0.25, 3.5), CNN_VALUES("dy", 1, -2, 0.5, 3),
      CNN_VALUES("y", -0.96402758, -0.46211716, 0.24491866, 0.9981779),
      CNN_VALUES("dx", 0.070650825, -1.5728955, 0.47000742, 0.010922654)}},
    CNN_GOLDEN_END,
};

ELEMENTWISE_LAYER(elementwise, "tanh", "the hyperbolic tangent, between -1 and 1",
                  .doc = "y = (exp(x) - exp(-x)) / (exp(x) + exp(-x)). As in Keras and PyTorch.",
                  .golden = golden)
