/* clipped_crossentropy.c - cross entropy whose value is held between two bounds.
 *
 * Outside the bounds the exact gradient is zero, and that is where training starts: the loss of
 * chance among ten classes is log 10 = 2.3. Measured: with max 1 and Glorot weights a network then
 * never learns. Hence the straight-through gradient (Bengio et al. 2013, arXiv:1308.3432): that of
 * the loss as if it were not held. */
#include "kernels/crossentropy.h"

enum { STRAIGHT_THROUGH, EXACT };
static const char *const gradients[] = {"straight_through", "exact", NULL};

struct clipped_crossentropy {
    struct crossentropy crossentropy; /* first: see there */
    double min, max;
    int32_t gradient;
};

static const cnn_param params[] = {
    CNN_PARAM(struct clipped_crossentropy, min, CNN_REAL, "0", -INFINITY, INFINITY, 0,
              "a smaller loss counts as this"),
    CNN_PARAM(struct clipped_crossentropy, max, CNN_REAL, "1", -INFINITY, INFINITY, 0,
              "a larger loss counts as this"),
    CNN_PARAM_CHOICE(
        struct clipped_crossentropy, gradient, "straight_through", gradients,
        "straight_through: that of categorical_crossentropy, which is then what is "
        "trained; exact: zero outside [min, max], where with max 1 all samples start, so "
        "that a network with Glorot weights never learns"),
    CROSSENTROPY_PARAMS,
    CNN_PARAM_END,
};

static int init(void *data, cnn_error *error)
{
    const struct clipped_crossentropy *self = data;
    if (self->min >= self->max)
        return cnn_fail_at(error, "min", 0, "min is %g and max is %g; min must be less than max",
                           self->min, self->max);
    return 0;
}

static double value(const void *data, const double *output, const double *target, size_t classes)
{
    const struct clipped_crossentropy *self = data;
    return clamp(crossentropy_value(&self->crossentropy, output, target, classes), self->min,
                 self->max);
}

static void gradient(const void *data, const double *output, const double *target, size_t classes,
                     double *gradient)
{
    const struct clipped_crossentropy *self = data;
    crossentropy_gradient(&self->crossentropy, output, target, classes, gradient);
    if (self->gradient == STRAIGHT_THROUGH)
        return;
    const double loss = crossentropy_value(&self->crossentropy, output, target, classes);
    for (size_t c = 0; c < classes; c++)
        if (loss < self->min || loss > self->max)
            gradient[c] = 0;
}

static uint64_t claims(const void *data)
{
    const struct clipped_crossentropy *self = data;
    uint64_t claims = crossentropy_claims(&self->crossentropy);
    claims &= ~(uint64_t)(CNN_CONVEX | CNN_SMOOTH | (self->max < 0 ? CNN_NON_NEGATIVE : 0));
    return self->gradient == STRAIGHT_THROUGH ? claims | CNN_SURROGATE : claims;
}

CNN_LOSS(
    "clipped_crossentropy", "cross entropy whose value is held between min and max",
    .doc = "The value of categorical_crossentropy, held in [min, max]: one sample that is very "
           "wrong cannot outweigh the others in the curve.\n"
           "gradient: straight_through (the default) trains exactly as categorical_crossentropy "
           "does, to the bit; only the value reported differs. gradient: exact is zero for a "
           "sample whose loss is outside. The loss of chance among ten classes is log 10 = 2.3, "
           "so with max 1 every sample starts outside, all gradients are zero, and a network with "
           "Glorot weights never learns (measured); a max above the starting loss makes `exact` a "
           "loss that gives up on outliers.\n"
           "The parameters from_logits, label_smoothing and clip are those of "
           "categorical_crossentropy; clip bounds the probabilities, min and max the loss.",
    .params = params, .self_size = sizeof(struct clipped_crossentropy), .init = init,
    .value = value, .gradient = gradient, .claims = claims)
