/* expect: PATH: parameter 'Margin': its name must match [a-z][a-z0-9_]* and have at most 64 bytes */
#include <cnnrun/loss.h>

typedef struct settings {
    double Margin;
} settings;

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    (void)classes;
    return output[0] - target[0];
}

static const cnn_param params[] = {
    CNN_PARAM(settings, Margin, CNN_REAL, "1", 0, 10, 0, "the margin"), CNN_PARAM_END};
CNN_LOSS("param_name", "has a flaw in its table of parameters", .params = params,
         .self_size = sizeof(settings), .value = value)
