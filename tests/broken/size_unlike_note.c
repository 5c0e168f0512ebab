/* expect: PATH: struct_size and param_size are 120 and 80; they must be 128 and 80, as its note says */
#include <cnnrun/loss.h>

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    (void)classes;
    return output[0] - target[0];
}

CNN_PLUGIN_NOTE(CNN_KIND_LOSS, cnn_loss)
CNN_EXPORT_ const cnn_loss cnn_plugin;
const cnn_loss cnn_plugin = {.struct_size = sizeof(cnn_loss) - 8,
                             .param_size = sizeof(cnn_param),
                             .kind = CNN_KIND_LOSS,
                             .name = "size_unlike_note",
                             .summary = "says one size here and another there",
                             .value = value};
