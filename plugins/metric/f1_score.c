/* f1_score.c - precision and recall in one number, class by class or averaged. */
#include "kernels/class_counts.h"

static const cnn_param params[] = {
    CLASS_COUNTS_PARAMS("Keras's default is null", ""),
    CNN_PARAM_END,
};

/* 0 where no sample is of the class, or called it. */
static double score(double true_positive, double false_positive, double false_negative)
{
    const double all = 2 * true_positive + false_positive + false_negative;
    return all > 0 ? 2 * true_positive / all : 0;
}

static void values(const void *self, uint64_t samples, const double *sums, double *values)
{
    class_counts_values(self, samples, sums, score, values);
}

CNN_METRIC(
    "f1_score",
    "the harmonic mean of precision and recall, averaged over the classes or a class each",
    .doc = "f1 = 2 tp / (2 tp + fp + fn)\n\n"
           "For a class, tp are its samples that are called it, fp those of other classes that are "
           "called it, fn its samples that are not. A class without any of them has 0. For data in "
           "which "
           "some classes are rare: accuracy hardly shows whether these are found, and the mean "
           "over the "
           "classes does. With average: null the columns are f1_score_0, f1_score_1, ...\n\n"
           "Keras's F1Score, but that of equal largest outputs the first counts, and not all.",
    .params = params, .self_size = sizeof(struct class_counts), .fini = class_counts_fini,
    .plan = class_counts_plan, .add = class_counts_add, .values = values)
