/* expect: PATH: parameter 'margin': its field at offset 18446744073709551612 ends past self_size, 8 */
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
    {"margin", "the margin", "1", NULL, 0, 10, UINT64_MAX - 3, 8, CNN_REAL, 0, 0, 0}, CNN_PARAM_END};
CNN_LOSS("param_overflow", "has a flaw in its table of parameters", .params = params,
         .self_size = sizeof(settings), .value = value)
