/* findings.c - why a run does not learn, in words: what was measured at its end, a sentence each.
 *
 * It takes 128 training samples forward and backward, and looks at weights and figures: an accuracy
 * that is chance; a loss that is not finite; where gradients end; which layers get none; dead
 * ReLUs; units with equal kernels; weights that never moved. What it says is a function of the run
 * alone. */
#include <math.h>
#include <string.h>

#include "callback/probe.h"

#define DEAD_SHARE 0.5 /* of ReLUs, from which a layer is worth a sentence; fewer are common */

typedef struct findings {
    int32_t enabled;
} findings;

static const cnn_param params[] = {
    CNN_PARAM_BOOL(findings, enabled, "true", "Whether the run is looked at when it ends."),
    CNN_PARAM_END,
};

__attribute__((format(printf, 3, 4))) static void say(const cnn_observed *run, const char *code,
                                                      const char *format, ...)
{
    char text[4096];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    run->find(run->host, code, text);
}

#define NO_KERNEL UINT64_MAX

/* The index of the layer's kernel among the tensors. */
static uint64_t kernel_of(const cnn_observed *run, uint64_t n)
{
    const uint64_t first = run->layers[n].first_tensor;
    for (uint64_t i = first; i < first + run->layers[n].tensor_count; i++)
        if (run->tensors[i].role == CNN_ROLE_KERNEL && run->tensors[i].trained)
            return i;
    return NO_KERNEL;
}

/* Why most gradients are zero at layer n, or at the loss. */
static const char *why_they_end(const seen *s, uint64_t n)
{
    const cnn_observed *run = s->run;
    const bool at_loss = n == run->layer_count;
    const uint64_t kernel = at_loss ? NO_KERNEL : kernel_of(run, n);
    if (run->probabilities && n + 1 >= run->layer_count && s->tiny_count * 2 >= s->wrong_count)
        return at_loss
                   ? "; the softmax is saturated, the true class below 1e-7, where the loss is flat"
                   : "; this softmax is saturated, the true class below 1e-7";
    if (!at_loss && s->alive[n] && dead_units(s, n) == units_of(&run->layers[n]))
        return "; its ReLUs are dead";
    if (kernel != NO_KERNEL &&
        all_zero(run->weights(run->host, kernel), run->tensors[kernel].count))
        return "; its weights are all 0";
    return "";
}

/* The first place, from the loss down, after which most misclassified samples have no gradient. */
static void find_end(const seen *s)
{
    const cnn_observed *run = s->run;
    uint64_t n = run->layer_count;
    if (s->wrong_count * 10 < s->samples) /* what is right may well have none */
        return;
    while (n > 0 && s->zero[n] * 2 < s->wrong_count)
        n--;
    const bool at_loss = n == run->layer_count;
    if (s->zero[n] * 2 < s->wrong_count)
        return;
    say(run, "gradients_end",
        "gradients end %s '%s': exactly zero for %llu of %llu misclassified samples%s",
        at_loss ? "at the loss" : "in layer", at_loss ? run->loss : run->layers[n].name,
        (unsigned long long)s->zero[n], (unsigned long long)s->wrong_count, why_they_end(s, n));
}

static void find_dead(const seen *s)
{
    for (uint64_t n = 0; n < s->run->layer_count; n++) {
        const uint64_t dead = dead_units(s, n), units = units_of(&s->run->layers[n]);
        if (dead > 0 && (double)dead >= DEAD_SHARE * (double)units)
            say(s->run, "dead_units",
                "layer '%s': %llu of %llu ReLU units are dead (%.0f %%), 0 for all of %llu samples",
                s->run->layers[n].name, (unsigned long long)dead, (unsigned long long)units,
                100 * (double)dead / (double)units, (unsigned long long)s->samples);
    }
}

static int compare(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* The number of units whose kernel some other unit has too, by a hash of the bits of each column.
 */
static uint64_t count_twins(const float *w, uint64_t count, uint64_t units, uint64_t *hash)
{
    uint64_t twins = 0;
    for (uint64_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &w[i], sizeof bits);
        hash[i % units] = (hash[i % units] ^ bits) * 0x100000001B3u;
        hash[i % units] ^= hash[i % units] >> 29;
    }
    qsort(hash, units, sizeof *hash, compare);
    for (uint64_t u = 0; u < units; u++)
        twins += (u > 0 && hash[u] == hash[u - 1]) || (u + 1 < units && hash[u] == hash[u + 1]);
    return twins;
}

static bool all_finite(const float *x, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        if (!isfinite(x[i]))
            return false;
    return true;
}

/* Where weights are NaN, being equal is no reason for anything. */
static void find_identical(seen *s)
{
    const cnn_observed *run = s->run;
    for (uint64_t n = 0; n < run->layer_count; n++) {
        const uint64_t kernel = kernel_of(run, n);
        const float *w = kernel == NO_KERNEL ? NULL : run->weights(run->host, kernel);
        if (!w || !all_finite(w, run->tensors[kernel].count))
            continue;
        const cnn_shape *shape = &run->tensors[kernel].shape;
        const uint64_t units = shape->dim[shape->rank - 1];
        uint64_t *hash = calloc(units, sizeof *hash);
        const uint64_t twins = hash ? count_twins(w, run->tensors[kernel].count, units, hash) : 0;
        s->no_memory |= !hash;
        free(hash);
        if (twins == units && units > 1)
            say(run, "same_kernels", "layer '%s': all %llu units have the same kernel",
                run->layers[n].name, (unsigned long long)units);
        else if (twins > 0)
            say(run, "same_kernels",
                "layer '%s': %llu of %llu units have the same kernel as another",
                run->layers[n].name, (unsigned long long)twins, (unsigned long long)units);
    }
}

/* Names the layers whose kernels are marked; nothing if none is. */
static void name_layers(const cnn_observed *run, const bool *marked, const char *code,
                        const char *what)
{
    char names[3800] = "";
    size_t length = 0;
    for (uint64_t n = 0; n < run->layer_count; n++) {
        const uint64_t kernel = kernel_of(run, n);
        if (kernel != NO_KERNEL && marked[kernel] && length < sizeof names)
            length += (size_t)snprintf(names + length, sizeof names - length, "%s'%s'",
                                       length ? ", " : "", run->layers[n].name);
    }
    if (length)
        say(run, code, "%s: %s", what, names);
}

/* Compares the weights with those that their initializers give. */
static void find_unmoved(seen *s)
{
    const cnn_observed *run = s->run;
    bool *same = calloc(run->tensor_count, sizeof *same);
    s->no_memory |= !same;
    for (uint64_t i = 0; same && run->step > 0 && i < run->tensor_count; i++) {
        const cnn_observed_tensor *tensor = &run->tensors[i];
        float *first = tensor->trained ? calloc(tensor->count, sizeof *first) : NULL;
        s->no_memory |= !first && tensor->trained;
        same[i] = first && run->initial(run->host, i, first) == 0 &&
                  memcmp(first, run->weights(run->host, i), tensor->count * sizeof *first) == 0;
        free(first);
    }
    if (same)
        name_layers(run, same, "weights_never_moved",
                    "weights that never moved from where they began, in layers");
    free(same);
}

static uint64_t column_of(const cnn_observed *run, const char *name)
{
    uint64_t c = 0;
    while (strcmp(run->columns[c], name) != 0)
        c++;
    return c;
}

/* The number of validation samples of the most frequent class. */
static uint64_t largest_class(seen *s)
{
    const cnn_observed *run = s->run;
    uint64_t largest = 0, *counts = calloc(run->classes, sizeof *counts);
    s->no_memory |= !counts;
    for (uint64_t i = 0; counts && i < run->validation_samples; i++)
        if (++counts[run->label(run->host, 1, i)] > largest)
            largest++;
    free(counts);
    return largest;
}

/* The rows: a loss that is not finite, and an accuracy within three deviations of naming one class.
 */
static void find_figures(seen *s)
{
    const cnn_observed *run = s->run;
    const uint64_t loss = column_of(run, "loss"), val_loss = column_of(run, "val_loss");
    const double *row = run->rows;
    uint64_t i = 0;
    while (i < run->row_count && isfinite(row[loss]) && isfinite(row[val_loss])) {
        i++;
        row += run->column_count;
    }
    if (i < run->row_count)
        say(run, "loss_not_finite", "the loss is not finite since %s %llu",
            run->row_count == run->epoch ? "epoch" : "validation", (unsigned long long)i + 1);
    if (run->row_count == 0 || run->validation_samples == 0 || run->classes == 0)
        return;
    const double samples = (double)run->validation_samples;
    const double share = (double)largest_class(s) / samples;
    const double noise = sqrt(share * (1 - share) / samples);
    row = run->rows + (run->row_count - 1) * run->column_count;
    const double accuracy = row[column_of(run, "val_accuracy")];
    if (accuracy <= share + 3 * noise && isfinite(row[val_loss]))
        say(run, "accuracy_is_chance",
            "val_accuracy %.4f is chance: always naming the most frequent class gives %.4f",
            accuracy, share);
}

static void look(seen *s)
{
    const cnn_observed *run = s->run;
    find_figures(s);
    take_probe(s);
    find_end(s);
    for (uint64_t i = 0; i < run->tensor_count; i++)
        s->any[i] = !s->any[i] && s->wrong_count > 0;
    name_layers(run, s->any, "no_gradient",
                "the gradient of the weights is exactly zero in layers");
    find_dead(s);
    find_identical(s);
    find_unmoved(s);
}

static int end(const void *self, const cnn_observed *run, double *state, cnn_error *error)
{
    const findings *f = self;
    seen s = {.run = run};
    (void)state;
    if (!f->enabled)
        return 0;
    s.no_memory = !make_room(&s);
    if (!s.no_memory)
        look(&s);
    free_room(&s);
    return s.no_memory ? cnn_fail_memory(error, PROBE) : 0;
}

CNN_CALLBACK("findings", "says at the end why a run does not learn",
             .doc =
                 "It always runs, after all other callbacks; `callbacks: [findings: {enabled: "
                 "false}]` turns it off. What it finds stands in the last lines on the terminal, "
                 "in summary.json, and on the page.",
             .self_size = sizeof(findings), .params = params, .end = end)
