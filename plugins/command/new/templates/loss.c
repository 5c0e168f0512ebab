/* template_name.c - each wrong class must stay `margin` below the true one (Weston & Watkins 1999).
 *
 *     value = sum over the wrong classes j of max(0, margin + output[j] - output[true])
 *
 * The manual of losses is <cnnrun/loss.h>. */
#include <cnnrun/loss.h>

/* The parameters, as a pipeline may set them: loss: {template_name: {margin: 2}}. The host fills
 * the struct, checks the range, and prints the help. Without parameters: delete struct and table,
 * and .params and .self_size below. */
struct settings {
    double margin;
};

static const cnn_param params[] = {
    /* struct, field, type, default, least, most, flags, help */
    CNN_PARAM(struct settings, margin, CNN_REAL, "1", 0, 1e6, CNN_ABOVE_MIN,
              "how far the true class must be above each other one"),
    CNN_PARAM_END,
};

static size_t true_class(const double *target, size_t classes)
{
    size_t c = 0;
    while (c + 1 < classes && target[c] != 1)
        c++;
    return c;
}

/* Required. The loss of one sample: what the network gave, and 1 at the true class, 0 elsewhere. A
 * function of its arguments alone: no static variables, no clock, no printing. Many threads call it
 * at once. Outputs may be infinite or NaN; then the result may be too. The mean over the batch is
 * the host's. */
static double value(const void *data, const double *output, const double *target, size_t classes)
{
    const struct settings *self = data;
    const size_t t = true_class(target, classes);
    double sum = 0;
    for (size_t c = 0; c < classes; c++) {
        const double lacks = self->margin + output[c] - output[t];
        if (c != t)
            sum += lacks <= 0 ? 0 : lacks; /* this way round NaN comes through */
    }
    return sum;
}

/* Optional: delete it, and .gradient below, and the host differentiates `value` itself, which is
 * slower and accurate to some ten digits. d value / d output[c] for every class; at a kink any
 * slope between those of its sides. */
static void gradient(const void *data, const double *output, const double *target, size_t classes,
                     double *gradient)
{
    const struct settings *self = data;
    const size_t t = true_class(target, classes);
    gradient[t] = 0;
    for (size_t c = 0; c < classes; c++) {
        if (c == t)
            continue;
        gradient[c] = self->margin + output[c] - output[t] <= 0 ? 0 : 1;
        gradient[t] -= gradient[c];
    }
}

/* Optional: what holds under these parameters. `cnnrun check` tests each claim; claim nothing that
 * you do not need. CNN_TAKES_PROBABILITIES: outputs of a softmax; CNN_TAKES_LOGITS: raw scores, as
 * here. */
static uint64_t claims(const void *data)
{
    (void)data;
    return CNN_CONVEX | CNN_NON_NEGATIVE | CNN_SHIFT_INVARIANT | CNN_CLASS_SYMMETRIC |
           CNN_TAKES_LOGITS;
}

/* The name must be the file's. `doc` is what `cnnrun plugins template_name` prints. */
CNN_LOSS("template_name", "sum of how far each wrong class is short of a margin",
         .doc = "sum over j != t of max(0, margin + y_j - y_t), t the true class: the multiclass "
                "hinge of Weston and Watkins. For raw scores; no softmax before it.",
         .params = params, .self_size = sizeof(struct settings), .value = value,
         .gradient = gradient, .claims = claims)
