/* flatten.c - images to rows of numbers, in the order in which they lie: row, column, channel. */
#include <cnnrun/layer.h>
#include <string.h>

typedef struct flatten {
    uint64_t count;
} flatten;

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    flatten *f = self;
    (void)error;
    f->count = cnn_shape_count(input);
    plan->output = (cnn_shape){1, {f->count}};
    plan->flags = CNN_IN_PLACE | CNN_ELEMENTWISE;
    return 0;
}

static void forward(const void *self, const cnn_layer_io *io)
{
    const flatten *f = self;
    if (io->y != io->x)
        memcpy(io->y, io->x, io->samples * f->count * sizeof(float));
}

static void backward(const void *self, const cnn_layer_io *io)
{
    const flatten *f = self;
    if (io->dx && io->dx != io->dy)
        memcpy(io->dx, io->dy, io->samples * f->count * sizeof(float));
}

static void equals(const void *self, cnn_operator *out)
{
    (void)self;
    out->id = CNN_OPERATOR_FLATTEN;
}

CNN_LAYER(
    "flatten", "turns any shape into one row of numbers",
    .doc =
        "Height, width, channels, the last fastest, as in Keras. PyTorch flattens channels first, "
        "so the rows of the kernel that follows stand in another order there.",
    .self_size = sizeof(flatten), .plan = plan, .equals = equals, .forward = forward,
    .backward = backward)
