/* optimizer.h - steps of an optimizer, for the checks of optimizers. */
#ifndef KIT_OPTIMIZER_H
#define KIT_OPTIMIZER_H

#include "instance.h"

/* The arrays of one range, in guarded memory. */
typedef struct kit_range {
    uint64_t count;
    float *weight, *gradient, *state[CNN_MAX_SLOTS];
} kit_range;

/* Weights 0, state as the slots say. */
kit_range kit_range_new(const kit_instance *optimizer, const kit_layout *layout, uint64_t count);
void kit_range_numbers(float *values, uint64_t count, uint64_t salt); /* in (-2, 2), of all sorts */
void kit_step(const kit_instance *optimizer, const kit_layout *layout, kit_range *range,
              uint64_t step, double rate);

#endif
