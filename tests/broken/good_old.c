/* expect: it loads */
/* Built when a loss ended after `value`: the host must see the later functions as NULL. */
#include <cnnrun/loss.h>

typedef struct old_loss {
    CNN_HEAD_FIELDS
    double (*value)(const void *self, const double *output, const double *target, size_t classes);
} old_loss;

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    (void)classes;
    return output[0] - target[0];
}

CNN_PLUGIN_(CNN_KIND_LOSS, old_loss, "good_old", "is smaller than this host's struct",
            .value = value)
