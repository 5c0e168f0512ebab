/* expect: it loads */
/* Has an init that checks what spans two parameters, and a fini that gives back what init took. */
#include <cnnrun/loss.h>
#include <math.h>
#include <stdlib.h>

typedef struct settings {
    double low, high;
    double *middle;
} settings;

static const cnn_param params[] = {
    CNN_PARAM(settings, low, CNN_REAL, "0", -INFINITY, INFINITY, 0, "the lower bound"),
    CNN_PARAM(settings, high, CNN_REAL, "1", -INFINITY, INFINITY, 0, "the upper bound"),
    CNN_PARAM_END};

static int init(void *self, cnn_error *error)
{
    settings *s = self;
    if (s->low == s->high)
        return -1; /* without a word */
    if (s->low > s->high)
        return cnn_fail(error, "low is %g, above high, %g", s->low, s->high);
    s->middle = malloc(sizeof *s->middle);
    *s->middle = s->low / 2 + s->high / 2;
    return 0;
}

static void fini(void *self)
{
    settings *s = self;
    free(s->middle);
}

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    const settings *s = self;
    (void)classes;
    return (output[0] - target[0]) * *s->middle;
}

CNN_LOSS("good_init", "derives a value from its parameters", .params = params,
         .self_size = sizeof(settings), .init = init, .fini = fini, .value = value)
