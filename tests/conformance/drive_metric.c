/* drive_metric.c - how a metric is run: outputs of several sizes, with classes and with vectors as
 * targets, in shards. */
#include "metric.h"

#include <stdio.h>
#include <string.h>

static const struct {
    uint64_t size, classes;
} variants[] = {{10, 10}, {2, 2}, {3, 3}, {17, 17}, {5, 0}, {1, 0}};

static void judge(const kit_instance *metric, int result)
{
    const cnn_metric_plan *plan = &metric->metric_plan;
    if (result != 0 && result != -1 && result != CNN_NO_MEMORY)
        kit_fail("plan returned %d; it must return 0, -1 by cnn_fail(), or CNN_NO_MEMORY", result);
    if (result == 0 && (plan->sums == 0 || plan->sums > CNN_MAX_SUMS))
        kit_fail("plan asks for %llu sums; it must ask for 1 to %u", (unsigned long long)plan->sums,
                 CNN_MAX_SUMS);
    if (result == 0 && (plan->values == 0 || plan->values > CNN_MAX_VALUES))
        kit_fail("plan gives %llu values; it must give 1 to %u", (unsigned long long)plan->values,
                 CNN_MAX_VALUES);
    if (result == 0 && plan->values > 1 && !plan->names)
        kit_fail("plan gives %llu values without names", (unsigned long long)plan->values);
}

static bool prepare(kit_instance *metric, const kit_layout *layout, cnn_error *error)
{
    const size_t size = sizeof metric->metric_plan + layout->extra;
    cnn_metric_plan *plan = kit_buffer(layout, "plan", size, 1, 8);
    memset((char *)plan + sizeof *plan, 0x7F, layout->extra);
    plan->struct_size = size;
    plan->size = variants[metric->variant].size;
    plan->classes = variants[metric->variant].classes;
    kit_enter("plan", KIT_SETUP);
    const int result = metric->file->metric.plan(metric->self, plan, error);
    kit_leave();
    kit_check_canaries();
    metric->metric_plan = *plan;
    judge(metric, result);
    return result == 0;
}

kit_samples kit_samples_new(const kit_instance *metric, const kit_layout *layout, uint64_t count,
                            uint64_t salt)
{
    const cnn_random random = {salt, 11};
    const cnn_metric_plan *plan = &metric->metric_plan;
    const uint64_t floats = count * plan->size;
    kit_samples s = {.count = count, .size = plan->size};
    s.outputs = kit_buffer(layout, "outputs", floats, sizeof(float), 4);
    if (plan->classes)
        s.labels = kit_buffer(layout, "labels", count, sizeof *s.labels, sizeof *s.labels);
    else
        s.targets = kit_buffer(layout, "targets", floats, sizeof(float), 4);
    for (uint64_t i = 0; i < floats; i++) {
        s.outputs[i] = (float)cnn_random_uniform(&random, 2 * i);
        if (s.targets)
            s.targets[i] = (float)cnn_random_uniform(&random, 2 * i + 1);
    }
    for (uint64_t i = 0; s.labels && i < count; i++)
        s.labels[i] = (int32_t)cnn_random_below(&random, floats + i, (uint32_t)plan->classes);
    return s;
}

void kit_metric_add(const kit_instance *metric, const kit_layout *layout,
                    const kit_samples *samples, uint64_t first, uint64_t count, double *sums)
{
    const uint32_t mark = kit_arena_mark();
    const size_t size = sizeof(cnn_metric_shard) + layout->extra;
    unsigned char *memory = kit_buffer(layout, "shard", size, 1, 8);
    const uint64_t at = first * samples->size;
    const cnn_metric_shard shard = {.struct_size = size,
                                    .samples = count,
                                    .size = samples->size,
                                    .outputs = samples->outputs + at,
                                    .labels = samples->labels ? samples->labels + first : NULL,
                                    .targets = samples->targets ? samples->targets + at : NULL};
    memset(memory + sizeof shard, 0x7F, layout->extra);
    memcpy(memory, &shard, sizeof shard);
    if (layout->readonly) {
        kit_protect(memory, true);
        kit_protect(samples->outputs, true);
        kit_protect(samples->labels ? (void *)samples->labels : samples->targets, true);
    }
    kit_enter("add", KIT_TRAIN);
    metric->file->metric.add(metric->self, (const cnn_metric_shard *)(void *)memory, sums);
    kit_leave();
    kit_check_canaries();
    kit_arena_reset(mark);
}

void kit_metric_add_all(const kit_instance *metric, const kit_layout *layout,
                        const kit_samples *samples, uint64_t shard, double *sums)
{
    for (uint64_t i = 0; i < samples->count; i += shard)
        kit_metric_add(metric, layout, samples, i,
                       samples->count - i < shard ? samples->count - i : shard, sums);
}

void kit_metric_values(const kit_instance *metric, const kit_layout *layout, uint64_t samples,
                       double *sums, double *values)
{
    kit_prefill(values, layout->prefill);
    if (layout->readonly)
        kit_protect(sums, true);
    kit_enter("values", KIT_TRAIN);
    metric->file->metric.values(metric->self, samples, sums, values);
    kit_leave();
    if (layout->readonly)
        kit_protect(sums, false);
    kit_check_written_doubles(layout, values, metric->metric_plan.values, "values");
    kit_check_canaries();
}

double *kit_metric_sums(const kit_instance *metric, const kit_layout *layout)
{
    return kit_buffer(layout, "sums", metric->metric_plan.sums, sizeof(double), sizeof(double));
}

double *kit_metric_room(const kit_instance *metric, const kit_layout *layout)
{
    return kit_buffer(layout, "values", metric->metric_plan.values, sizeof(double), sizeof(double));
}

static void run(kit_instance *metric, const kit_layout *layout, kit_bytes *out)
{
    static const uint64_t counts[] = {16, 1, 3, 50};
    for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++) {
        const uint32_t mark = kit_arena_mark();
        const kit_samples samples = kit_samples_new(metric, layout, counts[k], layout->salt + k);
        double *sums = kit_metric_sums(metric, layout), *values = kit_metric_room(metric, layout);
        kit_where("%llu outputs of %llu floats", (unsigned long long)counts[k],
                  (unsigned long long)samples.size);
        kit_metric_add_all(metric, layout, &samples, 16, sums);
        kit_metric_values(metric, layout, samples.count, sums, values);
        kit_bytes_add(out, sums, metric->metric_plan.sums * sizeof *sums);
        kit_bytes_add(out, values, metric->metric_plan.values * sizeof *values);
        kit_arena_reset(mark);
    }
    kit_where("%s", "");
}

const kit_driver kit_drive_metric = {sizeof variants / sizeof variants[0], prepare, run};
