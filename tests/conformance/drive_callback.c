/* drive_callback.c - how a callback is run: on trainings that exist in the kit alone. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "callback.h"

#define EPOCHS 8
#define MOST_STEPS 4000 /* of an epoch */

/* ---- what is observed ----------------------------------------------------------------------- */

static const cnn_observed_layer layers[] = {
    {"conv2d_1", "conv2d", {3, {4, 4, 1}}, {3, {2, 2, 2}}, 0, 2, 0, 0},
    {"batch_normalization_1", "batch_normalization", {3, {2, 2, 2}}, {3, {2, 2, 2}}, 2, 2, 0, 0},
    {"relu_1", "relu", {3, {2, 2, 2}}, {3, {2, 2, 2}}, 4, 0, 1, 0},
    {"flatten_1", "flatten", {3, {2, 2, 2}}, {1, {8}}, 4, 0, 0, 0},
    {"dense_1", "dense", {1, {8}}, {1, {10}}, 4, 2, 0, 0},
    {"softmax_1", "softmax", {1, {10}}, {1, {10}}, 6, 0, 0, 0},
};
static const cnn_observed_tensor tensors[KIT_TENSORS] = {
    {"conv2d_1/kernel", {4, {3, 3, 1, 2}}, 18, CNN_ROLE_KERNEL, 1},
    {"conv2d_1/bias", {1, {2}}, 2, CNN_ROLE_BIAS, 1},
    {"batch_normalization_1/gamma", {1, {2}}, 2, CNN_ROLE_OTHER, 1},
    {"batch_normalization_1/moving_mean", {1, {2}}, 2, CNN_ROLE_MOVING, 0},
    {"dense_1/kernel", {2, {8, 10}}, 80, CNN_ROLE_KERNEL, 1},
    {"dense_1/bias", {1, {10}}, 10, CNN_ROLE_BIAS, 1},
};
/* The second variant has no validation data of its own, the third has a metric more. */
static const char *const all_columns[] = {
    "loss",    "accuracy",          "val_loss", "val_accuracy", "learning_rate",
    "seconds", "images_per_second", "hinge",    "val_hinge"};

/* A copy in guarded memory, read-only where the layout says so. */
static void *guarded(const kit_layout *layout, const char *name, const void *data, uint64_t count,
                     size_t element)
{
    void *copy = kit_buffer(layout, name, count, element, 8);
    memcpy(copy, data, count * element);
    if (layout->readonly)
        kit_protect(copy, true);
    return copy;
}

static void observe(kit_training *t)
{
    const size_t size = sizeof(cnn_observed) + t->layout->extra;
    t->seen = kit_buffer(t->layout, "seen", size, 1, 8);
    memset((char *)t->seen + sizeof(cnn_observed), 0x7F, t->layout->extra);
    cnn_observed *s = t->seen;
    s->struct_size = size;
    s->pipeline = "name: the_kit\nseed: 1\ntrain: {epochs: 8, batch_size: 4}\n";
    s->loss = "categorical_crossentropy";
    s->seed = 1;
    s->epochs = EPOCHS;
    s->steps_per_epoch = 5;
    s->batch_size = 4;
    s->train_samples = 20;
    s->validation_samples = 12;
    s->classes = 10;
    s->probabilities = 1;
    s->own_validation = t->instance->variant == 0;
    s->layer_count = sizeof layers / sizeof layers[0];
    s->layers = guarded(t->layout, "layers", layers, s->layer_count, sizeof layers[0]);
    s->tensor_count = KIT_TENSORS;
    s->tensors = guarded(t->layout, "tensors", tensors, KIT_TENSORS, sizeof tensors[0]);
    s->column_count = t->instance->variant == 2 ? 9 : 7;
    s->columns = guarded(t->layout, "columns", all_columns, s->column_count, sizeof all_columns[0]);
    kit_host_fill(t);
}

static double value_of(const kit_training *t, uint64_t epoch, uint64_t column)
{
    const double e = (double)epoch, shift = 0.01 * (double)(t->layout->salt % 7);
    double loss = 1.0 / (1 + e) + 0.1 + shift;
    const char *name = t->seen->columns[column];
    switch (t->curve) {
    case KIT_CURVE_TURNS:
        loss = 0.3 + shift + 0.05 * fabs(e - 2);
        break;
    case KIT_CURVE_WORSE:
        loss = 0.5 + shift + 0.4 * e; /* until the accuracy is chance */
        break;
    case KIT_CURVE_LEVEL:
        loss = 0.5 + shift;
        break;
    case KIT_CURVE_NAN:
        loss = epoch >= 2 ? (double)NAN : loss;
        break;
    case KIT_CURVE_INFINITE:
        if (epoch % 4 < 3)
            loss = (const double[]){HUGE_VAL, -HUGE_VAL, (double)NAN}[epoch % 4];
        break;
    default:
        break;
    }
    return strstr(name, "accuracy") ? 1 - loss / 4 : strstr(name, "rate") ? 0.01 : loss;
}

/* ---- a training ----------------------------------------------------------------------------- */

/* In steps that nobody looks at, the numbers are not made. */
void kit_training_weights(kit_training *t, uint64_t step)
{
    t->now.weights = step;
    for (uint64_t i = 0; t->phase && i < KIT_TENSORS; i++)
        (void)kit_training_tensor(t, i);
}

const float *kit_training_tensor(kit_training *t, uint64_t tensor)
{
    const cnn_random random = {t->layout->salt, tensor};
    float *values = t->weights[tensor];
    if (t->made[tensor] == t->now.weights + 1)
        return values;
    t->made[tensor] = t->now.weights + 1;
    if (t->layout->readonly)
        kit_protect(values, false);
    for (uint64_t k = 0; k < tensors[tensor].count; k++)
        values[k] =
            (float)(cnn_random_uniform(&random, k) - 0.5 + 0.001 * (double)(t->now.weights % 1000));
    if (t->layout->readonly)
        kit_protect(values, true);
    return values;
}

kit_training *kit_training_new(kit_instance *instance, const kit_layout *layout, kit_curve curve)
{
    kit_training *t = cnn_alloc(1, sizeof *t);
    const cnn_callback_plan *plan = &instance->callback_plan;
    t->instance = instance;
    t->layout = layout;
    t->curve = curve;
    observe(t);
    if (plan->step_interval > 5)
        t->seen->steps_per_epoch =
            plan->step_interval > MOST_STEPS ? MOST_STEPS : plan->step_interval / 2 + 1;
    if (plan->state_count)
        t->state = kit_buffer(layout, "state", plan->state_count, sizeof *t->state, 8);
    for (uint64_t i = 0; i < KIT_TENSORS; i++) {
        t->weights[i] = kit_buffer(layout, "weights", tensors[i].count, sizeof(float), 4);
        t->gradients[i] = kit_buffer(layout, "gradients", tensors[i].count, sizeof(float), 4);
        for (uint64_t k = 0; k < tensors[i].count; k++)
            t->gradients[i][k] = (float)(k % 5) / 16 - 0.1f;
        if (layout->readonly)
            kit_protect(t->gradients[i], true);
    }
    uint64_t counts[100];
    for (uint64_t i = 0; i < 100; i++)
        counts[i] = i % 11 == 0 ? 1 : i % 3 == 0;
    t->confusion = guarded(layout, "confusion", counts, 100, sizeof *counts);
    t->rows = kit_buffer(layout, "rows", EPOCHS * t->seen->column_count, sizeof *t->rows, 8);
    kit_training_weights(t, 0);
    return t;
}

void kit_training_free(kit_training *t)
{
    kit_bytes_free(&t->actions);
    free(t);
}

/* The rows so far: at that end of their buffer where the guard page is. */
static void show_rows(kit_training *t)
{
    cnn_observed *s = t->seen;
    const uint64_t count = t->now.epoch * s->column_count, all = EPOCHS * s->column_count;
    double *rows = t->layout->side == KIT_RIGHT ? t->rows + (all - count) : t->rows;
    const bool shown = s->rows && s->epoch == t->now.epoch;
    s->epoch = s->row_count = t->now.epoch;
    s->step = t->now.step;
    s->total_steps = s->epochs * s->steps_per_epoch;
    if (count == 0 || shown)
        return;
    if (t->layout->readonly)
        kit_protect(t->rows, false);
    for (uint64_t i = 0; i < count; i++)
        rows[i] = value_of(t, i / s->column_count, i % s->column_count);
    if (t->layout->readonly)
        kit_protect(t->rows, true);
    s->rows = rows;
}

typedef int called(const void *self, const cnn_observed *seen, double *state, cnn_error *error);

static void call(kit_training *t, uint32_t phase, const char *name, called *function)
{
    cnn_error error = {0};
    if (!function)
        return;
    show_rows(t);
    kit_where("epoch %llu, step %llu", (unsigned long long)t->now.epoch,
              (unsigned long long)t->now.step);
    if (t->layout->readonly)
        kit_protect(t->seen, true);
    t->phase = phase;
    t->probed = false;
    kit_enter(name, KIT_SETUP);
    const int result = function(t->instance->self, t->seen, t->state, &error);
    kit_leave();
    t->phase = 0;
    if (t->layout->readonly)
        kit_protect(t->seen, false);
    if (result != 0 && result != -1 && result != CNN_NO_MEMORY)
        kit_fail("%s returned %d; it must return 0, -1 by cnn_fail(), or CNN_NO_MEMORY", name,
                 result);
    if (result != 0)
        kit_fail("%s failed in a training that has no fault: %s", name, error.text);
    if (phase != KIT_IN_STEP) /* after steps, kit_training_end looks */
        kit_check_canaries();
}

bool kit_training_plan(kit_training *t, cnn_callback_plan *plan, cnn_error *error)
{
    const size_t size = sizeof *plan + t->layout->extra;
    cnn_callback_plan *own = kit_buffer(t->layout, "plan", size, 1, 8);
    own->struct_size = size;
    int result = 0;
    if (t->layout->readonly)
        kit_protect(t->seen, true);
    if (t->instance->file->callback.plan) {
        t->phase = KIT_IN_PLAN;
        kit_enter("plan", KIT_SETUP);
        result = t->instance->file->callback.plan(t->instance->self, t->seen, own, error);
        kit_leave();
        t->phase = 0;
    }
    if (t->layout->readonly)
        kit_protect(t->seen, false);
    kit_check_canaries();
    *plan = *own;
    if (result != 0 && result != -1 && result != CNN_NO_MEMORY)
        kit_fail("plan returned %d; it must return 0, -1 by cnn_fail(), or CNN_NO_MEMORY", result);
    if (result == 0 && plan->state_count > KIT_MOST_STATE)
        kit_fail("plan asks for a state of %llu numbers; at most %u are tested",
                 (unsigned long long)plan->state_count, KIT_MOST_STATE);
    return result == 0;
}

void kit_training_begin(kit_training *t)
{
    call(t, KIT_IN_BEGIN, "begin", t->instance->file->callback.begin);
}

static void validate(kit_training *t)
{
    t->now.epoch++;
    for (uint64_t i = 0; i < KIT_TENSORS; i++)
        if (t->validation[i])
            kit_training_note(t, tensors[i].name, t->validation[i],
                              tensors[i].count * sizeof(float));
    call(t, KIT_IN_EPOCH, "epoch", t->instance->file->callback.epoch);
}

bool kit_training_step(kit_training *t)
{
    const uint64_t interval = t->instance->callback_plan.step_interval;
    kit_training_weights(t, ++t->now.step);
    if (interval && t->now.step % interval == 0)
        call(t, KIT_IN_STEP, "step", t->instance->file->callback.step);
    if (!t->now.stopped && t->now.step % t->seen->steps_per_epoch == 0)
        validate(t);
    return !t->now.stopped && t->now.epoch < EPOCHS;
}

void kit_training_end(kit_training *t, uint32_t ended)
{
    t->seen->ended = ended;
    t->seen->message = ended == CNN_ENDED_STOPPED    ? "the kit"
                       : ended == CNN_ENDED_DIVERGED ? "the loss is not finite"
                                                     : NULL;
    call(t, KIT_IN_END, "end", t->instance->file->callback.end);
    kit_check_canaries();
    kit_training_note(t, "files", t->now.files, sizeof t->now.files);
    kit_training_note(t, "weights", &t->now.weights, sizeof t->now.weights);
    if (t->state)
        kit_training_note(t, "state", t->state,
                          t->instance->callback_plan.state_count * sizeof *t->state);
    kit_where("%s", "");
}

void kit_training_run(kit_training *t, uint64_t steps)
{
    bool goes_on = true;
    kit_training_begin(t);
    while (goes_on && t->now.step < steps)
        goes_on = kit_training_step(t);
    kit_training_end(t, t->now.stopped ? CNN_ENDED_STOPPED
                        : goes_on      ? CNN_ENDED_INTERRUPTED
                                       : CNN_ENDED_COMPLETED);
}

/* ---- the driver ----------------------------------------------------------------------------- */

static bool prepare(kit_instance *instance, const kit_layout *layout, cnn_error *error)
{
    const uint32_t mark = kit_arena_mark();
    kit_training *t = kit_training_new(instance, layout, KIT_CURVE_TURNS);
    cnn_callback_plan plan;
    const bool accepted = kit_training_plan(t, &plan, error);
    if (accepted)
        instance->callback_plan = plan;
    kit_training_free(t);
    kit_arena_reset(mark);
    return accepted;
}

static void run(kit_instance *instance, const kit_layout *layout, kit_bytes *out)
{
    /* Each curve to its end, and then one that is interrupted. */
    for (uint32_t i = 0; i <= KIT_CURVE_LEVEL + 1; i++) {
        const bool whole = i <= KIT_CURVE_LEVEL;
        const uint32_t mark = kit_arena_mark();
        kit_training *t =
            kit_training_new(instance, layout, whole ? (kit_curve)i : KIT_CURVE_TURNS);
        kit_training_run(t, whole ? UINT64_MAX : t->seen->steps_per_epoch * 2 + 1);
        kit_bytes_add(out, t->actions.data, t->actions.count);
        kit_training_free(t);
        kit_arena_reset(mark);
    }
}

const kit_driver kit_drive_callback = {3, prepare, run};
