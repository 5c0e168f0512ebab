/* leaky_relu.c - y = x where x >= 0, else negative_slope * x (Maas, Hannun and Ng 2013, "Rectifier
 * nonlinearities improve neural network acoustic models"). */
/* isa: avx2 avx512 */
#include <layer/elementwise.h>

typedef struct leaky_relu {
    elementwise frame;
    double negative_slope;
} leaky_relu;

static const cnn_param params[] = {
    CNN_PARAM(leaky_relu, negative_slope, CNN_REAL, "0.3", 0, (double)INFINITY, 0,
              "Slope below 0. 0.3 is that of Keras's layer; Keras's activation function has 0.2, "
              "PyTorch's LeakyReLU 0.01, Darknet's leaky 0.1."),
    CNN_PARAM_END,
};

static inline double slope(const leaky_relu *self, double x)
{
    return wide_pick(x > 0, 1, self->negative_slope);
}

/* Infinity as a large number, so that a slope of 0 gives 0 and not NaN. */
static inline double value(const leaky_relu *self, double x)
{
    return wide_pick(x > 0, x, wide_clamp(x, -1e300, 0) * self->negative_slope);
}

/* By tests/golden/layers.py. */
static const cnn_golden golden[] = {
    {"{}",
     1e-5,
     {1, {4}},
     {CNN_VALUES("x", -2, -0.5, 0.25, 3.5), CNN_VALUES("dy", 1, -2, 0.5, 3),
      CNN_VALUES("y", -0.6, -0.15, 0.25, 3.5), CNN_VALUES("dx", 0.3, -0.6, 0.5, 3)}},
    {"{negative_slope: 0.01}",
     1e-5,
     {1, {4}},
     {CNN_VALUES("x", -2, -0.5, 0.25, 3.5), CNN_VALUES("dy", 1, -2, 0.5, 3),
      CNN_VALUES("y", -0.02, -0.005, 0.25, 3.5), CNN_VALUES("dx", 0.01, -0.02, 0.5, 3)}},
    CNN_GOLDEN_END,
};

ELEMENTWISE_LAYER(leaky_relu, "leaky_relu", "x where it is positive, else a small part of it",
                  .doc =
                      "y = x where x > 0, else negative_slope * x. At x = 0 the gradient is that "
                      "below 0, as in PyTorch.",
                  .params = params, .golden = golden)
