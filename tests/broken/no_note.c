/* expect: PATH: it has no cnnrun note; a plugin ends with CNN_LOSS(...) or its like, and is made by: cnnrun build NAME.c */
#include <cnnrun/loss.h>

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    (void)classes;
    return output[0] - target[0];
}

CNN_EXPORT_ const cnn_loss cnn_plugin;
const cnn_loss cnn_plugin = {.struct_size = sizeof(cnn_loss),
                             .param_size = sizeof(cnn_param),
                             .kind = CNN_KIND_LOSS,
                             .name = "no_note",
                             .summary = "has a descriptor alone",
                             .value = value};
