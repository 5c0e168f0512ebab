/* update.h - the optimizer's part of a step: its form, the ranges of weights that it takes, its norms, and
 * what the options of every optimizer do around it.
 *
 * A range is what one call of the optimizer gets (include/cnnrun/optimizer.h). In the element form, ranges
 * are blocks of runs of tensors with equal factors; with two passes, or where each tensor's gradient is
 * clipped, blocks of one tensor; in the tensor form, whole tensors. They depend on the network and the
 * options only. */
#ifndef CNN_ENGINE_UPDATE_H
#define CNN_ENGINE_UPDATE_H

#include "engine/network.h"

#define CNN_UPDATE_BLOCK 16384u /* floats of weights that one job of the optimizer takes */

typedef struct cnn_range {
    uint64_t first, count;              /* floats, in network->weights */
    const cnn_optimizer_tensor *tensor; /* in which it begins */
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
    /* options that make another gradient of the loss's: any; by the norm of each tensor, of all */
    bool shapes, clips_tensors, clips_all;
} cnn_update;

/* Asks the optimizer for its plan and its slots, and cuts the weights into ranges; on zeroed memory. Faults:
 * CNN_EXIT_PIPELINE where it refuses, CNN_EXIT_PLUGIN where it breaks its contract. Free in any case. */
CNN_MUST_CHECK bool cnn_update_plan(cnn_update *update, const cnn_optimizer_spec *spec,
                                    const cnn_network *network, cnn_report *report);
void cnn_update_free(cnn_update *update);

/* Whether each word of `decay_exclude` names something of the network; else a fault. */
CNN_MUST_CHECK bool cnn_update_check(const cnn_optimizer_spec *spec, const cnn_network *network,
                                     cnn_report *report);

#endif
