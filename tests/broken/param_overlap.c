/* expect: PATH: parameter 'other': its field overlaps that of 'margin' */
#include <cnnrun/loss.h>

typedef struct settings {
    double margin;
} settings;

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    (void)classes;
    return output[0] - target[0];
}

static const cnn_param params[] = {
    CNN_PARAM(settings, margin, CNN_REAL, "1", 0, 10, 0, "the margin"),
    {"other", "the same place", "1", NULL, 0, 10, 0, 8, CNN_REAL, 0, 0, 0},
    CNN_PARAM_END};
CNN_LOSS("param_overlap", "has a flaw in its table of parameters", .params = params,
         .self_size = sizeof(settings), .value = value)
