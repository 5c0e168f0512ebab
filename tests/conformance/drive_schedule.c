/* drive_schedule.c - how a schedule is run: whole trainings, short and long, and beyond their end.
 */
#include <stdio.h>
#include <string.h>

#include "schedule.h"

double kit_rate(const kit_instance *instance, const kit_layout *layout, cnn_schedule_point at)
{
    const uint32_t mark = kit_arena_mark();
    unsigned char *memory =
        kit_buffer(layout, "point", sizeof at + layout->extra, 1, _Alignof(cnn_schedule_point));
    memset(memory + sizeof at, 0x7F, layout->extra);
    at.struct_size = sizeof at + layout->extra;
    memcpy(memory, &at, sizeof at);
    kit_where("step %llu of %llu, %llu an epoch, base %g", (unsigned long long)at.step,
              (unsigned long long)at.total_steps, (unsigned long long)at.steps_per_epoch, at.base);
    if (layout->readonly)
        kit_protect(memory, true);
    kit_enter("rate", KIT_TRAIN);
    const double rate =
        instance->file->schedule.rate(instance->self, (const cnn_schedule_point *)(void *)memory);
    kit_leave();
    kit_check_canaries();
    kit_arena_reset(mark);
    return rate;
}

static void run(kit_instance *instance, const kit_layout *layout, kit_bytes *out)
{
    static const cnn_schedule_point trainings[] = {
        {0, 0, 10, 120, 0.1}, {0, 0, 1, 1, 1}, {0, 0, 7, 35, 1e-3}};
    for (size_t k = 0; k < sizeof trainings / sizeof trainings[0]; k++)
        for (uint64_t i = 0; i < trainings[k].total_steps + 5; i++) {
            cnn_schedule_point at = trainings[k];
            at.step = (i * 7 + layout->salt) % (trainings[k].total_steps + 5);
            const double rate = kit_rate(instance, layout, at);
            kit_bytes_add(out, &rate, sizeof rate);
        }
    kit_where("%s", "");
}

const kit_driver kit_drive_schedule = {1, NULL, run};
