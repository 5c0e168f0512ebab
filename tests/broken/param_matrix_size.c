/* expect: PATH: parameter 'costs': its field has 16 bytes; a matrix has 24 */
#include <cnnrun/loss.h>

typedef struct settings {
    cnn_reals costs; /* it must be a cnn_matrix */
} settings;

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    (void)classes;
    return output[0] - target[0];
}

static const cnn_param params[] = {CNN_PARAM(settings, costs, CNN_MATRIX, NULL, 0, 1, 0, "costs"),
                                   CNN_PARAM_END};
CNN_LOSS("param_matrix_size", "has a flaw in its table of parameters", .params = params,
         .self_size = sizeof(settings), .value = value)
