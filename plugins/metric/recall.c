/* recall.c - how many of the samples of a class are called it. */
#include "kernels/class_counts.h"

static const cnn_param params[] = {
    CLASS_COUNTS_PARAMS("Keras has micro", ". Keras's default is 0.5"),
    CNN_PARAM_END,
};

/* 0 where no sample is of the class. */
static double score(double true_positive, double false_positive, double false_negative)
{
    (void)false_positive;
    const double all = true_positive + false_negative;
    return all > 0 ? true_positive / all : 0;
}

static void values(const void *self, uint64_t samples, const double *sums, double *values)
{
    class_counts_values(self, samples, sums, score, values);
}

CNN_METRIC("recall", "how many of the samples of a class are called it",
           .doc = "recall = tp / (tp + fn)\n\n"
                  "For a class, tp are its samples that are called it, and fn those that are not. "
                  "A class without samples has 0. Where it is "
                  "low, the network does not find the class; see precision for the other mistake, "
                  "and f1_score for both. With average: null "
                  "the columns are recall_0, recall_1, ...\n\n"
                  "Keras's Recall is {average: micro, threshold: 0.5}. By the largest output, "
                  "micro is the accuracy.",
           .params = params, .self_size = sizeof(struct class_counts), .fini = class_counts_fini,
           .plan = class_counts_plan, .add = class_counts_add, .values = values)
