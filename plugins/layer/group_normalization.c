/* group_normalization.c - normalizes groups of channels of each sample by their own mean and
 * variance (Wu and He 2018, arXiv:1803.08494, "Group normalization"). normalize.h has the formulas.
 */
/* isa: avx2 avx512 */
#include <layer/normalize.h>

typedef struct group_normalization {
    normalize n;
    int64_t groups;
} group_normalization;

static const cnn_param params[] = {
    CNN_PARAM(
        group_normalization, groups, CNN_INTEGER, "32", -1, 65536, 0,
        "Number of groups, by which that of the channels must be divisible. 1 is layer "
        "normalization of the whole sample; -1 stands for the number of channels, and is instance "
        "normalization. PyTorch's num_groups has no default."),
    NORMALIZE_PARAMS,
    CNN_PARAM_END,
};

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    group_normalization *g = self;
    const uint64_t channels = input->dim[input->rank - 1];
    const uint64_t groups = g->groups == -1 ? channels : (uint64_t)g->groups;
    const cnn_shape shape = {1, {channels}};
    if (groups == 0 || channels % groups)
        return cnn_fail_at(error, "groups", 0, "groups is %llu, and there are %llu channels; %s",
                           (unsigned long long)groups, (unsigned long long)channels,
                           groups ? "they must be divisible by it" : "it must be 1 or more, or -1");
    g->n.blocks = groups;
    g->n.run = g->n.block_step = g->n.weight_step = channels / groups;
    g->n.stride = channels;
    g->n.lines = cnn_shape_count(input) / channels;
    normalize_plan(&g->n, input, &shape, plan);
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
    {"{groups: 2}",
     1e-5,
     {3, {1, 2, 4}},
     {CNN_VALUES("x", -0.85600001, -1.0420001, -1.228, -1.414, -1.6, -1.786, -1.972, 1.848),
      CNN_VALUES("dy", 1, -2, 0.5, 3, 1, -2, 0.5, 3),
      CNN_VALUES("gamma", 0.93049997, 0.884, 0.83749998, 0.79100001),
      CNN_VALUES("beta", 0.86799997, 0.68199998, 0.49599999, 0.31),
      CNN_VALUES("y", 1.9925792, 1.3230282, 0.19481965, -0.073077303, 0.19325245, -0.38638049,
                 -0.22284699, 1.6564703),
      CNN_VALUES("dx", 2.4823679, -4.1214871, -0.51153425, 0.84813651, 4.1214872, -2.4823679,
                 -0.31262078, -0.023981481),
      CNN_VALUES("dgamma", 0.48343014, 0.96686028, -0.60897156, 3.6538293),
      CNN_VALUES("dbeta", 2, -4, 1, 6)}},
    CNN_GOLDEN_END,
};

CNN_LAYER("group_normalization", "normalizes groups of channels by their own mean and variance",
          .doc = "y = gamma * (x - mean) / sqrt(variance + epsilon) + beta, with mean and variance "
                 "of a group "
                 "of channels over all pixels of a sample; gamma and beta are one number a "
                 "channel. Defaults "
                 "are Keras's; PyTorch's GroupNorm has epsilon 1e-5.",
          .params = params, .golden = golden, .self_size = sizeof(group_normalization),
          .plan = plan, .forward = forward, .backward = backward)
