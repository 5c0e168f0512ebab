/* infogain.c - cross entropy whose target is a row of a matrix: classes that are alike share
 * credit.
 *
 *     h_k = sum over c of t_c H[c][k], for a class as target the row of H;   value = -sum h_k log
 * r_k with r as in kernels/crossentropy.h, and the gradient by the formulas there, h in place of t:
 *     from probabilities (sum m - m_k / q_k) / sum p;   from logits softmax(z)_k sum h - h_k
 * Caffe: InfogainLoss. */
#include "kernels/crossentropy.h"

struct infogain {
    struct crossentropy crossentropy; /* first: see there */
    cnn_matrix matrix;
};

static const cnn_param params[] = {
    CNN_PARAM(struct infogain, matrix, CNN_MATRIX, "[]", 0, INFINITY, 0,
              "H: a row for each true class, a column for each predicted one, as many as classes "
              "(more are ignored); "
              "a class outside of it has 1 for itself and 0 else"),
    CROSSENTROPY_PARAMS,
    CNN_PARAM_END,
};

static int init(void *data, cnn_error *error)
{
    const cnn_matrix *matrix = &((const struct infogain *)data)->matrix;
    if (matrix->rows != matrix->columns)
        return cnn_fail_at(error, "matrix", 0,
                           "matrix has %llu rows of %llu numbers; it must have as many rows as "
                           "columns",
                           (unsigned long long)matrix->rows, (unsigned long long)matrix->columns);
    return 0;
}

static double credit(const struct infogain *self, const double *target, size_t classes, size_t k)
{
    const cnn_matrix *matrix = &self->matrix;
    double sum =
        k < matrix->rows ? 0 : crossentropy_target(&self->crossentropy, target[k], classes);
    for (size_t c = 0; c < classes && c < matrix->rows && k < matrix->rows; c++)
        sum += crossentropy_target(&self->crossentropy, target[c], classes) *
               matrix->items[c * matrix->columns + k];
    return sum;
}

static double value(const void *data, const double *output, const double *target, size_t classes)
{
    const struct infogain *self = data;
    const struct crossentropy *plain = &self->crossentropy;
    const double peak = output[argmax(output, classes)];
    const double log_rest = plain->from_logits ? log(sum_exp(output, classes, peak)) : 0;
    const double sum = plain->from_logits ? 1 : sum_of(output, classes);
    double value = 0;
    for (size_t k = 0; k < classes; k++) {
        const double h = credit(self, target, classes, k);
        if (h == 0) /* 0 log 0 counts 0 */
            continue;
        if (plain->from_logits)
            value += h * (peak - output[k] + log_rest);
        else
            value -= h * log(clamp(output[k] / sum, plain->clip, 1 - plain->clip));
    }
    return value;
}

static void gradient(const void *data, const double *output, const double *target, size_t classes,
                     double *gradient)
{
    const struct infogain *self = data;
    const struct crossentropy *plain = &self->crossentropy;
    const double peak = output[argmax(output, classes)];
    const double whole =
        plain->from_logits ? sum_exp(output, classes, peak) : sum_of(output, classes);
    double kept = 0; /* sum of h, or of m */
    for (size_t k = 0; k < classes; k++) {
        const double h = credit(self, target, classes, k), q = output[k] / whole;
        const bool still =
            !plain->from_logits && (h == 0 || q < plain->clip || q > 1 - plain->clip);
        kept += still ? 0 : h;
        gradient[k] = still ? 0 : plain->from_logits ? h : h / q;
    }
    for (size_t k = 0; k < classes; k++)
        gradient[k] = plain->from_logits ? exp(output[k] - peak) / whole * kept - gradient[k]
                                         : (kept - gradient[k]) / whole;
}

static uint64_t claims(const void *data)
{
    const struct infogain *self = data;
    const uint64_t plain = crossentropy_claims(&self->crossentropy);
    return self->matrix.rows ? plain & ~(uint64_t)CNN_CLASS_SYMMETRIC : plain;
}

/* By `tests/golden/losses.py cases`. */
static const cnn_golden golden[] = {
    {"{matrix: [[1.0, 0.5], [0.25, 1.0]]}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("output", 0.5, 0.25, 0.25), CNN_VALUES("target", 0, 1, 0),
      CNN_VALUES("value", 1.559581156259877), CNN_VALUES("gradient", 0.75, -2.75, 1.25)}},
    CNN_GOLDEN_END,
};

CNN_LOSS("infogain", "cross entropy whose target is a row of a matrix: classes share credit",
         .doc = "-sum over k of H[y][k] log r_k, y the true class and r the probabilities p / sum "
                "p, held in [clip, 1 - clip]. H is `matrix`; where it is the identity, as it is by "
                "default, this is categorical_crossentropy. A number beside the diagonal gives "
                "credit for class k where y is true, and pulls r_k up: for classes that may pass "
                "for one another. A larger number on the diagonal makes a class count more. It "
                "does not make a confusion dearer; pair_weighted_crossentropy does.\n"
                "For targets that are vectors t of probabilities, row y is sum t_c H[c]. A matrix "
                "that is smaller than the number of classes is filled up with the identity.\n"
                "Caffe: InfogainLoss, whose matrix is a file, whose clip is 1e-20, and which "
                "divides by no sum. Keras and PyTorch have no such loss.",
         .params = params, .golden = golden, .self_size = sizeof(struct infogain), .init = init,
         .value = value, .gradient = gradient, .claims = claims)
