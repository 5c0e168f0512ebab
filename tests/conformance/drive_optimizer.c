/* drive_optimizer.c - how an optimizer is run: some steps on ranges of awkward sizes. */
#include <stdio.h>
#include <string.h>

#include "optimizer.h"

static bool prepare(kit_instance *optimizer, const kit_layout *layout, cnn_error *error)
{
    const cnn_optimizer *plugin = &optimizer->file->optimizer;
    (void)error;
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
    r.weight = kit_buffer(layout, "weight", count, sizeof(float), 64);
    r.gradient = kit_buffer(layout, "gradient", count, sizeof(float), 64);
    for (uint64_t k = 0; k < optimizer->slot_count; k++) {
        char name[40];
        snprintf(name, sizeof name, "state[%llu]", (unsigned long long)k);
        r.state[k] = kit_buffer(layout, name, count, sizeof(float), 64);
        for (uint64_t i = 0; i < count; i++)
            r.state[k][i] = optimizer->slots[k].initial;
    }
    return r;
}

void kit_step(const kit_instance *optimizer, const kit_layout *layout, kit_range *range,
              uint64_t step, double rate)
{
    const uint32_t mark = kit_arena_mark();
    const size_t size = sizeof(cnn_optimizer_step) + layout->extra;
    unsigned char *io = kit_buffer(layout, "io", size, 1, 8);
    float **state =
        kit_buffer(layout, "io->state", optimizer->slot_count, sizeof *state, sizeof *state);
    memset(io + sizeof(cnn_optimizer_step), 0x7F, layout->extra);
    for (uint64_t k = 0; k < optimizer->slot_count; k++)
        state[k] = range->state[k];
    const cnn_optimizer_step known = {.struct_size = size,
                                      .count = range->count,
                                      .step = step,
                                      .learning_rate = rate,
                                      .gradient = range->gradient,
                                      .weight = range->weight,
                                      .state = state};
    memcpy(io, &known, sizeof known);
    if (layout->readonly) {
        kit_protect(io, true);
        kit_protect(range->gradient, true);
        kit_protect(state, true);
    }
    kit_enter("step", KIT_TRAIN);
    optimizer->file->optimizer.step(optimizer->self, (const cnn_optimizer_step *)(void *)io);
    kit_leave();
    if (layout->readonly)
        kit_protect(range->gradient, false);
    kit_check_canaries();
    kit_arena_reset(mark);
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
            kit_step(optimizer, layout, &r, step, 0.01 / (double)step);
        }
        kit_bytes_add(out, r.weight, r.count * sizeof(float));
        for (uint64_t s = 0; s < optimizer->slot_count; s++)
            kit_bytes_add(out, r.state[s], r.count * sizeof(float));
        kit_arena_reset(mark);
    }
    kit_where("%s", "");
}

const kit_driver kit_drive_optimizer = {1, prepare, run};
