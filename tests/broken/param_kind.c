/* expect: PATH: parameter 'other': its kind is 0; it must be that of a plugin, CNN_KIND_... */
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

static const cnn_param params[] = {CNN_PARAM_PLUGIN(settings, other, 0, NULL, 0, "another loss"),
                                   CNN_PARAM_END};
CNN_LOSS("param_kind", "has a flaw in its table of parameters", .params = params,
         .self_size = sizeof(settings), .value = value)
