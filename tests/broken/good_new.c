/* expect: it loads */
/* Built for a later minor version, in which a loss has more functions and parameters are larger. */
#include <cnnrun/loss.h>

typedef struct new_loss {
    CNN_HEAD_FIELDS
    double (*value)(const void *self, const double *output, const double *target, size_t classes);
    void *gradient, *claims;
    const char *later[8];
} new_loss;

typedef struct new_param {
    cnn_param known;
    const char *unit;
} new_param;

typedef struct settings {
    double margin, power;
} settings;

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    (void)classes;
    return output[0] - target[0];
}

static const new_param params[] = {
    {CNN_PARAM(settings, margin, CNN_REAL, "1", 0, 10, 0, "the margin"), "mm"},
    {CNN_PARAM(settings, power, CNN_REAL, "2", 1, 3, 0, "the power"), "1"},
    {CNN_PARAM_END, NULL},
};

#undef CNN_ABI_MINOR
#define CNN_ABI_MINOR 7
#define cnn_param new_param /* so that the macros take its size */
CNN_PLUGIN_(CNN_KIND_LOSS, new_loss, "good_new", "is larger than this host's struct",
            .params = &params[0].known, .self_size = sizeof(settings), .value = value,
            .later = {"later"})
