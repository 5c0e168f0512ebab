/* host_callback.c - the functions that a callback gets from its host, as the kit has them. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "callback.h"
#include "heap.h"
#include "record/record.h"

#define FNV_START 14695981039346656037u

static uint64_t hash_of(uint64_t hash, const void *data, uint64_t count)
{
    const unsigned char *bytes = data;
    for (uint64_t i = 0; i < count; i++)
        hash = (hash ^ bytes[i]) * 1099511628211u;
    return hash;
}

/* What the kit allocates here is not the plugin's. */
void kit_training_note(kit_training *t, const char *what, const void *data, size_t count)
{
    kit_heap_leave();
    kit_bytes_add(&t->actions, what, strlen(what) + 1);
    if (count)
        kit_bytes_add(&t->actions, data, count);
    if (t->phase)
        kit_heap_enter(false);
}

static const char *phase_name(uint32_t phase)
{
    return phase == KIT_IN_PLAN    ? "plan"
           : phase == KIT_IN_BEGIN ? "begin"
           : phase == KIT_IN_STEP  ? "step"
           : phase == KIT_IN_EPOCH ? "epoch"
                                   : "end";
}

/* True if the function may be called now; otherwise it is noted. */
static bool allowed(kit_training *t, const char *function, uint32_t phases)
{
    if (t->phase & phases)
        return true;
    if (!*t->misplaced)
        snprintf(t->misplaced, sizeof t->misplaced,
                 "it called %s in %s, where callback.h does not allow it", function,
                 phase_name(t->phase));
    return false;
}

static bool legal(kit_training *t, bool good, const char *words)
{
    if (!good && !*t->illegal)
        snprintf(t->illegal, sizeof t->illegal, "in %s %s", phase_name(t->phase), words);
    return good;
}

static bool misplaced(kit_training *t, const char *words)
{
    if (!*t->misplaced)
        snprintf(t->misplaced, sizeof t->misplaced, "%s", words);
    return false;
}

#define IN_TRAINING (KIT_IN_BEGIN | KIT_IN_STEP | KIT_IN_EPOCH | KIT_IN_END)

static bool is_tensor(kit_training *t, uint64_t tensor)
{
    return legal(t, tensor < t->seen->tensor_count, "it named a tensor that there is not");
}

/* ---- reading -------------------------------------------------------------------------------- */

static const float *weights(void *host, uint64_t tensor)
{
    kit_training *t = host;
    return allowed(t, "weights", IN_TRAINING) && is_tensor(t, tensor)
               ? kit_training_tensor(t, tensor)
               : NULL;
}

static const float *gradients(void *host, uint64_t tensor)
{
    kit_training *t = host;
    if (!allowed(t, "gradients", IN_TRAINING) || !is_tensor(t, tensor) ||
        !t->instance->callback_plan.wants_gradients || t->phase != KIT_IN_STEP ||
        !t->seen->tensors[tensor].trained)
        return NULL;
    return t->gradients[tensor];
}

static int initial(void *host, uint64_t tensor, float *out)
{
    kit_training *t = host;
    const cnn_random random = {t->layout->salt, tensor};
    for (uint64_t i = 0; is_tensor(t, tensor) && i < t->seen->tensors[tensor].count; i++)
        out[i] = (float)(cnn_random_uniform(&random, i) - 0.5);
    return 0;
}

static const uint64_t *confusion(void *host)
{
    kit_training *t = host;
    return allowed(t, "confusion", IN_TRAINING) && t->phase == KIT_IN_EPOCH ? t->confusion : NULL;
}

static uint64_t label(void *host, uint32_t which, uint64_t i)
{
    kit_training *t = host;
    const uint64_t count = which ? t->seen->validation_samples : t->seen->train_samples;
    (void)legal(t, which <= 1 && i < count, "it asked for the label of a sample that there is not");
    return i % t->seen->classes;
}

static uint64_t mistakes(void *host, uint64_t *samples, uint64_t most)
{
    kit_training *t = host;
    uint64_t count = 0;
    if (!allowed(t, "mistakes", IN_TRAINING))
        return 0;
    for (uint64_t i = 0; i < t->seen->validation_samples; i += 3)
        if (count++ < most)
            samples[count - 1] = i;
    return count;
}

/* One piece of a probe: y of each layer, then dy from the output to the first layer. */
static void show(kit_training *t, cnn_observe *watch, void *context, uint64_t samples)
{
    float values[2 * 32];
    const uint64_t layers = t->seen->layer_count;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        values[i] = (float)(i % 7) / 8;
    for (uint64_t l = 0; l < layers; l++)
        watch(context, l, values, NULL, samples);
    for (uint64_t l = layers + 1; l-- > 0;)
        watch(context, l, NULL, values, samples);
}

static void probe(void *host, const uint32_t *samples, uint64_t count, cnn_observe *watch,
                  void *context)
{
    kit_training *t = host;
    if (!allowed(t, "probe", IN_TRAINING) || !legal(t, count > 0, "it probed no samples"))
        return;
    for (uint64_t i = 0; i < count; i++)
        (void)legal(t, samples[i] < t->seen->train_samples, "it probed a sample that there is not");
    for (uint64_t i = 0; watch && i < count; i += 2)
        show(t, watch, context, count - i < 2 ? 1 : 2);
    t->probed = true;
}

static const float *probe_gradients(void *host, uint64_t tensor)
{
    kit_training *t = host;
    if (!allowed(t, "probe_gradients", IN_TRAINING) || !t->probed || !is_tensor(t, tensor) ||
        !t->seen->tensors[tensor].trained)
        return NULL;
    return t->gradients[tensor];
}

/* ---- acting --------------------------------------------------------------------------------- */

static void stop(void *host, const char *reason)
{
    kit_training *t = host;
    if (!allowed(t, "stop", KIT_IN_STEP | KIT_IN_EPOCH) ||
        !legal(t, reason && *reason, "it asked to stop without a reason") ||
        !legal(t, reason[strlen(reason) - 1] != '.', "it gave a reason that ends in a full stop"))
        return;
    t->now.stopped = true;
    kit_training_note(t, "stop", reason, strlen(reason) + 1);
}

static void scale_learning_rate(void *host, double factor)
{
    kit_training *t = host;
    if (allowed(t, "scale_learning_rate", KIT_IN_STEP | KIT_IN_EPOCH) &&
        legal(t, isfinite(factor) && factor > 0,
              "it scaled the learning rate by a factor that is not finite and above 0"))
        kit_training_note(t, "scale", &factor, sizeof factor);
}

static void keep_weights(void *host)
{
    kit_training *t = host;
    if (!allowed(t, "keep_weights", KIT_IN_EPOCH))
        return;
    if (!t->instance->callback_plan.keeps_weights &&
        !misplaced(t, "it called keep_weights, but its plan has not set keeps_weights"))
        return;
    t->now.kept = t->now.weights + 1;
    kit_training_note(t, "keep", NULL, 0);
}

static int restore_weights(void *host)
{
    kit_training *t = host;
    if (!allowed(t, "restore_weights", KIT_IN_EPOCH | KIT_IN_END))
        return 0;
    kit_training_note(t, "restore", &t->now.kept, sizeof t->now.kept);
    if (t->now.kept)
        kit_training_weights(t, t->now.kept - 1);
    return t->now.kept != 0;
}

static void validate_with(void *host, uint64_t tensor, const float *values)
{
    kit_training *t = host;
    if (allowed(t, "validate_with", KIT_IN_BEGIN | KIT_IN_STEP | KIT_IN_EPOCH) &&
        is_tensor(t, tensor))
        t->validation[tensor] = values;
}

/* ---- writing -------------------------------------------------------------------------------- */

static bool is_part(const char *part, size_t length)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    return length > 0 && part[0] != '.' && strspn(part, letters) >= length;
}

/* The host refuses what begins like a file of the run, and what ends like a temporary file. */
static bool is_file_name(const char *name)
{
    static const char *const own[] = {CNN_RUN_PIPELINE, CNN_RUN_SUMMARY, CNN_RUN_METRICS,
                                      CNN_RUN_PAGE,     CNN_RUN_PLOTS,   CNN_RUN_EXPERIMENT,
                                      CNN_RUN_RESULTS,  "checkpoint"};
    const size_t length = strlen(name), suffix = strlen(CNN_FILE_TEMPORARY);
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        if (strncmp(name, own[i], strlen(own[i])) == 0)
            return false;
    if (length > suffix && strcmp(name + length - suffix, CNN_FILE_TEMPORARY) == 0)
        return false;
    const char *slash = strchr(name, '/');
    return length <= KIT_LONGEST_NAME &&
           (slash ? is_part(name, (size_t)(slash - name)) && is_part(slash + 1, strlen(slash + 1))
                  : is_part(name, length));
}

static int put(kit_training *t, const char *name, const void *bytes, uint64_t count, bool append)
{
    if (!legal(t, name && is_file_name(name),
               "it named a file in a way that callback.h does not allow") ||
        !legal(t, bytes || count == 0, "it wrote bytes from NULL"))
        return 0;
    for (size_t i = 0; i < KIT_FILES; i++) {
        if (*t->now.files[i].name && strcmp(t->now.files[i].name, name) != 0)
            continue;
        const bool grows = append && *t->now.files[i].name;
        memcpy(t->now.files[i].name, name, strlen(name) + 1);
        t->now.files[i].hash = hash_of(grows ? t->now.files[i].hash : FNV_START, bytes, count);
        return 0;
    }
    return 0;
}

static int write_file(void *host, const char *name, const void *bytes, uint64_t count,
                      cnn_error *error)
{
    if (!allowed(host, "write_file", IN_TRAINING))
        return cnn_fail(error, "no file can be written yet");
    return put(host, name, bytes, count, false);
}

static int append_file(void *host, const char *name, const void *bytes, uint64_t count,
                       cnn_error *error)
{
    if (!allowed(host, "append_file", IN_TRAINING))
        return cnn_fail(error, "no file can be written yet");
    return put(host, name, bytes, count, true);
}

static void find(void *host, const char *code, const char *text)
{
    kit_training *t = host;
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";
    if (!allowed(t, "find", IN_TRAINING))
        return;
    if (!legal(t, code && *code && code[strspn(code, letters)] == '\0',
               "the code of its finding is not [a-z_]+") ||
        !legal(t, text && *text, "its finding has no text"))
        return;
    kit_training_note(t, "find", code, strlen(code) + 1);
    kit_training_note(t, text, NULL, 0);
}

void kit_host_fill(kit_training *t)
{
    cnn_observed *seen = t->seen;
    seen->host = t;
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
    seen->write_file = write_file;
    seen->append_file = append_file;
    seen->find = find;
}
