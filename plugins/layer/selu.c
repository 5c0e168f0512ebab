/* selu.c - elu with a scale, such that what it gives keeps mean 0 and variance 1 from layer to
 * layer (Klambauer et al. 2017, arXiv:1706.02515, "Self-normalizing neural networks"). */
/* isa: avx2 avx512 */
#include <layer/elementwise.h>

/* The paper's, from its appendix; the same in Keras and PyTorch. */
#define SCALE 1.0507009873554804934193349852946
#define ALPHA 1.6732632423543772848170429916717

static inline double value(const elementwise *self, double x)
{
    (void)self;
    return SCALE * wide_pick(x > 0, x, ALPHA * wide_expm1(x));
}

static inline double slope(const elementwise *self, double x)
{
    (void)self;
    return SCALE * wide_pick(x > 0, 1, ALPHA * wide_exp(x));
}

/* By tests/golden/layers.py. */
static const cnn_golden golden[] = {
    {"{}",
     1e-5,
     {1, {4}},
     {CNN_VALUES("x", -2, -0.5, 0.25, 3.5), CNN_VALUES("dy", 1, -2, 0.5, 3),
      CNN_VALUES("y", -1.5201665, -0.69175819, 0.26267525, 3.6774535),
      CNN_VALUES("dx", 0.23793287, -2.1326823, 0.52535049, 3.152103)}},
    CNN_GOLDEN_END,
};

ELEMENTWISE_LAYER(
    elementwise, "selu", "the scaled exponential linear unit",
    .doc = "y = 1.0507 x where x > 0, else 1.0507 * 1.67326 (exp(x) - 1). It wants "
           "kernels drawn with the variance 1 / fan_in (LeCun's normal). As in Keras and "
           "PyTorch.",
    .golden = golden)
