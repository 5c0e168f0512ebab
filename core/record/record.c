/* record.c - what a run writes, described once for those who write it and those who read it. */
#include "record/record.h"

#include <string.h>

const cnn_column cnn_columns[CNN_COLUMNS] = {
    {"epoch", offsetof(cnn_metrics_row, epoch)},
    {"loss", offsetof(cnn_metrics_row, loss)},
    {"accuracy", offsetof(cnn_metrics_row, accuracy)},
    {"val_loss", offsetof(cnn_metrics_row, val_loss)},
    {"val_accuracy", offsetof(cnn_metrics_row, val_accuracy)},
    {"learning_rate", offsetof(cnn_metrics_row, learning_rate)},
    {"seconds", offsetof(cnn_metrics_row, seconds)},
    {"images_per_second", offsetof(cnn_metrics_row, images_per_second)},
    {"step", offsetof(cnn_metrics_row, step)},
};

static const char *const outcomes[CNN_OUTCOMES] = {
    [CNN_COMPLETED] = "completed",
    [CNN_DIVERGED] = "diverged",
    [CNN_INTERRUPTED] = "interrupted",
    [CNN_FAILED] = "failed",
};

static const char *const findings[CNN_FINDING_COUNT] = {
    [CNN_FINDING_DIVERGED] = "diverged",           [CNN_FINDING_FAILED] = "failed",
    [CNN_FINDING_NOT_FINITE] = "loss_not_finite",  [CNN_FINDING_CHANCE] = "accuracy_is_chance",
    [CNN_FINDING_GRADIENTS_END] = "gradients_end", [CNN_FINDING_NO_GRADIENT] = "no_gradient",
    [CNN_FINDING_DEAD_UNITS] = "dead_units",       [CNN_FINDING_SAME_KERNELS] = "same_kernels",
    [CNN_FINDING_UNMOVED] = "weights_never_moved",
};

const char *cnn_outcome_name(cnn_outcome outcome)
{
    return outcomes[outcome];
}

cnn_outcome cnn_outcome_find(const char *name)
{
    cnn_outcome outcome = 0;
    while (outcome < CNN_OUTCOMES && (!name || strcmp(outcomes[outcome], name) != 0))
        outcome++;
    return outcome;
}

bool cnn_outcome_is_final(cnn_outcome outcome)
{
    return outcome == CNN_COMPLETED || outcome == CNN_DIVERGED;
}

const char *cnn_finding_name(cnn_finding finding)
{
    return findings[finding];
}
