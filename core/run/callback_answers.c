/* callback_answers.c - what a training asks of its callbacks: who stopped it, what was found, the
 * factor on its rate, the weights that they keep and validate with. */
#include "run/callbacks.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "run/callbacks_private.h"

const char *cnn_callbacks_stopped_by(const cnn_training *t)
{
    return t->callbacks->stopped_by;
}

const char *cnn_callbacks_stop_reason(const cnn_training *t)
{
    return t->callbacks->stop_reason;
}

char *cnn_callbacks_stop_line(const cnn_training *t)
{
    const cnn_callbacks *c = t->callbacks;
    const unsigned long long epoch = t->position.epoch, step = t->position.step;
    if (!c->stopped_by)
        return NULL;
    return step ? cnn_format("stopped in epoch %llu, step %llu by %s: %s", epoch + 1, step,
                             c->stopped_by, c->stop_reason)
                : cnn_format("stopped after epoch %llu by %s: %s", epoch, c->stopped_by,
                             c->stop_reason);
}

void cnn_callbacks_add_finding(cnn_callbacks *c, const char *code, const char *text, bool first)
{
    cnn_findings *f = &c->findings;
    f->lines = cnn_realloc(f->lines, f->count + 1, sizeof *f->lines);
    f->codes = cnn_realloc(f->codes, f->count + 1, sizeof *f->codes);
    const size_t at = first ? 0 : f->count;
    memmove(f->lines + at + 1, f->lines + at, (f->count - at) * sizeof *f->lines);
    memmove(f->codes + at + 1, f->codes + at, (f->count - at) * sizeof *f->codes);
    f->lines[at] = cnn_strdup(text);
    f->codes[at] = cnn_strdup(code);
    f->count++;
}

const cnn_findings *cnn_callbacks_findings(const cnn_training *t)
{
    return &t->callbacks->findings;
}

bool cnn_callbacks_restored(const cnn_training *t)
{
    return t->callbacks->trained != NULL;
}

double cnn_callbacks_seconds(const cnn_training *t)
{
    return t->callbacks->pipeline->callback_count ? t->callbacks->seconds : -1;
}

double cnn_callbacks_scale(const cnn_training *t)
{
    return t->callbacks->last_scale = t->callbacks->scale;
}

double cnn_callbacks_last_scale(const cnn_training *t)
{
    return t->callbacks->last_scale;
}

/* ---- weights -------------------------------------------------------------------------------- */

/* A second set of weights, where the optimizer's option `ema` has one. */
static float *average_of(const cnn_callbacks *c)
{
    return cnn_engine_average(c->training->engine);
}

cnn_weight_set cnn_callbacks_set(const cnn_callbacks *c, float *floats)
{
    const cnn_network *n = c->network;
    float *moving = floats + n->weight_floats;
    return (cnn_weight_set){floats, moving, average_of(c) ? moving + n->moving_floats : NULL};
}

uint64_t cnn_callbacks_floats(const cnn_callbacks *c)
{
    const cnn_network *n = c->network;
    return n->weight_floats * (average_of(c) ? 2 : 1) + n->moving_floats;
}

static void copy_set(const cnn_callbacks *c, cnn_weight_set to, cnn_weight_set from)
{
    const cnn_network *n = c->network;
    memcpy(to.weights, from.weights, n->weight_floats * sizeof(float));
    memcpy(to.moving, from.moving, n->moving_floats * sizeof(float));
    if (to.average)
        memcpy(to.average, from.average, n->weight_floats * sizeof(float));
}

static cnn_weight_set training_set(const cnn_callbacks *c)
{
    return (cnn_weight_set){c->network->weights, c->network->moving, average_of(c)};
}

void cnn_callbacks_copy(const cnn_callbacks *c, float *to)
{
    copy_set(c, cnn_callbacks_set(c, to), training_set(c));
}

void cnn_callbacks_put(const cnn_callbacks *c, float *from)
{
    copy_set(c, training_set(c), cnn_callbacks_set(c, from));
}

/* First the mean of the weights, where there is one, then what callbacks gave. */
void cnn_callbacks_swap(cnn_training *t, bool validation)
{
    cnn_callbacks *c = t->callbacks;
    if (validation)
        cnn_engine_exchange(t->engine);
    for (size_t i = 0; i < c->network->tensor_count; i++) {
        const cnn_weight_tensor *tensor = &c->network->tensors[i];
        if (!c->validate[i])
            continue;
        const cnn_weight_set set = cnn_callbacks_set(c, c->aside);
        float *weights = cnn_network_tensor(c->network, tensor),
              *aside = (tensor->in_moving ? set.moving : set.weights) + tensor->offset;
        if (validation)
            memcpy(aside, weights, tensor->count * sizeof(float));
        memcpy(weights, validation ? c->validate[i] : aside, tensor->count * sizeof(float));
    }
    if (!validation)
        cnn_engine_exchange(t->engine);
}
