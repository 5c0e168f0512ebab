/* mish.c - y = x tanh(log(1 + exp(x))) (Misra 2019, arXiv:1908.08681, "Mish: a self regularized
 * non-monotonic activation function"). */
/* isa: avx2 avx512 */
#include <layer/elementwise.h>

/* With w = exp(x) and n = w (w + 2): tanh(log(1 + w)) = n / (n + 2). From x = 30 on that is 1. */
static inline double part(double x)
{
    const double w = wide_exp(wide_pick(x > 30, 30, x)), n = w * (w + 2);
    return n / (n + 2);
}

/* Below -700 the value is 0 in float; so no infinity meets 0. */
static inline double value(const elementwise *self, double x)
{
    (void)self;
    const double c = wide_pick(x < -700, -700, x);
    return c * part(c);
}

/* The derivative of n / (n + 2) by x is 4 w (w + 1) / (n + 2)^2. */
static inline double slope(const elementwise *self, double x)
{
    (void)self;
    const double c = wide_clamp(x, -700, 30), w = wide_exp(c), m = w * (w + 2) + 2;
    return part(c) + c * 4 * w * (w + 1) / (m * m);
}

/* By tests/golden/layers.py. */
static const cnn_golden golden[] = {
    {"{}",
     1e-5,
     {1, {4}},
     {CNN_VALUES("x", -2, -0.5, 0.25, 3.5), CNN_VALUES("dy", 1, -2, 0.5, 3),
      CNN_VALUES("y", -0.25250148, -0.22074377, 0.16957241, 3.4939907),
      CNN_VALUES("dx", -0.10835509, -0.57902136, 0.37708633, 3.029818)}},
    CNN_GOLDEN_END,
};

ELEMENTWISE_LAYER(elementwise, "mish", "x tanh(log(1 + exp(x)))",
                  .doc = "y = x tanh(softplus(x)). As in Keras and PyTorch.", .golden = golden)
