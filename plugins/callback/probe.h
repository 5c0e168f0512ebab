/* probe.h - takes 128 training samples forward and backward, and keeps what findings are drawn
 * from: which predictions are wrong, where gradients are zero, which ReLUs are alive. */
#ifndef PLUGINS_CALLBACK_PROBE_H
#define PLUGINS_CALLBACK_PROBE_H

#include <cnnrun/callback.h>
#include <stdbool.h>
#include <stdlib.h>

#define PROBE 128u /* samples */
#define TINY 1e-7  /* a probability that cross entropy, as Keras has it, clips */

/* What the probe has seen. Entry n of `at` and `zero` is about the gradient by the input of layer
 * n; the one at layer_count, by the network's output. */
typedef struct seen {
    const cnn_observed *run;
    uint32_t batch[PROBE];
    uint64_t samples, first;          /* of the probe; of the batch under way */
    bool wrong[PROBE];                /* the prediction */
    uint64_t wrong_count, tiny_count; /* of the wrong: true class below TINY */
    uint64_t *at, *zero;              /* samples so far; wrong ones whose gradient is zero */
    bool **alive; /* of a layer that ends in ReLU: its units, by the last axis */
    bool *any;    /* of a tensor: has it some gradient? */
    bool no_memory;
} seen;

static inline uint64_t units_of(const cnn_observed_layer *layer)
{
    return layer->output.dim[layer->output.rank - 1];
}

/* False without memory. Whatever it gives, free_room must be called. */
static inline bool make_room(seen *s)
{
    const cnn_observed *run = s->run;
    const uint64_t layers = run->layer_count;
    s->at = calloc(layers + 1, sizeof *s->at);
    s->zero = calloc(layers + 1, sizeof *s->zero);
    s->alive = calloc(layers, sizeof *s->alive);
    s->any = calloc(run->tensor_count + 1, sizeof *s->any);
    bool good = s->at && s->zero && s->alive && s->any;
    for (uint64_t n = 0; good && n < layers; n++)
        if (run->layers[n].rectified) {
            s->alive[n] = calloc(units_of(&run->layers[n]), sizeof(bool));
            good = s->alive[n] != NULL;
        }
    return good;
}

static inline void free_room(seen *s)
{
    for (uint64_t n = 0; s->alive && n < s->run->layer_count; n++)
        free(s->alive[n]);
    free(s->alive);
    free(s->at);
    free(s->zero);
    free(s->any);
}

static inline bool all_zero(const float *x, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        if (x[i] != 0)
            return false;
    return true;
}

/* The network's output for sample i of the probe. Where targets are vectors, none is met exactly.
 */
static inline void look_at_output(seen *s, uint64_t i, const float *y)
{
    const uint64_t label = s->run->label(s->run->host, 0, s->batch[i]);
    s->wrong[i] = s->run->classes == 0;
    for (uint64_t c = 0; c < s->run->classes; c++)
        s->wrong[i] |= c != label && !(y[c] < y[label]);
    s->wrong_count += s->wrong[i];
    s->tiny_count += s->wrong[i] && s->run->classes && (double)y[label] < TINY;
}

static inline void mark_alive(const float *y, uint64_t count, uint64_t units, bool *alive)
{
    for (uint64_t i = 0; i < count; i += units)
        for (uint64_t u = 0; u < units; u++)
            alive[u] |= !(y[i + u] <= 0); /* NaN is another trouble */
}

static inline void watch(void *context, uint64_t n, const float *y, const float *dy,
                         uint64_t samples)
{
    seen *s = context;
    const uint64_t layers = s->run->layer_count;
    const bool by_output = n == layers;
    const cnn_observed_layer *layer = &s->run->layers[by_output ? n - 1 : n];
    const uint64_t size = cnn_shape_count(y || by_output ? &layer->output : &layer->input);
    if (y && s->alive[n])
        mark_alive(y, samples * size, units_of(layer), s->alive[n]);
    for (uint64_t i = 0; i < samples; i++) {
        if (y && n + 1 == layers)
            look_at_output(s, s->first++, y + i * size);
        else if (dy && s->wrong[s->at[n]++])
            s->zero[n] += all_zero(dy + i * size, size);
    }
}

/* Samples from all over the training data, since it may be sorted. */
static inline void take_probe(seen *s)
{
    const cnn_observed *run = s->run;
    const uint64_t all = run->train_samples, most = run->batch_size;
    s->samples = all < PROBE ? all : PROBE;
    for (uint64_t i = 0; i < s->samples; i++)
        s->batch[i] = (uint32_t)(i * all / s->samples);
    for (uint64_t done = 0, count; done < s->samples; done += count) {
        count = s->samples - done < most ? s->samples - done : most;
        run->probe(run->host, s->batch + done, count, watch, s);
        for (uint64_t i = 0; i < run->tensor_count; i++)
            if (run->tensors[i].trained)
                s->any[i] |= !all_zero(run->probe_gradients(run->host, i), run->tensors[i].count);
    }
}

/* Of a layer that ends in ReLU: its units that were 0 for all samples. Of another: 0. */
static inline uint64_t dead_units(const seen *s, uint64_t n)
{
    uint64_t dead = 0;
    for (uint64_t u = 0; s->alive[n] && u < units_of(&s->run->layers[n]); u++)
        dead += !s->alive[n][u];
    return dead;
}

#endif
