/* precision.c - how many of the samples that are called a class are of it. */
#include "kernels/class_counts.h"

static const cnn_param params[] = {
    CLASS_COUNTS_PARAMS("Keras has micro", ". Keras's default is 0.5"),
    CNN_PARAM_END,
};

/* 0 where no sample is called it. */
static double score(double true_positive, double false_positive, double false_negative)
{
    (void)false_negative;
    const double all = true_positive + false_positive;
    return all > 0 ? true_positive / all : 0;
}

static void values(const void *self, uint64_t samples, const double *sums, double *values)
{
    class_counts_values(self, samples, sums, score, values);
}

CNN_METRIC(
    "precision", "how many of the samples that are called a class are of it",
    .doc = "precision = tp / (tp + fp)\n\n"
           "For a class, tp are its samples that are called it, and fp those of other classes that "
           "are. A class that no sample is "
           "called has 0. Where it is low, the network sees the class where it is not; see recall "
           "for the other mistake, and "
           "f1_score for both. With average: null the columns are precision_0, precision_1, ...\n\n"
           "Keras's Precision is {average: micro, threshold: 0.5}. By the largest output, micro is "
           "the accuracy.",
    .params = params, .self_size = sizeof(struct class_counts), .fini = class_counts_fini,
    .plan = class_counts_plan, .add = class_counts_add, .values = values)
