/* auc.c - the area under the ROC curve: how well each class is told from the others by its output,
 * whatever the threshold.
 *
 * Trapezoids between num_thresholds thresholds, as in Keras: -1e-7, 1 / (n - 1), 2 / (n - 1), ...,
 * (n - 2) / (n - 1), 1 + 1e-7. Sums: for each class a histogram of its own samples and one of the
 * others, by how many thresholds the output is above. */
#include <cnnrun/metric.h>

enum { MACRO, MICRO };
static const char *const averages[] = {"macro", "micro", NULL};

struct auc {
    int64_t num_thresholds;
    int32_t average;
    uint64_t classes;
};

static const cnn_param params[] = {
    CNN_PARAM(struct auc, num_thresholds, CNN_INTEGER, "200", 2, 10000, 0,
              "more make the area more exact, and need more memory"),
    CNN_PARAM_CHOICE(struct auc, average, "macro", averages,
                     "macro: the mean of the classes' areas; micro: one curve of all outputs, "
                     "whatever their class. Keras's default is micro, its multi_label: true macro"),
    CNN_PARAM_END,
};

static int plan(void *data, cnn_metric_plan *plan, cnn_error *error)
{
    struct auc *self = data;
    if (plan->classes == 0)
        return cnn_fail(error, "it compares classes, but the targets are vectors");
    self->classes = plan->classes;
    plan->sums =
        (self->average == MACRO ? plan->classes : 1) * 2 * ((uint64_t)self->num_thresholds + 1);
    plan->values = 1;
    return 0;
}

/* How many thresholds x is above; NaN is above none. */
static uint64_t thresholds_below(double x, uint64_t thresholds)
{
    const double steps = (double)(thresholds - 1);
    if (!(x > -1e-7))
        return 0;
    if (x > 1)
        return thresholds - 1 + (x > 1 + 1e-7);
    uint64_t count = x > 0 ? (uint64_t)(x * steps) : 0;
    while (count > 0 && !(x > (double)count / steps)) /* by rounding, or at a threshold */
        count--;
    while (count + 1 < thresholds - 1 && x > (double)(count + 1) / steps)
        count++;
    return 1 + (count < thresholds - 1 ? count : thresholds - 2);
}

static void add(const void *data, const cnn_metric_shard *shard, double *sums)
{
    const struct auc *self = data;
    const uint64_t thresholds = (uint64_t)self->num_thresholds, places = thresholds + 1;
    for (uint64_t i = 0; i < shard->samples; i++)
        for (uint64_t c = 0; c < self->classes; c++) {
            const uint64_t other = c != (uint64_t)shard->labels[i];
            const uint64_t histogram = 2 * (self->average == MACRO ? c : 0) + other;
            const double output = (double)shard->outputs[i * shard->size + c];
            sums[histogram * places + thresholds_below(output, thresholds)]++;
        }
}

/* 0 where there is no sample of the one sort or of the other. */
static double area_of(const double *own, const double *others, uint64_t places)
{
    double area = 0, found = 0, passed = 0;
    for (uint64_t t = places; t-- > 0;) {
        area += others[t] * (found + found + own[t]) / 2;
        found += own[t];
        passed += others[t];
    }
    return found > 0 && passed > 0 ? area / found / passed : 0;
}

static void values(const void *data, uint64_t samples, const double *sums, double *values)
{
    const struct auc *self = data;
    const uint64_t places = (uint64_t)self->num_thresholds + 1;
    const uint64_t curves = self->average == MACRO ? self->classes : 1;
    (void)samples;
    values[0] = 0;
    for (uint64_t c = 0; c < curves; c++)
        values[0] +=
            area_of(sums + 2 * c * places, sums + (2 * c + 1) * places, places) / (double)curves;
}

CNN_METRIC(
    "auc", "the area under the ROC curve, each class against the rest",
    .doc =
        "area = the part of pairs, of a sample of the class and one of another, in which the "
        "first has the larger output\n\n"
        "It is computed by trapezoids between num_thresholds thresholds from 0 to 1, so the "
        "outputs must be probabilities: end the network in softmax or sigmoid. 1 is perfect, "
        "0.5 is chance. A class without samples, or with all of them, has 0. It needs "
        "2 (num_thresholds + 1) numbers a class, of which all metrics together have a million.\n\n"
        "Keras: AUC with curve ROC and summation_method interpolation.",
    .params = params, .self_size = sizeof(struct auc), .plan = plan, .add = add, .values = values)
