/* observed.c - the functions that a callback may call: reading, acting. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "plugin/crash.h"
#include "run/callbacks_private.h"

#define MISTAKES 4096u /* samples of the validation data that are looked at together */

/* ---- what a callback must not do ------------------------------------------------------------ */

const char *cnn_callbacks_call_name(int call)
{
    static const char *const names[] = {[CNN_IN_PLAN] = "plan",
                                        [CNN_IN_BEGIN] = "begin",
                                        [CNN_IN_STEP] = "step",
                                        [CNN_IN_EPOCH] = "epoch",
                                        [CNN_IN_END] = "end"};
    return names[call];
}

void cnn_callbacks_blame(cnn_callbacks *c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (!c->breach[0])
        (void)vsnprintf(c->breach, sizeof c->breach, format, args);
    va_end(args);
}

bool cnn_callbacks_allowed(cnn_callbacks *c, int calls, const char *function)
{
    const bool good = c->current && c->call & calls;
    if (!good)
        cnn_callbacks_blame(c, "it called %s() in %s()", function,
                            cnn_callbacks_call_name(c->call));
    return good;
}

/* Whether there is one of that number. */
static bool is_within(cnn_callbacks *c, const char *function, const char *what, uint64_t number,
                      uint64_t count)
{
    if (number < count)
        return true;
    cnn_callbacks_blame(c, "it called %s() for %s %llu of %llu; numbers begin at 0", function, what,
                        (unsigned long long)number, (unsigned long long)count);
    return false;
}

/* The tensor of a number; NULL: there is none. */
static const cnn_weight_tensor *tensor_of(cnn_callbacks *c, const char *function, uint64_t tensor)
{
    return is_within(c, function, "tensor", tensor, c->network->tensor_count)
               ? &c->network->tensors[tensor]
               : NULL;
}

/* A callback may have the host call other plugins: then they are noted in place of it. */
typedef struct note {
    const struct cnn_plugin_file *file;
    const char *call;
} note;

static note leave(void)
{
    const note was = {cnn_crash_file, cnn_crash_callback};
    cnn_crash_file = NULL;
    return was;
}

static void come_back(note was)
{
    cnn_crash_callback = was.call;
    cnn_crash_file = was.file;
}

/* ---- reading -------------------------------------------------------------------------------- */

static const float *weights(void *host, uint64_t tensor)
{
    cnn_callbacks *c = host;
    const cnn_weight_tensor *t = tensor_of(c, "weights", tensor);
    return t && cnn_callbacks_allowed(c, CNN_IN_TRAINING, "weights")
               ? cnn_network_tensor(c->network, t)
               : NULL;
}

static const float *gradients(void *host, uint64_t tensor)
{
    cnn_callbacks *c = host;
    const cnn_weight_tensor *t = tensor_of(c, "gradients", tensor);
    if (!t || !c->current || c->call != CNN_IN_STEP || !c->current->plan.wants_gradients ||
        !t->trained)
        return NULL;
    return (c->gradients_kept ? c->gradients : cnn_engine_gradient(c->training->engine)) +
           t->offset;
}

static int initial(void *host, uint64_t tensor, float *out)
{
    cnn_callbacks *c = host;
    const cnn_weight_tensor *t = tensor_of(c, "initial", tensor);
    cnn_report ignored = {0};
    if (!t)
        return -1;
    const note was = leave();
    const bool good = cnn_network_fill(t, (uint64_t)c->pipeline->seed, out, &ignored);
    come_back(was);
    cnn_report_free(&ignored);
    return good ? 0 : -1;
}

static const uint64_t *confusion(void *host)
{
    const cnn_callbacks *c = host;
    return c->call == CNN_IN_EPOCH ? c->training->confusion : NULL;
}

static uint64_t label(void *host, uint32_t which, uint64_t i)
{
    cnn_callbacks *c = host;
    const cnn_split *split = which ? &c->data->validation : &c->data->train;
    return is_within(c, "label", "data set", which, 2) &&
                   is_within(c, "label", "sample", i, split->count) && split->view.labels
               ? (uint64_t)cnn_data_label(split, i)
               : 0;
}

static uint64_t mistakes(void *host, uint64_t *samples, uint64_t most)
{
    cnn_callbacks *c = host;
    const cnn_split *all = &c->data->validation;
    const uint64_t classes = c->network->classes;
    uint64_t found = 0;
    if (!cnn_callbacks_allowed(c, CNN_IN_TRAINING, "mistakes") || !classes)
        return 0;
    float *outputs = cnn_alloc(MISTAKES * classes, sizeof *outputs);
    const note was = leave();
    cnn_engine_exchange(c->training->engine);
    for (uint64_t first = 0; first < all->count; first += MISTAKES) {
        cnn_split part = *all;
        part.first = all->first + first;
        part.count = all->count - first < MISTAKES ? all->count - first : MISTAKES;
        cnn_engine_outputs(c->training->engine, &part, outputs);
        for (uint64_t i = 0; i < part.count; i++) {
            if (cnn_engine_class(outputs + i * classes, classes) ==
                (size_t)cnn_data_label(&part, i))
                continue;
            if (found < most)
                samples[found] = first + i;
            found++;
        }
    }
    cnn_engine_exchange(c->training->engine);
    come_back(was);
    free(outputs);
    return found;
}

typedef struct watching {
    cnn_observe *watch;
    void *context;
    note callback;
    const cnn_network *network;
} watching;

static void show(void *context, size_t node, size_t id, const float *y, const float *dy,
                 uint64_t samples)
{
    const watching *w = context;
    const bool by_input = dy && node < w->network->node_count;
    if (!w->watch || (by_input && id != w->network->nodes[node].input[0]))
        return; /* of several inputs, the first is shown */
    const note was = leave();
    come_back(w->callback);
    w->watch(w->context, node, y, dy, samples);
    come_back(was);
}

/* The engine's gradients are about to be overwritten: those of the last step are put aside. */
static void keep_gradients(cnn_callbacks *c)
{
    const uint64_t floats = c->network->weight_floats;
    if (c->call != CNN_IN_STEP || c->gradients_kept)
        return;
    if (!c->gradients)
        c->gradients = cnn_alloc(floats, sizeof(float));
    memcpy(c->gradients, cnn_engine_gradient(c->training->engine), floats * sizeof(float));
    c->gradients_kept = true;
}

/* Whether there are samples, and all are of the training data. */
static bool are_samples(cnn_callbacks *c, const uint32_t *samples, uint64_t count)
{
    bool good = count > 0;
    if (!good)
        cnn_callbacks_blame(c, "it called probe() without samples");
    for (uint64_t i = 0; good && i < count; i++)
        good = is_within(c, "probe", "sample", samples[i], c->data->train.count);
    return good;
}

/* In batches of at most the pipeline's size; the gradients are of the mean over all. */
static void probe(void *host, const uint32_t *samples, uint64_t count, cnn_observe *watch,
                  void *context)
{
    cnn_callbacks *c = host;
    const uint64_t floats = c->network->weight_floats, most = c->seen.batch_size;
    if (!cnn_callbacks_allowed(c, CNN_IN_TRAINING, "probe") || !are_samples(c, samples, count))
        return;
    keep_gradients(c);
    const note was = leave();
    watching w = {watch, context, was, c->network};
    if (!c->probed)
        c->probed = cnn_alloc(floats, sizeof(float));
    memset(c->probed, 0, floats * sizeof(float));
    for (uint64_t done = 0, size; done < count; done += size) {
        size = count - done < most ? count - done : most;
        const float *gradient =
            cnn_engine_probe(c->training->engine, samples + done, size, show, &w);
        const double share = (double)size / (double)count;
        for (uint64_t i = 0; i < floats; i++)
            c->probed[i] += share == 1 ? gradient[i] : (float)(share * (double)gradient[i]);
    }
    come_back(was);
}

static const float *probe_gradients(void *host, uint64_t tensor)
{
    cnn_callbacks *c = host;
    const cnn_weight_tensor *t = tensor_of(c, "probe_gradients", tensor);
    return t && c->probed && t->trained ? c->probed + t->offset : NULL;
}

/* ---- acting --------------------------------------------------------------------------------- */

static void stop(void *host, const char *reason)
{
    cnn_callbacks *c = host;
    if (!cnn_callbacks_allowed(c, CNN_IN_STEP | CNN_IN_EPOCH, "stop") || c->stopped_by)
        return;
    c->stopped_by = cnn_strdup(c->current->label);
    c->stop_reason = cnn_printable(reason ? reason : "it gave no reason", "");
}

static void scale_learning_rate(void *host, double factor)
{
    cnn_callbacks *c = host;
    if (!cnn_callbacks_allowed(c, CNN_IN_STEP | CNN_IN_EPOCH, "scale_learning_rate"))
        return;
    if (isfinite(factor) && factor > 0)
        c->scale *= factor;
    else
        cnn_callbacks_blame(
            c, "it scaled the learning rate by %g; it must be finite and more than 0", factor);
}

static void keep_weights(void *host)
{
    cnn_callbacks *c = host;
    if (!cnn_callbacks_allowed(c, CNN_IN_EPOCH, "keep_weights"))
        return;
    if (!c->current->kept) {
        cnn_callbacks_blame(c,
                            "it called keep_weights(), but its plan does not have keeps_weights");
        return;
    }
    cnn_callbacks_copy(c, c->current->kept);
    c->current->has_kept = true;
}

static int restore_weights(void *host)
{
    cnn_callbacks *c = host;
    if (!cnn_callbacks_allowed(c, CNN_IN_EPOCH | CNN_IN_END, "restore_weights") ||
        !c->current->has_kept)
        return 0;
    if (c->ending && !c->trained) {
        c->trained = cnn_alloc(cnn_callbacks_floats(c), sizeof(float));
        cnn_callbacks_copy(c, c->trained);
    }
    cnn_callbacks_put(c, c->current->kept);
    return 1;
}

static void validate_with(void *host, uint64_t tensor, const float *values)
{
    cnn_callbacks *c = host;
    if (!cnn_callbacks_allowed(c, CNN_IN_BEGIN | CNN_IN_STEP | CNN_IN_EPOCH, "validate_with") ||
        !tensor_of(c, "validate_with", tensor))
        return;
    c->validate[tensor] = values;
    if (!c->aside)
        c->aside = cnn_alloc(cnn_callbacks_floats(c), sizeof(float));
}

/* ---- findings, and the whole ---------------------------------------------------------------- */

static void find(void *host, const char *code, const char *text)
{
    cnn_callbacks *c = host;
    if (!cnn_callbacks_allowed(c, CNN_IN_TRAINING, "find"))
        return;
    if (!code || !text || !*code || strspn(code, "abcdefghijklmnopqrstuvwxyz_") != strlen(code))
        cnn_callbacks_blame(c, "a finding needs a text, and a code of [a-z_]+");
    else
        cnn_callbacks_add_finding(c, code, text, false);
}

void cnn_callbacks_offer(cnn_observed *seen)
{
    seen->weights = weights;
    seen->gradients = gradients;
    seen->initial = initial;
    seen->confusion = confusion;
    seen->label = label;
    seen->mistakes = mistakes;
    seen->probe = probe;
    seen->probe_gradients = probe_gradients;
    seen->stop = stop;
    seen->scale_learning_rate = scale_learning_rate;
    seen->keep_weights = keep_weights;
    seen->restore_weights = restore_weights;
    seen->validate_with = validate_with;
    seen->write_file = cnn_callbacks_write_file;
    seen->append_file = cnn_callbacks_append_file;
    seen->find = find;
}
