/* rescaling.c - y = scale * x + offset. */
/* isa: avx2 avx512 */
#include <layer/elementwise.h>

typedef struct rescaling {
    elementwise frame;
    double scale, offset;
} rescaling;

static const cnn_param params[] = {
    CNN_PARAM(rescaling, scale, CNN_REAL, NULL, -(double)INFINITY, (double)INFINITY, 0,
              "What each number is multiplied by, such as 0.00392157 for 1 / 255."),
    CNN_PARAM(rescaling, offset, CNN_REAL, "0", -255, 255, 0,
              "What is added then."),
    CNN_PARAM_END,
};

static inline double value(const rescaling *self, double x)
{
    return self->scale * x + self->offset;
}

static inline double slope(const rescaling *self, double x)
{
    (void)x;
    return self->scale;
}

/* By tests/golden/layers.py. */
static const cnn_golden golden[] = {
    {"{scale: 0.5, offset: -1}",
     1e-5,
     {1, {4}},
     {CNN_VALUES("x", -0.85600001, -1.0420001, -1.228, -1.414), CNN_VALUES("dy", 1, -2, 0.5, 3),
      CNN_VALUES("y", -1.428, -1.521, -1.614, -1.707), CNN_VALUES("dx", 0.5, -1, 0.25, 1.5)}},
    CNN_GOLDEN_END,
};

ELEMENTWISE_LAYER(
    rescaling, "rescaling", "scale * x + offset",
    .doc = "As Keras's Rescaling: {scale: 0.00784314, offset: -1} makes numbers in [-1, 1] of "
           "bytes. Datasets that give bytes as numbers in [0, 1] have divided by 255 "
           "already.",
    .params = params, .golden = golden)
