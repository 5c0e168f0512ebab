/* softplus.c - y = log(1 + exp(x)), a smooth max(x, 0); dy / dx = sigmoid(x) (Glorot, Bordes and
 * Bengio 2011, "Deep sparse rectifier neural networks"). */
/* isa: avx2 avx512 */
#include <layer/elementwise.h>

/* max(x, 0) + log(1 + exp(-|x|)), which never overflows. */
static inline double value(const elementwise *self, double x)
{
    (void)self;
    return wide_pick(x < 0, 0, x) + wide_log1p(wide_exp(-fabs(x)));
}

static inline double slope(const elementwise *self, double x)
{
    (void)self;
    return 1 / (1 + wide_exp(-x));
}

/* By tests/golden/layers.py. */
static const cnn_golden golden[] = {
    {"{}",
     1e-5,
     {1, {4}},
     {CNN_VALUES("x", -2, -0.5, 0.25, 3.5), CNN_VALUES("dy", 1, -2, 0.5, 3),
      CNN_VALUES("y", 0.12692801, 0.47407698, 0.82593942, 3.5297504),
      CNN_VALUES("dx", 0.11920292, -0.75508134, 0.28108825, 2.9120633)}},
    CNN_GOLDEN_END,
};

ELEMENTWISE_LAYER(
    elementwise, "softplus", "log(1 + exp(x)), a smooth max(x, 0)",
    .doc = "y = log(1 + exp(x)). As in Keras. PyTorch's has parameters beta 1 and threshold "
           "20, above which it gives x; the difference is below 3e-9.",
    .golden = golden)
