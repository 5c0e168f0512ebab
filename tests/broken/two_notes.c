/* expect: PATH: it has 2 cnnrun notes; a file holds one plugin, so it must have one */
#include <cnnrun/loss.h>

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    (void)classes;
    return output[0] - target[0];
}

CNN_LOSS("two_notes", "is two plugins in one file", .value = value)

#define cnn_note_ second_note
CNN_PLUGIN_NOTE(CNN_KIND_LOSS, cnn_loss)
