/* sigmoid.c - y = 1 / (1 + exp(-x)), between 0 and 1; dy / dx = y (1 - y). */
/* isa: avx2 avx512 */
#include <layer/elementwise.h>

static inline double value(const elementwise *self, double x)
{
    (void)self;
    return 1 / (1 + wide_exp(-x));
}

/* 1 - y is the value at -x, and has all its digits there. */
static inline double slope(const elementwise *self, double x)
{
    return value(self, x) * value(self, -x);
}

/* By tests/golden/layers.py. */
static const cnn_golden golden[] = {
    {"{}",
     1e-5,
     {1, {4}},
     {CNN_VALUES("x", -2, -0.5, 0.25, 3.5), CNN_VALUES("dy", 1, -2, 0.5, 3),
      CNN_VALUES("y", 0.11920292, 0.37754067, 0.5621765, 0.97068777),
      CNN_VALUES("dx", 0.10499359, -0.47000742, 0.12306704, 0.085359072)}},
    CNN_GOLDEN_END,
};

ELEMENTWISE_LAYER(elementwise, "sigmoid", "1 / (1 + exp(-x)), between 0 and 1",
                  .doc =
                      "y = 1 / (1 + exp(-x)). For outputs that are probabilities each for itself; "
                      "for classes of which one is true, softmax. As in Keras and PyTorch.",
                  .golden = golden)
