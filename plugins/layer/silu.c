/* silu.c - y = x / (1 + exp(-x)), also called swish (Ramachandran, Zoph and Le 2017,
 * arXiv:1710.05941, "Searching for activation functions"; Elfwing, Uchibe and Doya 2017,
 * arXiv:1702.03118). */
/* isa: avx2 avx512 */
#include <layer/elementwise.h>

static inline double sigmoid(double x)
{
    return 1 / (1 + wide_exp(-x));
}

/* Below -700 the value is 0 in float; so no infinity meets 0. */
static inline double value(const elementwise *self, double x)
{
    (void)self;
    const double c = wide_pick(x < -700, -700, x);
    return c * sigmoid(c);
}

static inline double slope(const elementwise *self, double x)
{
    (void)self;
    const double c = wide_clamp(x, -700, 700);
    return sigmoid(c) + c * sigmoid(c) * sigmoid(-c);
}

/* By tests/golden/layers.py. */
static const cnn_golden golden[] = {
    {"{}",
     1e-5,
     {1, {4}},
     {CNN_VALUES("x", -2, -0.5, 0.25, 3.5), CNN_VALUES("dy", 1, -2, 0.5, 3),
      CNN_VALUES("y", -0.23840584, -0.18877033, 0.14054413, 3.3974072),
      CNN_VALUES("dx", -0.090784249, -0.52007763, 0.31185501, 3.2108201)}},
    CNN_GOLDEN_END,
};

ELEMENTWISE_LAYER(elementwise, "silu", "x times its sigmoid; swish",
                  .doc = "y = x / (1 + exp(-x)). As Keras's silu (swish) and PyTorch's SiLU.",
                  .golden = golden)
