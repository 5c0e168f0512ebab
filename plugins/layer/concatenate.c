/* concatenate.c - several tensors side by side along one axis. */
#include <layer/merge.h>
#include <string.h>

typedef struct concatenate {
    int64_t axis;
    uint64_t inputs, outer;           /* number of stretches that each input is cut into */
    uint64_t stretch[CNN_MAX_INPUTS]; /* floats of one, of each input */
    uint64_t whole;                   /* floats of all inputs' stretches together */
} concatenate;

static const cnn_param params[] = {
    CNN_PARAM(concatenate, axis, CNN_INTEGER, "-1", -4, 4, 0,
              "The axis along which the inputs are joined; the other sizes must be equal. As in "
              "Keras, 1 is the "
              "first axis of a sample and -1 the last, the channels."),
    CNN_PARAM_END,
};

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    concatenate *c = self;
    const int64_t rank = (int64_t)input->rank;
    const int64_t axis = c->axis < 0 ? rank + c->axis : c->axis - 1;
    if (c->axis == 0 || axis < 0 || axis >= rank)
        return cnn_fail_at(
            error, "axis", 0,
            "axis is %lld; for an input of rank %lld it must be 1 to %lld, or -1 to -%lld",
            (long long)c->axis, (long long)rank, (long long)rank, (long long)rank);
    c->inputs = plan->inputs_taken = plan->input_count;
    plan->output = *input;
    plan->output.dim[axis] = 0;
    c->outer = 1;
    for (int64_t i = 0; i < axis; i++)
        c->outer *= input->dim[i];
    c->whole = 0;
    for (uint64_t k = 0; k < c->inputs; k++) {
        const cnn_shape *shape = &plan->inputs[k];
        cnn_shape other = *shape;
        if (shape->rank == input->rank)
            other.dim[axis] = input->dim[axis];
        if (!merge_same_shape(input, &other)) {
            char first[128], text[128];
            merge_shape_text(input, first, sizeof first);
            merge_shape_text(shape, text, sizeof text);
            return cnn_fail(
                error,
                "its inputs may differ along axis %lld only, and input 1 is %s, input %llu %s",
                (long long)c->axis, first, (unsigned long long)k + 1, text);
        }
        c->stretch[k] = cnn_shape_count(shape) / c->outer;
        c->whole += c->stretch[k];
        plan->output.dim[axis] += shape->dim[axis];
    }
    return 0;
}

static void forward(const void *self, const cnn_layer_io *io)
{
    const concatenate *c = self;
    float *y = io->y;
    for (uint64_t i = 0; i < io->samples * c->outer; i++)
        for (uint64_t k = 0; k < c->inputs; y += c->stretch[k++])
            memcpy(y, io->xs[k] + i * c->stretch[k], c->stretch[k] * sizeof(float));
}

static void backward(const void *self, const cnn_layer_io *io)
{
    const concatenate *c = self;
    const float *dy = io->dy;
    for (uint64_t i = 0; i < io->samples * c->outer; i++)
        for (uint64_t k = 0; k < c->inputs; dy += c->stretch[k++])
            if (io->dxs[k])
                memcpy(io->dxs[k] + i * c->stretch[k], dy, c->stretch[k] * sizeof(float));
}

static void equals(const void *self, cnn_operator *out)
{
    const concatenate *c = self;
    out->id = c->axis == -1 ? CNN_OPERATOR_CONCATENATE : CNN_OPERATOR_NONE;
}

CNN_LAYER("concatenate", "several inputs side by side, by default their channels",
          .doc = "Named by `inputs: [NAME, ...]`; they stand in that order. As in Keras; one input "
                 "is allowed, "
                 "too. PyTorch's cat has the channels at dim 1.",
          .self_size = sizeof(concatenate), .params = params, .plan = plan, .equals = equals,
          .forward = forward, .backward = backward)
