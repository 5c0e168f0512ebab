/* loss_dead_parameter.c - a parameter that nothing reads. */
/* must warn: PAR-5 */
#include <cnnrun/loss.h>

struct margin {
    double margin;
};

static const cnn_param params[] = {
    CNN_PARAM(struct margin, margin, CNN_REAL, "1", 0, 10, 0, "the margin demanded"),
    CNN_PARAM_END,
};

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    double sum = 0;
    (void)self;
    for (size_t c = 0; c < classes; c++)
        sum += fmax(0, 1 - (2 * target[c] - 1) * output[c]);
    return sum;
}

CNN_LOSS("loss_dead_parameter", "a parameter that nothing reads", .params = params,
         .self_size = sizeof(struct margin), .value = value)
