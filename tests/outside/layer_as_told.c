/* layer_as_told.c - passes on what it gets, and makes `mistake` in its plan. */
#include <cnnrun/layer.h>
#include <math.h>
#include <string.h>

typedef struct layer_as_told {
    int64_t mistake;
    uint64_t count;
} layer_as_told;

static const cnn_param params[] = {
    CNN_PARAM(layer_as_told, mistake, CNN_INTEGER, "0", 0, 100, 0, "which; 0: none"),
    CNN_PARAM_END,
};

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    layer_as_told *l = self;
    cnn_weight weight = {"kernel", "zeros", {1, {4}}, 1, 1, CNN_ROLE_KERNEL};
    l->count = cnn_shape_count(input);
    plan->output = *input;
    switch (l->mistake) {
    case 1: plan->output.rank = 5; break;
    case 2: plan->output.dim[0] = 0; break;
    case 3: plan->flags = 1024; break;
    case 4: plan->weight_count = 9; return 0;
    case 5: plan->flags = CNN_IN_PLACE, plan->output.dim[0] = 1; break;
    case 6: plan->parts = 8; break;
    case 7: plan->measures = 1; break;
    case 8: plan->prepared_bytes = 64; break;
    case 9: plan->scratch_bytes = UINT64_C(1) << 40; break;
    case 10: weight.name = "Kernel"; break;
    case 11: weight.role = 99; break;
    case 12: weight.fan_in = 0; break;
    case 13: weight.initializer = NULL; break;
    case 14: weight.shape.dim[0] = UINT64_C(1) << 40; break;
    case 15: return cnn_fail(error, "this shape does not please");
    case 16: return -1;
    case 17: plan->piece_samples = 3; return 0;
    case 18: weight.role = CNN_ROLE_MEASURED; break;
    case 19: plan->surveys = 1; break;
    case 20: plan->survey_passes = 5; break;
    }
    if (l->mistake > 20) {
        plan->surveys = 1;
        weight.role = CNN_ROLE_MEASURED;
    }
    if (l->mistake >= 10)
        plan->weights[plan->weight_count++] = weight;
    return 0;
}

static void forward(const void *self, const cnn_layer_io *io)
{
    memcpy(io->y, io->x, io->samples * ((const layer_as_told *)self)->count * sizeof(float));
}

static void backward(const void *self, const cnn_layer_io *io)
{
    if (io->dx)
        memcpy(io->dx, io->dy, io->samples * ((const layer_as_told *)self)->count * sizeof(float));
}

static void survey(const void *self, const cnn_layer_survey *io)
{
    (void)self;
    io->sums[0] += (double)io->samples;
}

static int settle(const void *self, const cnn_layer_settle *io, cnn_error *error)
{
    const layer_as_told *l = self;
    if (l->mistake == 21)
        return cnn_fail(error, "%.0f samples are not enough", io->totals[0]);
    if (l->mistake == 22)
        return -1;
    for (int i = 0; i < 4; i++)
        io->measured[0][i] = i == 3 ? (float)INFINITY : 0;
    return 0;
}

CNN_LAYER("layer_as_told", "makes the mistake that it is told to", .params = params,
          .self_size = sizeof(layer_as_told), .plan = plan, .forward = forward,
          .backward = backward, .survey = survey, .settle = settle)
