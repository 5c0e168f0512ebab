/* plain_hinge.c - the loss in C, to which those in C++ are compared. */
#include <cnnrun/loss.h>

struct settings {
    double margin;
};

static const cnn_param params[] = {
    CNN_PARAM(struct settings, margin, CNN_REAL, "1", 0, 100, 0, "the margin"),
    CNN_PARAM_END,
};

static double value(const void *data, const double *output, const double *target, size_t classes)
{
    const struct settings *self = (const struct settings *)data;
    double sum = 0;
    for (size_t c = 0; c < classes; c++) {
        const double lacks = self->margin - (2 * target[c] - 1) * output[c];
        sum += lacks <= 0 ? 0 : lacks;
    }
    return sum / (double)classes;
}

static void gradient(const void *data, const double *output, const double *target, size_t classes,
                     double *gradient)
{
    const struct settings *self = (const struct settings *)data;
    for (size_t c = 0; c < classes; c++) {
        const double sign = 2 * target[c] - 1;
        gradient[c] = self->margin - sign * output[c] <= 0 ? 0 : -sign / (double)classes;
    }
}

CNN_LOSS("plain_hinge", "each class a margin of its own", .params = params,
         .self_size = sizeof(struct settings), .value = value, .gradient = gradient)
