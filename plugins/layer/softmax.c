/* softmax.c - probabilities from scores: y = exp(x) / sum of exp(x), over the last axis.
 *
 * The largest score is subtracted first, so that no exponential overflows; that changes nothing,
 * since softmax does not change when all scores shift. */
#include <cnnrun/layer.h>
#include <math.h>

typedef struct softmax {
    uint64_t rows, classes; /* of one sample */
} softmax;

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    softmax *s = self;
    (void)error;
    s->classes = input->dim[input->rank - 1];
    s->rows = cnn_shape_count(input) / s->classes;
    plan->output = *input;
    plan->flags = CNN_USES_OUTPUT | CNN_IN_PLACE | (input->rank == 1 ? CNN_PROBABILITIES : 0);
    plan->flops = 4 * (double)cnn_shape_count(input);
    return 0;
}

static void forward_row(const float *x, float *y, uint64_t classes)
{
    float largest = x[0];
    double sum = 0;
    for (uint64_t c = 1; c < classes; c++)
        largest = x[c] > largest ? x[c] : largest;
    for (uint64_t c = 0; c < classes; c++) {
        y[c] = expf(x[c] - largest);
        sum += (double)y[c];
    }
    for (uint64_t c = 0; c < classes; c++)
        y[c] = (float)((double)y[c] / sum);
}

/* dx_i = y_i (dy_i - sum of dy_j y_j) */
static void backward_row(const float *y, const float *dy, float *dx, uint64_t classes)
{
    double mean = 0;
    for (uint64_t c = 0; c < classes; c++)
        mean += (double)dy[c] * (double)y[c];
    for (uint64_t c = 0; c < classes; c++)
        dx[c] = (float)((double)y[c] * ((double)dy[c] - mean));
}

static void forward(const void *self, const cnn_layer_io *io)
{
    const softmax *s = self;
    for (uint64_t row = 0; row < io->samples * s->rows; row++)
        forward_row(io->x + row * s->classes, io->y + row * s->classes, s->classes);
}

static void backward(const void *self, const cnn_layer_io *io)
{
    const softmax *s = self;
    if (!io->dx)
        return;
    for (uint64_t row = 0; row < io->samples * s->rows; row++)
        backward_row(io->y + row * s->classes, io->dy + row * s->classes, io->dx + row * s->classes,
                     s->classes);
}

static void equals(const void *self, cnn_operator *out)
{
    (void)self;
    out->id = CNN_OPERATOR_SOFTMAX;
}

CNN_LAYER(
    "softmax", "turns scores into probabilities, over the last axis",
    .doc = "y = exp(x) / sum of exp(x). Use it as the last layer before a loss on probabilities; a "
           "loss on logits brings its own.",
    .self_size = sizeof(softmax), .plan = plan, .equals = equals, .forward = forward,
    .backward = backward)
