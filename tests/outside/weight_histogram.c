/* weight_histogram.c - a histogram of every weight and every gradient, each `interval` steps, in histograms.csv. */
#include <cnnrun/callback.h>

#define BINS 20

typedef struct histogram {
    int64_t interval;
} histogram;

static const cnn_param params[] = {
    CNN_PARAM(histogram, interval, CNN_INTEGER, "100", 1, 1e9, 0, "Steps from one to the next."),
    CNN_PARAM_END,
};

static int plan(const void *self, const cnn_observed *seen, cnn_callback_plan *plan, cnn_error *error)
{
    const histogram *h = self;
    (void)seen, (void)error;
    plan->step_interval = (uint64_t)h->interval;
    plan->wants_gradients = 1;
    return 0;
}

/* Adds a line: step, tensor, what, the least and the largest value, the counts of the bins between them. */
static int add(const cnn_observed *seen, const cnn_observed_tensor *tensor, const char *what, const float *x,
               cnn_error *error)
{
    float low = x[0], high = x[0];
    uint64_t bins[BINS] = {0};
    for (uint64_t i = 1; i < tensor->count; i++) {
        low = x[i] < low ? x[i] : low;
        high = x[i] > high ? x[i] : high;
    }
    for (uint64_t i = 0; i < tensor->count; i++) {
        const int bin = high > low ? (int)((x[i] - low) / (high - low) * BINS) : 0;
        bins[bin < 0 ? 0 : bin < BINS ? bin : BINS - 1]++;
    }
    char line[1024];
    int length = snprintf(line, sizeof line, "%llu,%.200s,%s,%.9g,%.9g", (unsigned long long)seen->step, tensor->name,
                          what, (double)low, (double)high);
    for (int b = 0; b < BINS; b++)
        length += snprintf(line + length, sizeof line - (size_t)length, ",%llu", (unsigned long long)bins[b]);
    line[length++] = '\n';
    return seen->append_file(seen->host, "histograms.csv", line, (uint64_t)length, error);
}

static int step(const void *self, const cnn_observed *seen, double *state, cnn_error *error)
{
    (void)self, (void)state;
    for (uint64_t i = 0; i < seen->tensor_count; i++) {
        const float *gradients = seen->gradients(seen->host, i);
        if (add(seen, &seen->tensors[i], "weight", seen->weights(seen->host, i), error) ||
            (gradients && add(seen, &seen->tensors[i], "gradient", gradients, error)))
            return -1;
    }
    return 0;
}

CNN_CALLBACK("weight_histogram", "a histogram of every weight and gradient",
             .self_size = sizeof(histogram), .params = params, .plan = plan, .step = step)
