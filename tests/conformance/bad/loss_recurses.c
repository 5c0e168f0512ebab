/* loss_recurses.c - sums by calling itself, and never comes to the end. */
/* must fail: MEM-1 */
#include <cnnrun/loss.h>

static double sum_from(const double *output, const double *target, volatile size_t c,
                       size_t classes)
{
    if (c == classes + 1) /* which is never met */
        return 0;
    return (output[c % classes] - target[c % classes]) +
           sum_from(output, target, c + 2 * classes, classes);
}

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    return sum_from(output, target, 0, classes);
}

CNN_LOSS("loss_recurses", "sums by calling itself, and never comes to the end", .value = value)
