/* reshape.c - the same numbers, in the same order, in another shape. */
#include <cnnrun/layer.h>
#include <string.h>

typedef struct reshape {
    cnn_integers target_shape;
    uint64_t count;
} reshape;

static const cnn_param params[] = {
    CNN_PARAM(
        reshape, target_shape, CNN_INTEGERS, "[-1]", -1, 1 << 24, 0,
        "Sizes of the axes of a sample, 1 to 4 of them; one may be -1, which stands for what is "
        "left; the default makes one row of all. PyTorch's Unflatten and view count the sample's "
        "axis too."),
    CNN_PARAM_END,
};

static int init(void *self, cnn_error *error)
{
    const reshape *r = self;
    uint64_t open = 0;
    if (r->target_shape.count < 1 || r->target_shape.count > CNN_MAX_RANK)
        return cnn_fail_at(error, "target_shape", 0,
                           "target_shape has %llu numbers; it must have 1 to %u",
                           (unsigned long long)r->target_shape.count, CNN_MAX_RANK);
    for (uint64_t i = 0; i < r->target_shape.count; i++) {
        open += r->target_shape.items[i] == -1;
        if (r->target_shape.items[i] == 0)
            return cnn_fail_at(error, "target_shape", 0,
                               "target_shape[%llu] is 0; it must be 1 or more, or -1",
                               (unsigned long long)i);
    }
    if (open > 1)
        return cnn_fail_at(error, "target_shape", 0,
                           "target_shape has -1 %llu times; it may be there once",
                           (unsigned long long)open);
    return 0;
}

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    reshape *r = self;
    uint64_t known = 1;
    r->count = cnn_shape_count(input);
    for (uint64_t i = 0; i < r->target_shape.count && known <= r->count; i++)
        known *= r->target_shape.items[i] > 0 ? (uint64_t)r->target_shape.items[i] : 1;
    plan->output.rank = r->target_shape.count;
    for (uint64_t i = 0; i < r->target_shape.count; i++) {
        const int64_t n = r->target_shape.items[i];
        plan->output.dim[i] = n > 0 ? (uint64_t)n : r->count / known;
    }
    if (known > r->count || r->count % known || cnn_shape_count(&plan->output) != r->count)
        return cnn_fail_at(error, "target_shape", 0,
                           "target_shape does not hold the %llu numbers of the input",
                           (unsigned long long)r->count);
    plan->flags = CNN_IN_PLACE | CNN_ELEMENTWISE;
    return 0;
}

static void forward(const void *self, const cnn_layer_io *io)
{
    const reshape *r = self;
    if (io->y != io->x)
        memcpy(io->y, io->x, io->samples * r->count * sizeof(float));
}

static void backward(const void *self, const cnn_layer_io *io)
{
    const reshape *r = self;
    if (io->dx && io->dx != io->dy)
        memcpy(io->dx, io->dy, io->samples * r->count * sizeof(float));
}

/* By tests/golden/layers.py. */
static const cnn_golden golden[] = {
    {"{target_shape: [2,-1,2]}",
     1e-5,
     {1, {8}},
     {CNN_VALUES("x", -0.85600001, -1.0420001, -1.228, -1.414, -1.6, -1.786, -1.972, 1.848),
      CNN_VALUES("dy", 1, -2, 0.5, 3, 1, -2, 0.5, 3),
      CNN_VALUES("y", -0.85600001, -1.0420001, -1.228, -1.414, -1.6, -1.786, -1.972, 1.848),
      CNN_VALUES("dx", 1, -2, 0.5, 3, 1, -2, 0.5, 3)}},
    CNN_GOLDEN_END,
};

CNN_LAYER(
    "reshape", "the same numbers in another shape",
    .doc =
        "The numbers stay in their order, the last axis fastest, as in Keras. An image is height, "
        "width, channels.",
    .params = params, .golden = golden, .self_size = sizeof(reshape), .init = init, .plan = plan,
    .forward = forward, .backward = backward)
