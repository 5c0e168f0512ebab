/* expect: PATH: parameter 'words': its default is 'word'; it must be a list of strings, none empty */
#include <cnnrun/loss.h>

typedef struct settings {
    cnn_texts words;
} settings;

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    (void)classes;
    return output[0] - target[0];
}

static const cnn_param params[] = {CNN_PARAM(settings, words, CNN_TEXTS, "word", 0, 0, 0, "words"),
                                   CNN_PARAM_END};
CNN_LOSS("param_default_texts", "has a flaw in its table of parameters", .params = params,
         .self_size = sizeof(settings), .value = value)
