/* log_softmax.c - logarithms of probabilities: y = x - log(sum of exp(x)), over the last axis.
 *
 * The largest score is subtracted first, so that no exponential overflows. The sums are in double.
 */
/* isa: avx2 avx512 */
#include <cnnrun/layer.h>
#include <kernels/exp.h>

typedef struct log_softmax {
    uint64_t rows, classes; /* of one sample */
} log_softmax;

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    log_softmax *s = self;
    (void)error;
    s->classes = input->dim[input->rank - 1];
    s->rows = cnn_shape_count(input) / s->classes;
    plan->output = *input;
    plan->flags = CNN_USES_OUTPUT | CNN_IN_PLACE;
    plan->flops = 4 * (double)cnn_shape_count(input);
    return 0;
}

static void forward_row(const float *x, float *y, uint64_t classes)
{
    float largest = x[0];
    double sum = 0;
    for (uint64_t c = 1; c < classes; c++)
        largest = x[c] > largest ? x[c] : largest;
    for (uint64_t c = 0; c < classes; c++)
        sum += wide_exp((double)x[c] - (double)largest);
    const double rest = log(sum);
    for (uint64_t c = 0; c < classes; c++)
        y[c] = (float)((double)x[c] - (double)largest - rest);
}

/* dx_i = dy_i - exp(y_i) * the sum of dy */
static void backward_row(const float *y, const float *dy, float *dx, uint64_t classes)
{
    double sum = 0;
    for (uint64_t c = 0; c < classes; c++)
        sum += (double)dy[c];
    for (uint64_t c = 0; c < classes; c++)
        dx[c] = (float)((double)dy[c] - wide_exp((double)y[c]) * sum);
}

static void forward(const void *self, const cnn_layer_io *io)
{
    const log_softmax *s = self;
    for (uint64_t row = 0; row < io->samples * s->rows; row++)
        forward_row(io->x + row * s->classes, io->y + row * s->classes, s->classes);
}

static void backward(const void *self, const cnn_layer_io *io)
{
    const log_softmax *s = self;
    for (uint64_t row = 0; io->dx && row < io->samples * s->rows; row++)
        backward_row(io->y + row * s->classes, io->dy + row * s->classes, io->dx + row * s->classes,
                     s->classes);
}

/* By tests/golden/layers.py. */
static const cnn_golden golden[] = {
    {"{}",
     1e-5,
     {1, {4}},
     {CNN_VALUES("x", -0.85600001, -1.0420001, -1.228, -1.414, -1.6, -1.786, -1.972, 1.848),
      CNN_VALUES("dy", 1, -2, 0.5, 3, 1, -2, 0.5, 3),
      CNN_VALUES("y", -1.1288118, -1.3148118, -1.5008118, -1.6868118, -3.5250975, -3.7110975,
                 -3.8970975, -0.077097438),
      CNN_VALUES("dx", 0.19145671, -2.6713121, -0.057372728, 2.5372281, 0.92637766, -2.0611267,
                 0.44924813, 0.6855009)}},
    CNN_GOLDEN_END,
};

CNN_LAYER(
    "log_softmax", "logarithms of the probabilities that softmax gives, over the last axis",
    .doc = "y = x - log(sum of exp(x)). A loss on logits takes these as well as raw scores, since "
           "they differ by one number a sample. As in Keras and PyTorch.",
    .golden = golden, .self_size = sizeof(log_softmax), .plan = plan, .forward = forward,
    .backward = backward)
