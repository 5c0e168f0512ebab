/* my_auc.c - the area under the ROC curve: each class against the rest, and the mean of these areas.
 *
 * As Keras's AUC(multi_label=True) has it: trapezoids between 200 thresholds. Outputs are probabilities. */
#include <cnnrun/metric.h>

#define THRESHOLDS 200 /* -1e-7, 1/199, 2/199, ..., 198/199, 1 + 1e-7 */
#define PLACES (THRESHOLDS + 1)

struct my_auc {
    uint64_t classes;
};

/* Sums: for each class a histogram of its samples, and one of the others, by how many thresholds the output is above. */
static int plan(void *data, cnn_metric_plan *plan, cnn_error *error)
{
    struct my_auc *self = data;
    if (plan->classes == 0)
        return cnn_fail(error, "it compares classes, but the targets are vectors");
    self->classes = plan->classes;
    plan->sums = plan->classes * 2 * PLACES;
    plan->values = 1;
    return 0;
}

static uint64_t thresholds_below(double x)
{
    uint64_t count = x > -1e-7;
    while (count > 0 && count < THRESHOLDS - 1 && x > (double)count / (THRESHOLDS - 1))
        count++;
    return count + (count == THRESHOLDS - 1 && x > 1 + 1e-7);
}

static void add(const void *data, const cnn_metric_shard *shard, double *sums)
{
    const struct my_auc *self = data;
    for (uint64_t i = 0; i < shard->samples; i++)
        for (uint64_t c = 0; c < self->classes; c++) {
            const double output = (double)shard->outputs[i * shard->size + c];
            const uint64_t other = c != (uint64_t)shard->labels[i];
            sums[(2 * c + other) * PLACES + thresholds_below(output)]++;
        }
}

static double total(const double *histogram)
{
    double sum = 0;
    for (int t = 0; t < PLACES; t++)
        sum += histogram[t];
    return sum > 0 ? sum : 1;
}

static void values(const void *data, uint64_t samples, const double *sums, double *values)
{
    const struct my_auc *self = data;
    (void)samples;
    values[0] = 0;
    for (uint64_t c = 0; c < self->classes; c++) {
        const double *own = sums + 2 * c * PLACES, *others = own + PLACES;
        double area = 0, found = 0;
        for (int t = THRESHOLDS; t > 0; t--) {
            area += others[t] * (found + found + own[t]) / 2;
            found += own[t];
        }
        values[0] += area / total(own) / total(others) / (double)self->classes;
    }
}

CNN_METRIC("my_auc", "the area under the ROC curve, each class against the rest", .self_size = sizeof(struct my_auc),
           .plan = plan, .add = add, .values = values)
