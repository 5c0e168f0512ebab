/* loss_vectors_as_class.c - takes vectors, it says, but its gradient knows the largest number's place alone. */
/* must fail: LOSS-1 */
#include <cnnrun/loss.h>

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    double sum = 0;
    (void)self;
    for (size_t c = 0; c < classes; c++)
        sum += (output[c] - target[c]) * (output[c] - target[c]);
    return sum;
}

static void gradient(const void *self, const double *output, const double *target, size_t classes,
                     double *gradient)
{
    size_t label = 0;
    (void)self;
    for (size_t c = 0; c < classes; c++)
        label = target[c] > target[label] ? c : label;
    for (size_t c = 0; c < classes; c++)
        gradient[c] = 2 * (output[c] - (c == label));
}

static uint64_t claims(const void *self)
{
    (void)self;
    return CNN_CONVEX | CNN_NON_NEGATIVE | CNN_SMOOTH | CNN_TAKES_VECTORS;
}

CNN_LOSS("loss_vectors_as_class", "squared error whose gradient wants a class", .value = value,
         .gradient = gradient, .claims = claims)
