/* expect: it loads */
/* Says to the terminal what a plugin should not: in every text of its manual, and when it fails. */
#include <cnnrun/loss.h>

#define CONTROLS                                                                                   \
    "\x1b[2J, \xC2\x9B"                                                                            \
    "2J, \xE2\x80\xAE, \x9B, \x7F"

static const char *const modes[] = {"one", "\x1b]0;x\x07", NULL};

typedef struct settings {
    int32_t mode;
    const char *word;
} settings;

static const cnn_param params[] = {
    CNN_PARAM_CHOICE(settings, mode, "one", modes, "mode " CONTROLS),
    CNN_PARAM(settings, word, CNN_STRING, "\"\xE2\x80\xAE\"", 0, 0, 0, "word " CONTROLS),
    CNN_PARAM_END,
};

static int init(void *self, cnn_error *error)
{
    (void)self;
    return cnn_fail(error, "failed " CONTROLS);
}

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    (void)classes;
    return output[0] - target[0];
}

CNN_LOSS("good_controls", "summary " CONTROLS, .doc = "doc " CONTROLS, .params = params,
         .self_size = sizeof(settings), .init = init, .value = value)
