/* expect: PATH: parameter 'other': its default is '[hinge]'; it must be a loss */
#include <cnnrun/loss.h>

typedef struct settings {
    const cnn_handle *other;
} settings;

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    (void)classes;
    return output[0] - target[0];
}

static const cnn_param params[] = {
    CNN_PARAM_PLUGIN(settings, other, CNN_KIND_LOSS, "[hinge]", 0, "another loss"), CNN_PARAM_END};
CNN_LOSS("param_default_plugin", "has a flaw in its table of parameters", .params = params,
         .self_size = sizeof(settings), .value = value)
