/* optimizer.h - an optimizer moves the weights by their gradients.
 *
 * All trained weights lie in one array, their gradients in a second of the same order, and each of
 * the optimizer's state arrays is as long. The host cuts them into ranges, divides the ranges among
 * the threads, and calls step() once a range: so step() treats every element alike and alone. Where
 * the cuts lie depends on the network only, never on the number of threads. */
#ifndef CNNRUN_OPTIMIZER_H
#define CNNRUN_OPTIMIZER_H

#include <cnnrun/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CNN_MAX_SLOTS 8u

/* One state array: one float per weight, kept between steps and in the checkpoint. */
typedef struct cnn_slot {
    const char *name; /* [a-z][a-z0-9_]*; names the tensors `optimizer/NAME/LAYER/kernel` */
    float initial;    /* every element's value before the first step */
    uint32_t reserved; /* 0 */
} cnn_slot;

/* One range of elements; arrays are 64-byte aligned and do not overlap. */
typedef struct cnn_optimizer_step {
    uint64_t struct_size;
    uint64_t count;        /* elements in this range, 1 or more */
    uint64_t step;         /* of the training, 1 is the first */
    double learning_rate;  /* of this step, from the schedule */
    const float *gradient; /* of the batch's mean loss */
    float *weight;         /* read and updated in place */
    float *const *state;   /* one pointer a slot, updated in place */
} cnn_optimizer_step;

/* An optimizer must have a real parameter `learning_rate`: the schedule's base. step() uses the rate
 * handed in, not the parameter. */
typedef struct cnn_optimizer {
    CNN_HEAD_FIELDS

    /* Optional. [setup] Fills slots[0..n) and returns n, at most CNN_MAX_SLOTS. NULL: no state. */
    uint64_t (*slots)(const void *self, cnn_slot slots[CNN_MAX_SLOTS]);

    /* Required. [train] Updates weight[0..count) and the state. Element i of the outcome depends on
     * element i of the arrays only. */
    void (*step)(const void *self, const cnn_optimizer_step *io);
} cnn_optimizer;

#define CNN_OPTIMIZER(NAME, SUMMARY, ...)                                                           \
    CNN_PLUGIN_(CNN_KIND_OPTIMIZER, cnn_optimizer, NAME, SUMMARY, __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
