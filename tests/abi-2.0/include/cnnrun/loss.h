/* loss.h - a loss maps the network's output for one sample, and its target, to a number to minimise.
 *
 *   #include <cnnrun/loss.h>
 *   static double value(const void *self, const double *output, const double *target, size_t classes)
 *   {
 *       double sum = 0;
 *       (void)self;
 *       for (size_t c = 0; c < classes; c++)
 *           sum += (output[c] - target[c]) * (output[c] - target[c]);
 *       return sum / (double)classes;
 *   }
 *   CNN_LOSS("my_squared_error", "mean over the classes of squared differences", .value = value)
 *
 * That is the whole plugin: the host differentiates `value` itself. The mean over the batch, the
 * last, smaller batch, and weights of samples and classes are the host's too: a loss sees one sample at
 * a time, and its gradient is multiplied by weight / samples of the batch. Any loss can also stand
 * under `metrics`, where only `value` is used and its mean is shown; what is no such mean is a metric,
 * metric.h. */
#ifndef CNNRUN_LOSS_H
#define CNNRUN_LOSS_H

#include <cnnrun/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Claims: what holds under the parameters given. Each is tested by the conformance kit, or says which
 * test does not apply. Unknown bits are refused. */
#define CNN_CONVEX 1u             /* convex in the output, target fixed */
#define CNN_NON_NEGATIVE 2u       /* value >= 0 for every output it takes */
#define CNN_SMOOTH 4u             /* continuously differentiable */
#define CNN_SHIFT_INVARIANT 8u    /* adding one number to all outputs changes nothing */
#define CNN_CLASS_SYMMETRIC 16u   /* permuting the classes of output and target alike changes nothing
                                     but the order of rounding */
#define CNN_PIECEWISE 32u         /* the value jumps; numeric differentiation cannot serve, so it must
                                     bring its own gradient */
#define CNN_SURROGATE 64u         /* the gradient is on purpose not that of the value */
#define CNN_TAKES_PROBABILITIES 128u /* wants outputs >= 0 that sum to 1: a softmax should come before */
#define CNN_TAKES_LOGITS 256u     /* wants raw scores: a softmax before it is most likely a mistake.
                                     Without either bit: any real numbers */
#define CNN_TAKES_VECTORS 512u    /* the target may be any vector of finite numbers, and not only one-hot;
                                     see `value`. Without it, a dataset whose targets are vectors is
                                     refused at the loss's place in the pipeline, with exit 3 */

typedef struct cnn_loss {
    CNN_HEAD_FIELDS

    /* Required. [train] The loss of one sample. `output` and `target` have `classes` elements; output
     * is what the last layer gave, as double. Where the dataset's targets are classes, there are 2 or
     * more, and target is one-hot: 1 at the true class, 0 elsewhere. Where they are vectors, which a
     * loss without CNN_TAKES_VECTORS does not see, there are 1 or more, and target is the sample's
     * vector; with
     * CNN_TAKES_PROBABILITIES or CNN_TAKES_LOGITS, its numbers are 0 or more and sum to 1. Outputs may be any numbers, infinite and NaN among them: then the result may be
     * infinite or NaN, but the call must return. */
    double (*value)(const void *self, const double *output, const double *target, size_t classes);

    /* Optional. [train] Writes all `classes` elements of `gradient`: d value / d output[c], or a
     * subgradient at a kink. `gradient` overlaps no input.
     * NULL: the host takes central differences of `value` in double,
     *     (value(x + h e) - value(x - h e)) / 2h,   h = 6e-6 * max(|x|, 1e-3),
     * and for a loss that takes probabilities keeps x +- h inside [0, 1] (and divides by the distance
     * that is left). Error for a smooth loss: about 1e-10 relative for outputs near 1; for -log(p)
     * 1e-5 relative at p = 1e-6 and 1e-3 at p = 1e-7, where h is no longer small beside p. At a kink
     * the result is the mean of the two slopes, which is a subgradient. */
    void (*gradient)(const void *self, const double *output, const double *target, size_t classes,
                     double *gradient);

    /* Optional. [train], and a function of self alone. The claims under its parameters: CNN_CONVEX |
     * ... NULL: none. */
    uint64_t (*claims)(const void *self);
} cnn_loss;

#define CNN_LOSS(NAME, SUMMARY, ...)                                                                \
    CNN_PLUGIN_(CNN_KIND_LOSS, cnn_loss, NAME, SUMMARY, __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
