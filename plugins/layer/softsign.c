/* softsign.c - y = x / (1 + |x|), between -1 and 1; dy / dx = 1 / (1 + |x|)^2 (Bergstra et al.
 * 2009, "Quadratic polynomials learn better image features"). */
/* isa: avx2 avx512 */
#include <layer/elementwise.h>

/* Infinity as a large number, so that it is not divided by itself. */
static inline double value(const elementwise *self, double x)
{
    (void)self;
    const double c = wide_clamp(x, -1e300, 1e300);
    return c / (1 + fabs(c));
}

static inline double slope(const elementwise *self, double x)
{
    (void)self;
    const double part = 1 / (1 + fabs(x));
    return part * part;
}

/* By tests/golden/layers.py. */
static const cnn_golden golden[] = {
    {"{}",
     1e-5,
     {1, {4}},
     {CNN_VALUES("x", -2, -0.5, 0.25, 3.5), CNN_VALUES("dy", 1, -2, 0.5, 3),
      CNN_VALUES("y", -0.66666667, -0.33333333, 0.2, 0.77777778),
      CNN_VALUES("dx", 0.11111111, -0.88888889, 0.32, 0.14814815)}},
    CNN_GOLDEN_END,
};

ELEMENTWISE_LAYER(elementwise, "softsign", "x / (1 + |x|), between -1 and 1",
                  .doc =
                      "y = x / (1 + |x|). It nears its ends more slowly than tanh. As in Keras and "
                      "PyTorch.",
                  .golden = golden)
