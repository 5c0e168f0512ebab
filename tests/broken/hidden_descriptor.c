/* expect: PATH: it does not export cnn_plugin; a plugin ends with CNN_LOSS(...) or its like */
#include <cnnrun/loss.h>

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    (void)classes;
    return output[0] - target[0];
}

#define cnn_plugin misspelt_plugin
CNN_LOSS("hidden_descriptor", "exports another name", .value = value)
