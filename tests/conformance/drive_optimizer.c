/* drive_optimizer.c - how an optimizer is run: some steps on tensors of awkward sizes. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "optimizer.h"

#define TENSORS 8

static const cnn_optimizer_tensor tensors[TENSORS] = {
    {"conv2d/kernel", {2, {4, 4}}, CNN_ROLE_KERNEL, 0, 16, 1, 1, 1},
    {"conv2d/bias", {1, {1}}, CNN_ROLE_BIAS, 16, 1, 1, 1, 1},
    {"prelu/slope", {1, {3}}, CNN_ROLE_OTHER, 32, 3, 1, 1, 1},
    {"dense/kernel", {2, {17, 1}}, CNN_ROLE_KERNEL, 48, 17, 1, 1, 1},
    {"dense_1/kernel", {2, {8, 8}}, CNN_ROLE_KERNEL, 80, 64, 1, 1, 1},
    {"dense_2/kernel", {2, {4, 25}}, CNN_ROLE_KERNEL, 144, 100, 1, 1, 1},
    {"conv2d_1/kernel", {4, {5, 5, 4, 10}}, CNN_ROLE_KERNEL, 256, 1000, 1, 1, 1},
    {"dense_3/bias", {1, {7}}, CNN_ROLE_BIAS, 1264, 7, 1, 1, 1},
};

static bool plan(kit_instance *optimizer, const kit_layout *layout, cnn_error *error)
{
    const cnn_optimizer *plugin = &optimizer->file->optimizer;
    const size_t size = sizeof optimizer->update + layout->extra;
    cnn_optimizer_plan *p = kit_buffer(layout, "plan", size, 1, 8);
    cnn_optimizer_tensor *seen =
        kit_buffer(layout, "tensors", TENSORS, sizeof *seen, _Alignof(cnn_optimizer_tensor));
    memcpy(seen, tensors, sizeof tensors);
    if (layout->readonly)
        kit_protect(seen, true);
    *p = (cnn_optimizer_plan){.struct_size = size,
                              .tensors = seen,
                              .tensor_count = TENSORS,
                              .range_most = 1000,
                              .tensor_most = 1000};
    int result = 0;
    if (plugin->plan) {
        kit_enter("plan", KIT_SETUP);
        result = plugin->plan(optimizer->self, p, error);
        kit_leave();
        kit_check_canaries();
    }
    if (result != 0 && result != -1)
        kit_fail("plan returned %d; it must return 0, or -1 by cnn_fail()", result);
    if (p->form > CNN_FORM_TENSOR || p->flags & ~(uint64_t)CNN_GLOBAL_NORM)
        kit_fail("plan left form %llu and flags %#llx; they must be those of optimizer.h",
                 (unsigned long long)p->form, (unsigned long long)p->flags);
    optimizer->update = *p;
    return result == 0;
}

static bool prepare(kit_instance *optimizer, const kit_layout *layout, cnn_error *error)
{
    const cnn_optimizer *plugin = &optimizer->file->optimizer;
    if (!plan(optimizer, layout, error))
        return false;
    if (!plugin->slots)
        return true;
    cnn_slot *slots = kit_buffer(layout, "slots", CNN_MAX_SLOTS, sizeof *slots, _Alignof(cnn_slot));
    kit_enter("slots", KIT_SETUP);
    optimizer->slot_count = plugin->slots(optimizer->self, slots);
    kit_leave();
    kit_check_canaries();
    if (optimizer->slot_count > CNN_MAX_SLOTS)
        kit_fail("slots returned %llu; at most %u are allowed",
                 (unsigned long long)optimizer->slot_count, CNN_MAX_SLOTS);
    memcpy(optimizer->slots, slots, sizeof optimizer->slots);
    return true;
}

void kit_range_numbers(float *values, uint64_t count, uint64_t salt)
{
    const cnn_random random = {salt, 3};
    for (uint64_t i = 0; i < count; i++)
        values[i] = (float)(4 * cnn_random_uniform(&random, i) - 2);
}

kit_range kit_range_new(const kit_instance *optimizer, const kit_layout *layout, uint64_t count)
{
    kit_range r = {.count = count};
    for (size_t i = 0; i < TENSORS; i++)
        if (tensors[i].count == count)
            r.tensor = &optimizer->update.tensors[i];
    r.weight = kit_buffer(layout, "weight", count, sizeof(float), 64);
    r.gradient = kit_buffer(layout, "gradient", count, sizeof(float), 64);
    if (optimizer->update.form == CNN_FORM_TWO_PASSES)
        r.update = kit_buffer(layout, "update", count, sizeof(float), 64);
    for (uint64_t k = 0; k < optimizer->slot_count; k++) {
        char name[40];
        snprintf(name, sizeof name, "state[%llu]", (unsigned long long)k);
        r.state[k] = kit_buffer(layout, name, count, sizeof(float), 64);
        for (uint64_t i = 0; i < count; i++)
            r.state[k][i] = optimizer->slots[k].initial;
    }
    return r;
}

static double norm(const float *x, uint64_t count)
{
    double sum = 0;
    for (uint64_t i = 0; x && i < count; i++)
        sum += (double)x[i] * (double)x[i];
    return sqrt(sum);
}

/* One call. Pass 1 may not move the weights. */
static void call(const kit_instance *optimizer, const kit_layout *layout, kit_range *range,
                 cnn_optimizer_step *known)
{
    const uint32_t mark = kit_arena_mark();
    const size_t size = sizeof *known + layout->extra;
    unsigned char *io = kit_buffer(layout, "io", size, 1, 8);
    float **state =
        kit_buffer(layout, "io->state", optimizer->slot_count, sizeof *state, sizeof *state);
    memset(io + sizeof *known, 0x7F, layout->extra);
    for (uint64_t k = 0; k < optimizer->slot_count; k++)
        state[k] = range->state[k];
    known->struct_size = size;
    known->state = state;
    known->scratch = kit_buffer(layout, "scratch", optimizer->update.scratch_bytes, 1, 64);
    kit_prefill(known->scratch, layout->prefill);
    memcpy(io, known, sizeof *known);
    void *const inputs[] = {io, range->gradient, state, range->weight};
    const size_t count = layout->readonly ? known->pass == 1 ? 4 : 3 : 0;
    for (size_t i = 0; i < count; i++)
        kit_protect(inputs[i], true);
    kit_enter("step", KIT_TRAIN);
    optimizer->file->optimizer.step(optimizer->self, (const cnn_optimizer_step *)(void *)io);
    kit_leave();
    for (size_t i = 0; i < count; i++)
        kit_protect(inputs[i], false);
    kit_check_canaries();
    kit_arena_reset(mark);
}

void kit_step(const kit_instance *optimizer, const kit_layout *layout, kit_range *r,
              const kit_terms *terms)
{
    const cnn_optimizer_plan *plan = &optimizer->update;
    const bool passes = plan->form == CNN_FORM_TWO_PASSES;
    cnn_optimizer_step io = {
        .count = r->count,
        .step = terms->step,
        .learning_rate = terms->rate,
        .decay_mult = terms->decay_mult,
        .gradient = r->gradient,
        .weight = r->weight,
        .tensor = plan->form == CNN_FORM_ELEMENT ? NULL : r->tensor,
        .pass = passes ? 1 : 0,
        .update = r->update,
        .gradient_norm = !(plan->flags & CNN_GLOBAL_NORM) ? 0
                         : terms->norms                   ? terms->norms[2]
                                                          : norm(r->gradient, r->count),
    };
    if (passes)
        kit_prefill(r->update, layout->prefill);
    call(optimizer, layout, r, &io);
    if (!passes)
        return;
    kit_check_written(layout, r->update, r->count, "update");
    io.pass = 2;
    io.weight_norm = terms->norms ? terms->norms[0] : norm(r->weight, r->count);
    io.update_norm = terms->norms ? terms->norms[1] : norm(r->update, r->count);
    call(optimizer, layout, r, &io);
}

static void run(kit_instance *optimizer, const kit_layout *layout, kit_bytes *out)
{
    static const uint64_t counts[] = {16, 1, 3, 17, 64, 100, 1000, 7};
    for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++) {
        const uint32_t mark = kit_arena_mark();
        kit_range r = kit_range_new(optimizer, layout, counts[k]);
        kit_where("count %llu", (unsigned long long)counts[k]);
        kit_range_numbers(r.weight, r.count, layout->salt);
        for (uint64_t step = 1; step <= 4; step++) {
            kit_range_numbers(r.gradient, r.count, 10 * layout->salt + step);
            kit_step(optimizer, layout, &r,
                     &(kit_terms){.step = step, .rate = 0.01 / (double)step, .decay_mult = 1});
        }
        kit_bytes_add(out, r.weight, r.count * sizeof(float));
        for (uint64_t s = 0; s < optimizer->slot_count; s++)
            kit_bytes_add(out, r.state[s], r.count * sizeof(float));
        kit_arena_reset(mark);
    }
    kit_where("%s", "");
}

const kit_driver kit_drive_optimizer = {1, prepare, run};
