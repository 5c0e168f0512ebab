/* expect: PATH: parameter 'mode': choice 'mean' is there twice */
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

static const char *const modes[] = {"mean", "sum", "mean", NULL};
static const cnn_param params[] = {CNN_PARAM_CHOICE(settings, mode, "mean", modes, "the mode"),
                                   CNN_PARAM_END};
CNN_LOSS("param_choice_twice", "has a flaw in its table of parameters", .params = params,
         .self_size = sizeof(settings), .value = value)
