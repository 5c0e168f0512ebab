/* expect: PATH: parameter 'costs': its default is '[[0, 1], [1]]'; it must be a list of rows, lists of reals in [0, 1] */
#include <cnnrun/loss.h>

typedef struct settings {
    cnn_matrix costs;
} settings;

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    (void)classes;
    return output[0] - target[0];
}

static const cnn_param params[] = {
    CNN_PARAM(settings, costs, CNN_MATRIX, "[[0, 1], [1]]", 0, 1, 0, "costs"), CNN_PARAM_END};
CNN_LOSS("param_default_matrix", "has a flaw in its table of parameters", .params = params,
         .self_size = sizeof(settings), .value = value)
