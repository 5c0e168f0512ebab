/* prelu.c - y = x where x > 0, else alpha * x, with a trained alpha (He et al. 2015,
 * arXiv:1502.01852, "Delving deep into rectifiers").
 *
 *   dx = dy where x > 0, else alpha * dy;  d alpha = the sum of dy * min(x, 0) over all that share
 * it */
/* isa: avx2 avx512 */
#include <cnnrun/layer.h>
#include <kernels/exp.h>
#include <kernels/vector.h>

typedef struct prelu {
    cnn_integers shared_axes;
    uint64_t lines, width, alphas; /* a line runs along the last axis */
    uint64_t dim[CNN_MAX_RANK],
        step[CNN_MAX_RANK]; /* of a sample's axes, the last one at the end: the
                               size, and how far alpha goes: 0 if it is shared */
} prelu;

static const cnn_param params[] = {
    CNN_PARAM(
        prelu, shared_axes, CNN_INTEGERS, "null", -4, 4, CNN_NULLABLE,
        "Axes along which alpha is the same, counted as in Keras: 1 is the first axis of a sample, "
        "-1 the last. [1, 2]: one number a channel of an image, the paper's; [1, 2, 3]: one "
        "for all, PyTorch's default. null: one for each element."),
    CNN_PARAM_END,
};

/* The shape of alpha: that of the input, but 1 along the shared axes. */
static int share(const prelu *p, cnn_shape *shape, cnn_error *error)
{
    const int64_t rank = (int64_t)shape->rank;
    for (uint64_t i = 0; i < p->shared_axes.count; i++) {
        const int64_t given = p->shared_axes.items[i], axis = given < 0 ? rank + given : given - 1;
        if (given == 0 || axis < 0 || axis >= rank)
            return cnn_fail_at(
                error, "shared_axes", 0,
                "shared_axes has %lld; for an input of rank %lld an axis is 1 to %lld, "
                "or -1 to -%lld",
                (long long)given, (long long)rank, (long long)rank, (long long)rank);
        shape->dim[axis] = 1;
    }
    return 0;
}

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    prelu *p = self;
    cnn_shape shape = *input;
    if (share(p, &shape, error))
        return -1;
    p->width = input->dim[input->rank - 1];
    p->lines = cnn_shape_count(input) / p->width;
    p->alphas = 1;
    for (uint64_t i = CNN_MAX_RANK, axis = input->rank; i-- > 0;) {
        const uint64_t size = axis > 0 ? shape.dim[axis - 1] : 1;
        p->dim[i] = axis > 0 ? input->dim[axis - 1] : 1;
        p->step[i] = size > 1 ? p->alphas : 0;
        p->alphas *= size;
        axis -= axis > 0;
    }
    plan->output = *input;
    plan->flags = CNN_IN_PLACE | CNN_ELEMENTWISE | CNN_USES_INPUT;
    plan->weight_count = 1;
    plan->weights[0] = (cnn_weight){"alpha", "zeros", shape, p->alphas, p->alphas, CNN_ROLE_OTHER};
    plan->scratch_bytes = p->alphas * sizeof(double);
    plan->flops = (double)cnn_shape_count(input);
    return 0;
}

/* The alpha of a line's first element. */
static uint64_t alpha_at(const prelu *p, uint64_t line)
{
    const uint64_t *n = p->dim, *step = p->step;
    return line / n[2] / n[1] % n[0] * step[0] + line / n[2] % n[1] * step[1] +
           line % n[2] * step[2];
}

/* An infinite x is a large number, so that an alpha of 0 gives 0 and not NaN. */
static void forward(const void *self, const cnn_layer_io *io)
{
    const prelu *p = self;
    const uint64_t step = p->step[CNN_MAX_RANK - 1];
    for (uint64_t line = 0; line < io->samples * p->lines; line++) {
        const float *x = io->x + line * p->width, *alpha = io->weights[0] + alpha_at(p, line);
        float *y = io->y + line * p->width;
        VEC_INDEPENDENT
        for (uint64_t c = 0; c < p->width; c++) {
            const double below = (double)alpha[c * step] * wide_clamp((double)x[c], -1e300, 0);
            y[c] = vec_pick(x[c] > 0, x[c], (float)below);
        }
    }
}

/* The sums for alpha are in double, first of the shard. */
static void backward(const void *self, const cnn_layer_io *io)
{
    const prelu *p = self;
    const uint64_t step = p->step[CNN_MAX_RANK - 1];
    double *sums = io->scratch;
    memset(sums, 0, p->alphas * sizeof(double));
    for (uint64_t line = 0; line < io->samples * p->lines; line++) {
        const float *x = io->x + line * p->width, *dy = io->dy + line * p->width;
        const uint64_t at = alpha_at(p, line);
        for (uint64_t c = 0; io->dweights && c < p->width; c++)
            sums[at + c * step] += (double)dy[c] * wide_clamp((double)x[c], -1e300, 0);
        if (!io->dx)
            continue;
        const float *alpha = io->weights[0] + at;
        float *dx = io->dx + line * p->width;
        VEC_INDEPENDENT
        for (uint64_t c = 0; c < p->width; c++)
            dx[c] = vec_pick(x[c] > 0, dy[c], alpha[c * step] * dy[c]);
    }
    for (uint64_t i = 0; io->dweights && i < p->alphas; i++)
        io->dweights[0][i] += (float)sums[i];
}

/* By tests/golden/layers.py. */
static const cnn_golden golden[] = {
    {"{}",
     1e-5,
     {1, {4}},
     {CNN_VALUES("x", -2, -0.5, 0.25, 3.5, 1, -1, -3, 2),
      CNN_VALUES("dy", 1, -2, 0.5, 3, 1, -2, 0.5, 3), CNN_VALUES("alpha", 0.25, -0.5, 0, 1),
      CNN_VALUES("y", -0.5, 0.25, 0.25, 3.5, 1, 0.5, -0, 2),
      CNN_VALUES("dx", 0.25, 1, 0.5, 3, 1, 1, 0, 3), CNN_VALUES("dalpha", -2, 3, -1.5, 0)}},
    CNN_GOLDEN_END,
};

CNN_LAYER(
    "prelu", "x where it is positive, else a trained part of it",
    .doc = "y = x where x > 0, else alpha * x. Keras's defaults: alpha starts at 0, one for each "
           "element of a sample. PyTorch's PReLU has one alpha for all, or one a channel, which "
           "starts at 0.25.",
    .params = params, .golden = golden, .self_size = sizeof(prelu), .plan = plan,
    .forward = forward, .backward = backward)
