/* diagnose.c - why a run does not learn, in words: what was measured at its end, a sentence each.
 */
#include "run/diagnose.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define PROBE 128u     /* samples */
#define TINY 1e-7      /* a probability that cross entropy, as Keras has it, clips */
#define DEAD_SHARE 0.5 /* of ReLUs, from which a layer is worth a sentence; fewer are common */

/* What the probe has seen. Node n's entries are about the gradient by its input; those at
 * node_count, by the network's output. */
typedef struct seen {
    const cnn_training *t;
    uint32_t batch[PROBE];
    uint64_t samples, first;          /* of the probe; of the batch under way */
    bool wrong[PROBE];                /* the prediction */
    uint64_t wrong_count, tiny_count; /* of the wrong: true class below TINY */
    uint64_t *at, *zero;              /* samples so far; wrong ones whose gradient is zero */
    bool **alive;                     /* of a node that ends in ReLU: its units, by the last axis */
} seen;

__attribute__((format(printf, 3, 4))) static void say(cnn_findings *findings, cnn_finding code,
                                                      const char *format, ...)
{
    va_list args;
    va_start(args, format);
    findings->lines = cnn_realloc(findings->lines, findings->count + 1, sizeof *findings->lines);
    findings->codes = cnn_realloc(findings->codes, findings->count + 1, sizeof *findings->codes);
    findings->codes[findings->count] = code;
    findings->lines[findings->count++] = cnn_format_va(format, args);
    va_end(args);
}

void cnn_findings_free(cnn_findings *findings)
{
    for (size_t i = 0; i < findings->count; i++)
        free(findings->lines[i]);
    free(findings->lines);
    free(findings->codes);
}

/* ---- the probe ------------------------------------------------------------------------------ */

static uint64_t units_of(const cnn_node *node)
{
    return node->plan.output.dim[node->plan.output.rank - 1];
}

static bool all_zero(const float *x, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        if (x[i] != 0)
            return false;
    return true;
}

/* The network's output for sample i of the probe. */
static void look_at_output(seen *s, uint64_t i, const float *y)
{
    const uint64_t label = (uint64_t)cnn_data_label(&s->t->data->train, s->batch[i]);
    for (uint64_t c = 0; c < s->t->network->classes; c++)
        s->wrong[i] |= c != label && !(y[c] < y[label]);
    s->wrong_count += s->wrong[i];
    s->tiny_count += s->wrong[i] && (double)y[label] < TINY;
}

static void mark_alive(const float *y, uint64_t count, uint64_t units, bool *alive)
{
    for (uint64_t i = 0; i < count; i += units)
        for (uint64_t u = 0; u < units; u++)
            alive[u] |= !(y[i + u] <= 0); /* NaN is another trouble */
}

static void watch(void *context, size_t n, size_t id, const float *y, const float *dy,
                  uint64_t samples)
{
    seen *s = context;
    const cnn_network *network = s->t->network;
    const uint64_t size = cnn_network_size(network, id);
    if (y && s->alive[n])
        mark_alive(y, samples * size, units_of(&network->nodes[n]), s->alive[n]);
    for (uint64_t i = 0; i < samples; i++) {
        if (y && id == network->output)
            look_at_output(s, s->first++, y + i * size);
        else if (dy && s->wrong[s->at[n]++])
            s->zero[n] += all_zero(dy + i * size, size);
    }
}

/* Samples from all over the training data, since it may be sorted. any[tensor]: has it some
 * gradient? */
static void take_probe(seen *s, bool *any)
{
    const cnn_network *network = s->t->network;
    const uint64_t all = s->t->data->train.count, most = (uint64_t)s->t->pipeline->train.batch_size;
    s->samples = all < PROBE ? all : PROBE;
    for (uint64_t i = 0; i < s->samples; i++)
        s->batch[i] = (uint32_t)(i * all / s->samples);
    for (size_t n = 0; n < network->node_count; n++)
        if (network->nodes[n].rectified)
            s->alive[n] = cnn_alloc(units_of(&network->nodes[n]), sizeof(bool));
    for (uint64_t done = 0, count; done < s->samples; done += count) {
        count = s->samples - done < most ? s->samples - done : most;
        const float *gradient = cnn_engine_probe(s->t->engine, s->batch + done, count, watch, s);
        for (size_t i = 0; i < network->tensor_count; i++)
            if (network->tensors[i].spec.role != CNN_ROLE_MOVING)
                any[i] |=
                    !all_zero(gradient + network->tensors[i].offset, network->tensors[i].count);
    }
}

/* ---- findings ------------------------------------------------------------------------------- */

/* The node's kernel, or NULL. */
static const cnn_weight_tensor *kernel_of(const cnn_network *network, size_t n)
{
    for (uint64_t w = 0; w < network->nodes[n].plan.weight_count; w++)
        if (network->tensors[network->nodes[n].first_tensor + w].spec.role == CNN_ROLE_KERNEL)
            return &network->tensors[network->nodes[n].first_tensor + w];
    return NULL;
}

static uint64_t dead_units(const seen *s, size_t n)
{
    uint64_t dead = 0;
    for (uint64_t u = 0; s->alive[n] && u < units_of(&s->t->network->nodes[n]); u++)
        dead += !s->alive[n][u];
    return dead;
}

/* The first place, from the loss down, behind which most misclassified samples have no gradient. */
static void find_end(const seen *s, cnn_findings *findings)
{
    const cnn_network *network = s->t->network;
    size_t n = network->node_count;
    if (s->wrong_count * 10 < s->samples) /* what is right may well have none */
        return;
    while (n > 0 && s->zero[n] * 2 < s->wrong_count)
        n--;
    const bool at_loss = n == network->node_count;
    if (s->zero[n] * 2 < s->wrong_count)
        return;
    const cnn_weight_tensor *kernel = at_loss ? NULL : kernel_of(network, n);
    const char *name =
        at_loss ? s->t->pipeline->loss->file->head.name : network->nodes[n].spec->name;
    const char *why = "";
    if (network->probabilities && n + 1 >= network->node_count &&
        s->tiny_count * 2 >= s->wrong_count)
        why = at_loss
                  ? "; the softmax is saturated, the true class below 1e-7, where the loss is flat"
                  : "; this softmax is saturated, the true class below 1e-7";
    else if (!at_loss && s->alive[n] && dead_units(s, n) == units_of(&network->nodes[n]))
        why = "; its ReLUs are dead";
    else if (kernel && all_zero(cnn_network_tensor(network, kernel), kernel->count))
        why = "; its weights are all 0";
    say(findings, CNN_FINDING_GRADIENTS_END,
        "gradients end %s '%s': exactly zero for %llu of %llu misclassified samples%s",
        at_loss ? "at the loss" : "in layer", name, (unsigned long long)s->zero[n],
        (unsigned long long)s->wrong_count, why);
}

static void find_dead(const seen *s, cnn_findings *findings)
{
    for (size_t n = 0; n < s->t->network->node_count; n++) {
        const uint64_t dead = dead_units(s, n), units = units_of(&s->t->network->nodes[n]);
        if (dead > 0 && (double)dead >= DEAD_SHARE * (double)units)
            say(findings, CNN_FINDING_DEAD_UNITS,
                "layer '%s': %llu of %llu ReLU units are dead (%.0f %%), 0 for all of %llu samples",
                s->t->network->nodes[n].spec->name, (unsigned long long)dead,
                (unsigned long long)units, 100 * (double)dead / (double)units,
                (unsigned long long)s->samples);
    }
}

static int compare(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Units whose kernel some other unit has too, by a hash of the bits of each column. Where weights
 * are NaN, being equal is no reason for anything. */
static void find_identical(const cnn_network *network, cnn_findings *findings)
{
    for (size_t n = 0; n < network->node_count; n++) {
        const cnn_weight_tensor *kernel = kernel_of(network, n);
        if (kernel && !cnn_all_finite(cnn_network_tensor(network, kernel), kernel->count))
            continue;
        const uint64_t units = kernel ? kernel->spec.shape.dim[kernel->spec.shape.rank - 1] : 0;
        const float *w = kernel ? cnn_network_tensor(network, kernel) : NULL;
        uint64_t *hash = cnn_alloc(units, sizeof *hash), twins = 0;
        for (uint64_t i = 0; kernel && i < kernel->count; i++) {
            uint32_t bits;
            memcpy(&bits, &w[i], sizeof bits);
            hash[i % units] = (hash[i % units] ^ bits) * 0x100000001B3u;
            hash[i % units] ^= hash[i % units] >> 29;
        }
        qsort(hash, units, sizeof *hash, compare);
        for (uint64_t u = 0; u < units; u++)
            twins += (u > 0 && hash[u] == hash[u - 1]) || (u + 1 < units && hash[u] == hash[u + 1]);
        if (twins == units && units > 1)
            say(findings, CNN_FINDING_SAME_KERNELS,
                "layer '%s': all %llu units have the same kernel", network->nodes[n].spec->name,
                (unsigned long long)units);
        else if (twins > 0)
            say(findings, CNN_FINDING_SAME_KERNELS,
                "layer '%s': %llu of %llu units have the same kernel as another",
                network->nodes[n].spec->name, (unsigned long long)twins, (unsigned long long)units);
        free(hash);
    }
}

/* Names the layers whose kernels are marked; nothing if none is. */
static void name_layers(const cnn_network *network, const bool *marked, cnn_finding code,
                        const char *what, cnn_findings *findings)
{
    cnn_text names = {0};
    for (size_t n = 0; n < network->node_count; n++) {
        const cnn_weight_tensor *kernel = kernel_of(network, n);
        if (kernel && marked[kernel - network->tensors])
            cnn_text_add(&names, "%s'%s'", names.length ? ", " : "", network->nodes[n].spec->name);
    }
    if (names.length)
        say(findings, code, "%s: %s", what, names.data);
    cnn_text_free(&names);
}

/* Fills the weights anew, compares, and puts them back. */
static void find_unmoved(const cnn_training *t, cnn_findings *findings)
{
    cnn_network *network = t->network;
    const size_t trained = network->weight_floats * sizeof(float),
                 moving = network->moving_floats * sizeof(float);
    float *weights = cnn_tensor_alloc(network->weight_floats, sizeof(float));
    float *statistics = cnn_tensor_alloc(network->moving_floats, sizeof(float));
    bool *same = cnn_alloc(network->tensor_count, sizeof *same);
    cnn_report ignored = {0};
    if (weights && statistics && t->position.epoch + t->position.step > 0) {
        memcpy(weights, network->weights, trained);
        memcpy(statistics, network->moving, moving);
        if (cnn_network_initialize(network, (uint64_t)t->pipeline->seed, &ignored))
            for (size_t i = 0; i < network->tensor_count; i++)
                same[i] = network->tensors[i].spec.role != CNN_ROLE_MOVING &&
                          memcmp(weights + network->tensors[i].offset,
                                 network->weights + network->tensors[i].offset,
                                 network->tensors[i].count * sizeof(float)) == 0;
        memcpy(network->weights, weights, trained);
        memcpy(network->moving, statistics, moving);
        name_layers(network, same, CNN_FINDING_UNMOVED,
                    "weights that never moved from where they began, in layers", findings);
    }
    cnn_report_free(&ignored);
    free(weights);
    free(statistics);
    free(same);
}

/* The rows: a loss that is not finite, and an accuracy within three deviations of naming one class.
 */
static void find_figures(const cnn_training *t, cnn_findings *findings)
{
    const cnn_split *split = &t->data->validation;
    const cnn_row *rows = t->position.rows;
    uint64_t epoch = 0, *counts = cnn_alloc(t->network->classes, sizeof *counts), largest = 0;
    for (uint64_t i = 0; i < split->count; i++)
        if (++counts[cnn_data_label(split, i)] > largest)
            largest++;
    free(counts);
    while (epoch < t->position.epoch && isfinite(rows[epoch].loss) &&
           isfinite(rows[epoch].val_loss))
        epoch++;
    if (epoch < t->position.epoch)
        say(findings, CNN_FINDING_NOT_FINITE, "the loss is not finite since epoch %llu",
            (unsigned long long)epoch + 1);
    if (t->position.epoch == 0 || split->count == 0)
        return;
    const double share = (double)largest / (double)split->count;
    const double noise = sqrt(share * (1 - share) / (double)split->count);
    const double accuracy = rows[t->position.epoch - 1].val_accuracy;
    if (accuracy <= share + 3 * noise && isfinite(rows[t->position.epoch - 1].val_loss))
        say(findings, CNN_FINDING_CHANCE,
            "val_accuracy %.4f" CNN_IS_CHANCE "always naming the most frequent class gives %.4f",
            accuracy, share);
}

void cnn_diagnose(cnn_training *t, cnn_outcome outcome, cnn_findings *findings)
{
    const size_t nodes = t->network->node_count, tensors = t->network->tensor_count;
    seen s = {.t = t,
              .at = cnn_alloc(nodes + 1, sizeof *s.at),
              .zero = cnn_alloc(nodes + 1, sizeof *s.zero),
              .alive = cnn_alloc(nodes, sizeof *s.alive)};
    bool *any = cnn_alloc(tensors, sizeof *any);
    if (outcome == CNN_DIVERGED)
        say(findings, CNN_FINDING_DIVERGED, "%s", t->message);
    find_figures(t, findings);
    take_probe(&s, any);
    find_end(&s, findings);
    for (size_t i = 0; i < tensors; i++)
        any[i] = !any[i] && s.wrong_count > 0;
    name_layers(t->network, any, CNN_FINDING_NO_GRADIENT,
                "the gradient of the weights is exactly zero in layers", findings);
    find_dead(&s, findings);
    find_identical(t->network, findings);
    find_unmoved(t, findings);
    for (size_t n = 0; n < nodes; n++)
        free(s.alive[n]);
    free(s.alive);
    free(s.at);
    free(s.zero);
    free(any);
}
