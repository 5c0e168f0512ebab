/* elu.c - y = x where x > 0, else alpha (exp(x) - 1) (Clevert, Unterthiner and Hochreiter 2015,
 * arXiv:1511.07289, "Fast and accurate deep network learning by exponential linear units"). */
/* isa: avx2 avx512 */
#include <layer/elementwise.h>

typedef struct elu {
    elementwise frame;
    double alpha;
} elu;

static const cnn_param params[] = {
    CNN_PARAM(elu, alpha, CNN_REAL, "1", 0, (double)INFINITY, 0,
              "What y tends to, below 0: -alpha. The default is Keras's and PyTorch's."),
    CNN_PARAM_END,
};

static inline double value(const elu *self, double x)
{
    return wide_pick(x > 0, x, self->alpha * wide_expm1(x));
}

static inline double slope(const elu *self, double x)
{
    return wide_pick(x > 0, 1, self->alpha * wide_exp(x));
}

/* By tests/golden/layers.py. */
static const cnn_golden golden[] = {
    {"{}",
     1e-5,
     {1, {4}},
     {CNN_VALUES("x", -2, -0.5, 0.25, 3.5), CNN_VALUES("dy", 1, -2, 0.5, 3),
      CNN_VALUES("y", -0.86466472, -0.39346934, 0.25, 3.5),
      CNN_VALUES("dx", 0.13533528, -1.2130613, 0.5, 3)}},
    {"{alpha: 0.5}",
     1e-5,
     {1, {4}},
     {CNN_VALUES("x", -2, -0.5, 0.25, 3.5), CNN_VALUES("dy", 1, -2, 0.5, 3),
      CNN_VALUES("y", -0.43233236, -0.19673467, 0.25, 3.5),
      CNN_VALUES("dx", 0.067667642, -0.60653066, 0.5, 3)}},
    CNN_GOLDEN_END,
};

ELEMENTWISE_LAYER(elu, "elu", "x where it is positive, else alpha (exp(x) - 1)",
                  .doc =
                      "y = x where x > 0, else alpha (exp(x) - 1). At x = 0 the gradient is that "
                      "below 0, alpha, as in PyTorch.",
                  .params = params, .golden = golden)
