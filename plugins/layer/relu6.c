/* relu6.c - y = min(max(x, 0), 6) (Howard et al. 2017, arXiv:1704.04861, "MobileNets"). */
/* isa: avx2 avx512 */
#include <layer/elementwise.h>

static inline double value(const elementwise *self, double x)
{
    (void)self;
    return wide_clamp(x, 0, 6);
}

static inline double slope(const elementwise *self, double x)
{
    (void)self;
    return wide_pick((x > 0) & (x < 6), 1, 0);
}

/* By tests/golden/layers.py. */
static const cnn_golden golden[] = {
    {"{}",
     1e-5,
     {1, {4}},
     {CNN_VALUES("x", -2, -0.5, 0.25, 3.5), CNN_VALUES("dy", 1, -2, 0.5, 3),
      CNN_VALUES("y", 0, 0, 0.25, 3.5), CNN_VALUES("dx", 0, 0, 0.5, 3)}},
    CNN_GOLDEN_END,
};

ELEMENTWISE_LAYER(
    elementwise, "relu6", "max(x, 0), and at most 6",
    .doc = "y = min(max(x, 0), 6). The gradient is 0 at 0 and at 6, as in PyTorch. The same "
           "as relu with max_value 6.",
    .golden = golden)
