/* metric.h - calls of a metric, and samples for it, for the checks of metrics. */
#ifndef KIT_METRIC_H
#define KIT_METRIC_H

#include "instance.h"

/* Some samples of the size that a metric was planned for. */
typedef struct kit_samples {
    uint64_t count, size;
    float *outputs;
    int32_t *labels; /* NULL: targets are vectors */
    float *targets;  /* NULL: targets are classes */
} kit_samples;

/* In memory of the arena; the same for the same salt. */
kit_samples kit_samples_new(const kit_instance *metric, const kit_layout *layout, uint64_t count,
                            uint64_t salt);

/* Adds samples [first, first + count) as one shard; at most 16. */
void kit_metric_add(const kit_instance *metric, const kit_layout *layout,
                    const kit_samples *samples, uint64_t first, uint64_t count, double *sums);
/* Adds all of them, in shards of `shard` samples. */
void kit_metric_add_all(const kit_instance *metric, const kit_layout *layout,
                        const kit_samples *samples, uint64_t shard, double *sums);
void kit_metric_values(const kit_instance *metric, const kit_layout *layout, uint64_t samples,
                       double *sums, double *values);
/* Zeroed sums, and room for the values. */
double *kit_metric_sums(const kit_instance *metric, const kit_layout *layout);
double *kit_metric_room(const kit_instance *metric, const kit_layout *layout);

#endif
