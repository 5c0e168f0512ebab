/* expect: PATH: parameter 'mode': it has no choices; a choice needs one or more */
#include <cnnrun/loss.h>

typedef struct settings {
    int32_t mode;
} settings;

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    (void)classes;
    return output[0] - target[0];
}

static const cnn_param params[] = {
    CNN_PARAM(settings, mode, CNN_CHOICE, "mean", 0, 0, 0, "the mode"), CNN_PARAM_END};
CNN_LOSS("param_no_choices", "has a flaw in its table of parameters", .params = params,
         .self_size = sizeof(settings), .value = value)
