/* expect: PATH: parameter 'other': its field has 16 bytes; a plugin has 8 */
#include <cnnrun/loss.h>

typedef struct settings {
    cnn_handle other; /* it must be a pointer */
} settings;

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    (void)classes;
    return output[0] - target[0];
}

static const cnn_param params[] = {
    CNN_PARAM_PLUGIN(settings, other, CNN_KIND_LOSS, NULL, 0, "another loss"), CNN_PARAM_END};
CNN_LOSS("param_handle_size", "has a flaw in its table of parameters", .params = params,
         .self_size = sizeof(settings), .value = value)
