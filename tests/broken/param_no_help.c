/* expect: PATH: parameter 'margin': its help is missing; it must be a sentence or two */
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

static const cnn_param params[] = {CNN_PARAM(settings, margin, CNN_REAL, "1", 0, 10, 0, NULL),
                                   CNN_PARAM_END};
CNN_LOSS("param_no_help", "has a flaw in its table of parameters", .params = params,
         .self_size = sizeof(settings), .value = value)
