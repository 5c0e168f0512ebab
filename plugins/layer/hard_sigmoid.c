/* hard_sigmoid.c - y = x / 6 + 1/2, held in [0, 1]: three straight lines in place of the sigmoid.
 */
/* isa: avx2 avx512 */
#include <layer/elementwise.h>

static inline double value(const elementwise *self, double x)
{
    (void)self;
    return wide_clamp(x / 6 + 0.5, 0, 1);
}

static inline double slope(const elementwise *self, double x)
{
    (void)self;
    return wide_pick((x > -3) & (x < 3), 1.0 / 6, 0);
}

/* By tests/golden/layers.py. */
static const cnn_golden golden[] = {
    {"{}",
     1e-5,
     {1, {4}},
     {CNN_VALUES("x", -2, -0.5, 0.25, 3.5), CNN_VALUES("dy", 1, -2, 0.5, 3),
      CNN_VALUES("y", 0.16666667, 0.41666667, 0.54166667, 1),
      CNN_VALUES("dx", 0.16666667, -0.33333334, 0.083333336, 0)}},
    CNN_GOLDEN_END,
};

ELEMENTWISE_LAYER(
    elementwise, "hard_sigmoid", "x / 6 + 1/2, held in [0, 1]",
    .doc = "y = min(max(x / 6 + 0.5, 0), 1), as in Keras 3 and PyTorch. Keras 2 had 0.2 x + "
           "0.5. The gradient is 0 at -3 and at 3, as in PyTorch.",
    .golden = golden)
