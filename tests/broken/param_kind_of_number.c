/* expect: PATH: parameter 'margin': its kind is 3; it must be 0, since it is no plugin */
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
    {"margin", "the margin", "1", NULL, 0, 10, 0, sizeof(double), CNN_REAL, 0, CNN_KIND_LOSS, 0},
    CNN_PARAM_END};
CNN_LOSS("param_kind_of_number", "has a flaw in its table of parameters", .params = params,
         .self_size = sizeof(settings), .value = value)
