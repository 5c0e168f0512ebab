/* expect: PATH: parameter 'weights': its default is '[1]'; it must be a map of names to reals of 0 or more */
#include <cnnrun/loss.h>

typedef struct settings {
    cnn_numbers weights;
} settings;

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    (void)classes;
    return output[0] - target[0];
}

static const cnn_param params[] = {
    CNN_PARAM(settings, weights, CNN_NUMBERS, "[1]", 0, INFINITY, 0, "weights"), CNN_PARAM_END};
CNN_LOSS("param_default_numbers", "has a flaw in its table of parameters", .params = params,
         .self_size = sizeof(settings), .value = value)
