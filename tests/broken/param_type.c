/* expect: PATH: parameter 'margin': its type is 14; the types known are 1 to 13 */
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

static const cnn_param params[] = {CNN_PARAM(settings, margin, 14, "1", 0, 10, 0, "the margin"),
                                   CNN_PARAM_END};
CNN_LOSS("param_type", "has a flaw in its table of parameters", .params = params,
         .self_size = sizeof(settings), .value = value)
