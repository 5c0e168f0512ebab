/* expect: PATH: parameter 'margin': min is 10 and max 0; min must be max or less */
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
    CNN_PARAM(settings, margin, CNN_REAL, "1", 10, 0, 0, "the margin"), CNN_PARAM_END};
CNN_LOSS("param_range", "has a flaw in its table of parameters", .params = params,
         .self_size = sizeof(settings), .value = value)
