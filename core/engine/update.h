/* update.h - the optimizer's part of a step: its form, the ranges of weights that it takes, its norms.
 *
 * A range is what one call of the optimizer gets (include/cnnrun/optimizer.h). In the element form, ranges
 * are blocks of runs of tensors with equal factors; with two passes, blocks of one tensor; in the tensor
 * form, whole tensors. They depend on the network only. */
#ifndef CNN_ENGINE_UPDATE_H
#define CNN_ENGINE_UPDATE_H

#include "engine/network.h"

#define CNN_UPDATE_BLOCK 16384u /* floats of weights that one job of the optimizer takes */

typedef struct cnn_range {
    uint64_t first, count;              /* floats, in network->weights */
    const cnn_optimizer_tensor *tensor; /* NULL: of several */
    double lr_mult, decay_mult;
    size_t head, in_tensor;             /* the first range of its tensor, and so many the tensor has */
} cnn_range;

/* Sums of squares over a range, or over all of a tensor. */
typedef struct cnn_norms {
    double weight, update, gradient;
} cnn_norms;

typedef struct cnn_update {
    cnn_slot slots[CNN_MAX_SLOTS];
    size_t slot_count;
    cnn_optimizer_plan plan;
    cnn_optimizer_tensor *tensors; /* as those of the network */
    cnn_range *ranges;
    size_t range_count;
} cnn_update;

/* Asks the optimizer for its plan and its slots, and cuts the weights into ranges; on zeroed memory. Faults:
 * CNN_EXIT_PIPELINE where it refuses, CNN_EXIT_PLUGIN where it breaks its contract. Free in any case. */
CNN_MUST_CHECK bool cnn_update_plan(cnn_update *update, const cnn_instance *optimizer,
                                    const cnn_network *network, cnn_report *report);
void cnn_update_free(cnn_update *update);

#endif
