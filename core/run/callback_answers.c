/* callback_answers.c - what a training asks of its callbacks: who stopped it, what was found, the
 * factor on its rate, the weights to validate with. */
#include "run/callbacks.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "plugin/crash.h"
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

const cnn_findings *cnn_callbacks_findings(const cnn_training *t)
{
    return &t->callbacks->findings;
}

bool cnn_callbacks_restored(const cnn_training *t)
{
    return t->callbacks->restored;
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

void cnn_callbacks_swap(cnn_training *t, bool validation)
{
    cnn_callbacks *c = t->callbacks;
    for (size_t i = 0; i < c->network->tensor_count; i++) {
        const cnn_weight_tensor *tensor = &c->network->tensors[i];
        const bool moving = tensor->spec.role == CNN_ROLE_MOVING;
        if (!c->validate[i])
            continue;
        float *weights = cnn_network_tensor(c->network, tensor),
              *aside = c->aside + tensor->offset + (moving ? c->network->weight_floats : 0);
        if (validation)
            memcpy(aside, weights, tensor->count * sizeof(float));
        memcpy(weights, validation ? c->validate[i] : aside, tensor->count * sizeof(float));
    }
}
