/* class_counts.h - for each class the samples that are rightly called it, wrongly called it, and
 * missed; shared by the metrics that are made of these counts.
 *
 * Each such metric is a function of the three counts, its score. */
#ifndef CNN_KERNELS_CLASS_COUNTS_H
#define CNN_KERNELS_CLASS_COUNTS_H

#include <stdlib.h>

#include "kernels/predicted.h"
#include <cnnrun/metric.h>

enum { MACRO, MICRO, WEIGHTED };
static const char *const averages[] = {"macro", "micro", "weighted", NULL};

/* The sums, `classes` of each: samples of the class that are called it, samples of others that are
 * called it, and samples of the class that are not called it. */
enum { TRUE_POSITIVE, FALSE_POSITIVE, FALSE_NEGATIVE, SUMS };

struct class_counts {
    int32_t average;
    double threshold;
    uint64_t classes;
    char (*digits)[8]; /* the names of values a class */
    const char **names;
};

#define CLASS_COUNTS_PARAMS(KERAS_AVERAGE, KERAS_THRESHOLD)                                        \
    {.name = "average",                                                                            \
     .help =                                                                                       \
         "macro: the mean over the classes; micro: of all samples in one; weighted: the mean "     \
         "over the classes, each by its number of samples; null: a value a class. " KERAS_AVERAGE, \
     .fallback = "macro",                                                                          \
     .choices = averages,                                                                          \
     .offset = offsetof(struct class_counts, average),                                             \
     .size = sizeof(int32_t),                                                                      \
     .type = CNN_CHOICE,                                                                           \
     .flags = CNN_NULLABLE},                                                                       \
        CNN_PARAM(struct class_counts, threshold, CNN_REAL, "null", 0, 1,                          \
                  CNN_ABOVE_MIN | CNN_NULLABLE,                                                    \
                  "a sample is called each class whose output is above it; null: the class with "  \
                  "the largest output" KERAS_THRESHOLD)

static inline int name_classes(struct class_counts *self, cnn_metric_plan *plan, cnn_error *error)
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

static inline int class_counts_plan(void *data, cnn_metric_plan *plan, cnn_error *error)
{
    struct class_counts *self = data;
    if (plan->classes == 0)
        return cnn_fail(error, "it compares classes, but the targets are vectors");
    self->classes = plan->classes;
    plan->sums = SUMS * plan->classes;
    plan->values = 1;
    return self->average < 0 ? name_classes(self, plan, error) : 0;
}

static inline void class_counts_fini(void *data)
{
    struct class_counts *self = data;
    free(self->digits);
    free(self->names);
}

static inline void class_counts_add(const void *data, const cnn_metric_shard *shard, double *sums)
{
    const struct class_counts *self = data;
    const uint64_t classes = self->classes;
    for (uint64_t i = 0; i < shard->samples; i++) {
        const float *output = shard->outputs + i * classes;
        const uint64_t truth = (uint64_t)shard->labels[i];
        const uint64_t best = isnan(self->threshold) ? predicted(output, classes) : 0;
        for (uint64_t c = 0; c < classes; c++) {
            const int called =
                isnan(self->threshold) ? c == best : (double)output[c] > self->threshold;
            sums[TRUE_POSITIVE * classes + c] += called && c == truth;
            sums[FALSE_POSITIVE * classes + c] += called && c != truth;
            sums[FALSE_NEGATIVE * classes + c] += !called && c == truth;
        }
    }
}

static inline void class_counts_values(const struct class_counts *self, uint64_t samples,
                                       const double *sums,
                                       double (*score)(double tp, double fp, double fn),
                                       double *values)
{
    const double *tp = sums, *fp = tp + self->classes, *fn = fp + self->classes;
    double mean = 0, weighted = 0, all[SUMS] = {0};
    for (uint64_t c = 0; c < self->classes; c++) {
        const double own = score(tp[c], fp[c], fn[c]);
        if (self->average < 0)
            values[c] = own;
        mean += own / (double)self->classes;
        weighted += own * (tp[c] + fn[c]) / (double)samples;
        for (int k = 0; k < SUMS; k++)
            all[k] += sums[(uint64_t)k * self->classes + c];
    }
    if (self->average >= 0)
        values[0] = self->average == MACRO ? mean
                    : self->average == MICRO
                        ? score(all[TRUE_POSITIVE], all[FALSE_POSITIVE], all[FALSE_NEGATIVE])
                        : weighted;
}

#endif
