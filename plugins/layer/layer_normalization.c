/* layer_normalization.c - normalizes each sample by its own mean and variance along the last axis,
 * or several (Ba, Kiros and Hinton 2016, arXiv:1607.06450, "Layer normalization"). normalize.h has
 * the formulas. */
/* isa: avx2 avx512 */
#include <layer/normalize.h>

typedef struct layer_normalization {
    normalize n;
    cnn_integers axis;
} layer_normalization;

static const cnn_param params[] = {
    CNN_PARAM(layer_normalization, axis, CNN_INTEGERS, "[-1]", -4, 4, 0,
              "The axes that are normalized together, counted as in Keras: 1 is the first axis of "
              "a sample, -1 "
              "the last. They must be the last ones: [-1] or [1, 2, 3] for an image. PyTorch gives "
              "their sizes, normalized_shape."),
    NORMALIZE_PARAMS,
    CNN_PARAM_END,
};

/* The number of axes, from the last one on; 0 where they are others. */
static uint64_t last_axes(const layer_normalization *l, const cnn_shape *input)
{
    const int64_t rank = (int64_t)input->rank;
    uint64_t seen = 0, count = l->axis.count;
    for (uint64_t i = 0; i < count; i++) {
        const int64_t given = l->axis.items[i], axis = given < 0 ? rank + given : given - 1;
        if (given == 0 || axis < rank - (int64_t)count || axis < 0 || axis >= rank ||
            seen >> axis & 1)
            return 0;
        seen |= UINT64_C(1) << axis;
    }
    return count;
}

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    layer_normalization *l = self;
    const uint64_t axes = last_axes(l, input);
    cnn_shape shape = {axes, {0}};
    if (axes == 0)
        return cnn_fail_at(
            error, "axis", 0,
            "axis must name the last axes of the input, each once; the input has rank %llu",
            (unsigned long long)input->rank);
    for (uint64_t i = 0; i < axes; i++)
        shape.dim[i] = input->dim[input->rank - axes + i];
    l->n.lines = 1;
    l->n.run = l->n.stride = l->n.block_step = cnn_shape_count(&shape);
    l->n.blocks = cnn_shape_count(input) / l->n.run;
    l->n.weight_step = 0;
    normalize_plan(&l->n, input, &shape, plan);
    return 0;
}

static void forward(const void *self, const cnn_layer_io *io)
{
    normalize_forward(self, io);
}

static void backward(const void *self, const cnn_layer_io *io)
{
    normalize_backward(self, io);
}

/* By tests/golden/layers.py. */
static const cnn_golden golden[] = {
    {"{}",
     1e-5,
     {1, {4}},
     {CNN_VALUES("x", -0.85600001, -1.0420001, -1.228, -1.414, -1.6, -1.786, -1.972, 1.848),
      CNN_VALUES("dy", 1, -2, 0.5, 3, 1, -2, 0.5, 3),
      CNN_VALUES("gamma", 0.93049997, 0.884, 0.83749998, 0.79100001),
      CNN_VALUES("beta", 0.86799997, 0.68199998, 0.49599999, 0.31),
      CNN_VALUES("y", 2.1022084, 1.0728436, 0.12571537, -0.73917654, 0.44233306, 0.17349775,
                 -0.084385077, 1.6750179),
      CNN_VALUES("dx", 6.6414247, -9.2144431, -1.8453659, 4.4183843, 0.59815509, -1.0284834,
                 0.4380386, -0.0077103053),
      CNN_VALUES("dgamma", 0.8689323, 0.266196, -0.56756401, 1.1978812),
      CNN_VALUES("dbeta", 2, -4, 1, 6)}},
    CNN_GOLDEN_END,
};

CNN_LAYER(
    "layer_normalization", "normalizes each sample by its own mean and variance",
    .doc =
        "y = gamma * (x - mean) / sqrt(variance + epsilon) + beta, with mean and variance along "
        "axis, "
        "in training and evaluation alike. Defaults are Keras's; PyTorch's LayerNorm has epsilon "
        "1e-5.",
    .params = params, .golden = golden, .self_size = sizeof(layer_normalization), .plan = plan,
    .forward = forward, .backward = backward)
