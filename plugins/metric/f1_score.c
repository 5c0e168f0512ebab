/* f1_score.c - precision and recall in one number, class by class or averaged. */
#include <stdlib.h>

#include <cnnrun/metric.h>

enum { MACRO, MICRO, WEIGHTED };
static const char *const averages[] = {"macro", "micro", "weighted", NULL};

/* The sums, `classes` of each: samples of the class that are called it, samples of others that are
 * called it, and samples of the class that are not called it. */
enum { TRUE_POSITIVE, FALSE_POSITIVE, FALSE_NEGATIVE, SUMS };

struct f1_score {
    int32_t average;
    double threshold;
    uint64_t classes;
    char (*digits)[8]; /* the names of values a class */
    const char **names;
};

static const cnn_param params[] = {
    {.name = "average",
     .help = "macro: the mean over the classes; micro: of all samples in one; weighted: the mean "
             "over the classes, each by its number of samples; null: a value a class. Keras's "
             "default is null",
     .fallback = "macro",
     .choices = averages,
     .offset = offsetof(struct f1_score, average),
     .size = sizeof(int32_t),
     .type = CNN_CHOICE,
     .flags = CNN_NULLABLE},
    CNN_PARAM(struct f1_score, threshold, CNN_REAL, "null", 0, 1, CNN_ABOVE_MIN | CNN_NULLABLE,
              "a sample is called each class whose output is above it; null: the class with the "
              "largest output"),
    CNN_PARAM_END,
};

static int name_classes(struct f1_score *self, cnn_metric_plan *plan, cnn_error *error)
{
    if (plan->classes > CNN_MAX_VALUES)
        return cnn_fail(
            error,
            "average is null, which gives a value a class, and there are %llu classes; at most %u "
            "values are allowed",
            (unsigned long long)plan->classes, CNN_MAX_VALUES);
    self->digits = malloc(plan->classes * sizeof *self->digits);
    self->names = malloc(plan->classes * sizeof *self->names);
    if (!self->digits || !self->names)
        return cnn_fail_memory(error, plan->classes * (sizeof *self->digits + sizeof *self->names));
    for (uint64_t c = 0; c < plan->classes; c++) {
        (void)snprintf(self->digits[c], sizeof self->digits[c], "%u", (unsigned)(c % 1000));
        self->names[c] = self->digits[c];
    }
    plan->values = plan->classes;
    plan->names = self->names;
    return 0;
}

static int plan(void *data, cnn_metric_plan *plan, cnn_error *error)
{
    struct f1_score *self = data;
    if (plan->classes == 0)
        return cnn_fail(error, "it compares classes, but the targets are vectors");
    self->classes = plan->classes;
    plan->sums = SUMS * plan->classes;
    plan->values = 1;
    return self->average < 0 ? name_classes(self, plan, error) : 0;
}

static void fini(void *data)
{
    struct f1_score *self = data;
    free(self->digits);
    free(self->names);
}

/* The first of the largest. */
static uint64_t largest(const float *output, uint64_t classes)
{
    uint64_t best = 0;
    for (uint64_t c = 1; c < classes; c++)
        if (output[c] > output[best])
            best = c;
    return best;
}

static void add(const void *data, const cnn_metric_shard *shard, double *sums)
{
    const struct f1_score *self = data;
    const uint64_t classes = self->classes;
    for (uint64_t i = 0; i < shard->samples; i++) {
        const float *output = shard->outputs + i * classes;
        const uint64_t truth = (uint64_t)shard->labels[i];
        const uint64_t best = isnan(self->threshold) ? largest(output, classes) : 0;
        for (uint64_t c = 0; c < classes; c++) {
            const int called =
                isnan(self->threshold) ? c == best : (double)output[c] > self->threshold;
            sums[TRUE_POSITIVE * classes + c] += called && c == truth;
            sums[FALSE_POSITIVE * classes + c] += called && c != truth;
            sums[FALSE_NEGATIVE * classes + c] += !called && c == truth;
        }
    }
}

/* 0 where no sample is of the class, or called it. */
static double f1(double true_positive, double false_positive, double false_negative)
{
    const double all = 2 * true_positive + false_positive + false_negative;
    return all > 0 ? 2 * true_positive / all : 0;
}

static void values(const void *data, uint64_t samples, const double *sums, double *values)
{
    const struct f1_score *self = data;
    const double *tp = sums, *fp = tp + self->classes, *fn = fp + self->classes;
    double mean = 0, weighted = 0, all[SUMS] = {0};
    for (uint64_t c = 0; c < self->classes; c++) {
        const double score = f1(tp[c], fp[c], fn[c]);
        if (self->average < 0)
            values[c] = score;
        mean += score / (double)self->classes;
        weighted += score * (tp[c] + fn[c]) / (double)samples;
        for (int k = 0; k < SUMS; k++)
            all[k] += sums[(uint64_t)k * self->classes + c];
    }
    if (self->average >= 0)
        values[0] = self->average == MACRO ? mean
                    : self->average == MICRO
                        ? f1(all[TRUE_POSITIVE], all[FALSE_POSITIVE], all[FALSE_NEGATIVE])
                        : weighted;
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
    .params = params, .self_size = sizeof(struct f1_score), .fini = fini, .plan = plan, .add = add,
    .values = values)
