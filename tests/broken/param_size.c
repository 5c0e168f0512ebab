/* expect: PATH: parameter 'margin': its field has 4 bytes; a real has 8 */
#include <cnnrun/loss.h>

typedef struct settings {
    float margin;
} settings;

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    (void)classes;
    return output[0] - target[0];
}

static const cnn_param params[] = {
    CNN_PARAM(settings, margin, CNN_REAL, "1", 0, 10, 0, "the margin"), CNN_PARAM_END};
CNN_LOSS("param_size", "has a flaw in its table of parameters", .params = params,
         .self_size = sizeof(settings), .value = value)
