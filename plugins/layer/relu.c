/* relu.c - rectified linear unit, with Keras's three parameters:
 *
 *   y = max_value                          where x >= max_value
 *       x                                  where threshold <= x < max_value
 *       negative_slope * (x - threshold)   else
 *
 * At the defaults y = max(x, 0), which the layer before usually absorbs. NaN stays NaN. */
/* isa: avx2 avx512 */
#include <cnnrun/layer.h>
#include <kernels/vector.h>
#include <math.h>

typedef struct relu {
    double negative_slope, max_value, threshold;
    uint64_t count;
    float slope, max, start; /* max is infinite where there is none */
    int32_t plain;           /* the defaults */
} relu;

static const cnn_param params[] = {
    CNN_PARAM(relu, negative_slope, CNN_REAL, "0", 0, (double)INFINITY, 0,
              "Slope below the threshold; 0.01 is PyTorch's LeakyReLU."),
    CNN_PARAM(relu, max_value, CNN_REAL, "null", 0, (double)INFINITY, CNN_NULLABLE,
              "Largest output; null for none, 6 for relu6."),
    CNN_PARAM(relu, threshold, CNN_REAL, "0", -(double)INFINITY, (double)INFINITY, 0,
              "Inputs from here on pass unchanged."),
    CNN_PARAM_END,
};

static int init(void *self, cnn_error *error)
{
    relu *r = self;
    (void)error;
    r->slope = (float)r->negative_slope;
    r->max = isnan(r->max_value) ? INFINITY : (float)r->max_value;
    r->start = (float)r->threshold;
    r->plain = r->slope == 0 && r->start == 0 && isnan(r->max_value);
    return 0;
}

static void equals(const void *self, cnn_operator *out)
{
    const relu *r = self;
    out->id = r->plain ? CNN_OPERATOR_RELU : CNN_OPERATOR_NONE;
}

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    relu *r = self;
    (void)error;
    r->count = cnn_shape_count(input);
    plan->output = *input;
    plan->flags = CNN_IN_PLACE | CNN_ELEMENTWISE | (r->plain ? CNN_USES_OUTPUT : CNN_USES_INPUT);
    plan->flops = (double)r->count;
    return 0;
}

static void forward(const void *self, const cnn_layer_io *io)
{
    const relu *r = self;
    const uint64_t count = io->samples * r->count;
    const float *x = io->x, slope = r->slope, start = r->start, max = r->max;
    const int flat = slope == 0; /* then minus infinity gives 0 too, not NaN */
    float *y = io->y;
    if (r->plain) {
        VEC_INDEPENDENT
        for (uint64_t i = 0; i < count; i++)
            y[i] = x[i] < 0 ? 0 : x[i];
        return;
    }
    VEC_INDEPENDENT
    for (uint64_t i = 0; i < count; i++) {
        const float below = vec_pick(flat & (x[i] == x[i]), 0, slope * (x[i] - start));
        y[i] = vec_pick(x[i] >= max, max, vec_pick(x[i] >= start, x[i], below));
    }
}

static void backward(const void *self, const cnn_layer_io *io)
{
    const relu *r = self;
    const uint64_t count = io->samples * r->count;
    const float *x = io->x, *y = io->y, *dy = io->dy, slope = r->slope, start = r->start,
                max = r->max;
    float *dx = io->dx;
    if (!dx)
        return;
    if (r->plain) {
        VEC_INDEPENDENT
        for (uint64_t i = 0; i < count; i++)
            dx[i] = vec_pick(y[i] > 0, dy[i], 0);
        return;
    }
    VEC_INDEPENDENT
    for (uint64_t i = 0; i < count; i++) {
        const float open = vec_pick(x[i] >= start, dy[i], slope * dy[i]);
        dx[i] = vec_pick(x[i] >= max, 0, open);
    }
}

/* By tests/golden/cases.py. */
static const cnn_golden golden[] = {
    {"{negative_slope: 0.25, max_value: 2, threshold: 0.5}",
     1e-6,
     {1, {4}},
     {CNN_VALUES("x", -2, 0.25, 1.5, 3), CNN_VALUES("dy", 1, 2, -1, 4),
      CNN_VALUES("y", -0.625, -0.0625, 1.5, 2), CNN_VALUES("dx", 0.25, 0.5, -1, 0)}},
    CNN_GOLDEN_END,
};

CNN_LAYER("relu", "max(x, 0), or with a slope, a ceiling, a threshold",
          .doc = "y = max_value where x >= max_value, x where threshold <= x < max_value, else "
                 "negative_slope * (x - threshold). The defaults give max(x, 0).",
          .params = params, .golden = golden, .self_size = sizeof(relu), .init = init, .plan = plan,
          .forward = forward, .backward = backward, .equals = equals)
