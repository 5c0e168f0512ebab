/* categorical_crossentropy.c - minus the logarithm of the true class's probability.
 *
 * Keras 3, keras.losses.CategoricalCrossentropy; formula and gradient in kernels/crossentropy.h. */
#include "kernels/crossentropy.h"

static const cnn_param params[] = {CROSSENTROPY_PARAMS, CNN_PARAM_END};

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    return crossentropy_value(self, output, target, classes);
}

static void gradient(const void *self, const double *output, const double *target, size_t classes,
                     double *gradient)
{
    crossentropy_gradient(self, output, target, classes, gradient);
}

static uint64_t claims(const void *self)
{
    return crossentropy_claims(self);
}

CNN_LOSS(
    "categorical_crossentropy", "minus the logarithm of the true class's probability",
    .doc = "Of probabilities p (put a softmax last): q = p / sum p, held in [clip, 1 - clip]; the "
           "loss is -sum t log q, for a one-hot target -log q of the true class. It is at most "
           "-log clip, 16.118. Targets that are vectors must be probabilities: 0 or more, with the "
           "sum 1.\n"
           "A sample whose probability is outside [clip, 1 - clip] gives no gradient: where all "
           "are confidently wrong, as with very large initial weights, nothing is learned. "
           "from_logits: true has no such bound, and learns there too; then leave the softmax "
           "out.\n"
           "Keras: CategoricalCrossentropy; its TensorFlow backend takes the logits from behind "
           "a final softmax and so does not clip, which this never does. PyTorch: "
           "CrossEntropyLoss is from_logits: true.",
    .params = params, .self_size = sizeof(struct crossentropy), .value = value,
    .gradient = gradient, .claims = claims)
