/* expect: plugin loss 'wild_doc' (PATH) crashed in its descriptor before any step: segmentation fault */
/* flags: -fno-sanitize=undefined */
#include <cnnrun/loss.h>

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    (void)classes;
    return output[0] - target[0];
}

CNN_LOSS("wild_doc", "has a manual that lies nowhere", .doc = (const char *)16, .value = value)
