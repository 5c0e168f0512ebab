/* optimizer.h - steps of an optimizer, for the checks of optimizers. */
#ifndef KIT_OPTIMIZER_H
#define KIT_OPTIMIZER_H

#include "instance.h"

/* The arrays of one range, in guarded memory. For those that want one, it is a whole tensor. */
typedef struct kit_range {
    const cnn_optimizer_tensor *tensor;
    uint64_t count;
    float *weight, *gradient, *state[CNN_MAX_SLOTS];
    float *update; /* two passes; else NULL */
} kit_range;

/* What is handed in with a step. */
typedef struct kit_terms {
    uint64_t step;
    double rate, decay_mult;
    const double *norms; /* of weight, update and gradient, in place of the true ones; or NULL */
} kit_terms;

/* Weights 0, state as the slots say. `count` is 1, 3, 7, 16, 17, 64, 100 or 1000. */
kit_range kit_range_new(const kit_instance *optimizer, const kit_layout *layout, uint64_t count);
void kit_range_numbers(float *values, uint64_t count, uint64_t salt); /* in (-2, 2), of all sorts */
/* A step, in as many calls as the optimizer's form has. */
void kit_step(const kit_instance *optimizer, const kit_layout *layout, kit_range *range,
              const kit_terms *terms);

#endif
