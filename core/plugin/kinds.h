/* kinds.h - the table of all kinds of plugins: whatever lists kinds is made from it.
 *
 * A new kind is a row here, with
 *   - its header in include/cnnrun/, which gives its number CNN_KIND_*, the one after the last, and its
 *     descriptor, cnn_NAME;
 *   - whoever calls it;
 *   - its driver in the kit, kit_drive_NAME in tests/conformance/drive_NAME.c (without it the kit does not link);
 *   - NAME.c and NAME.yaml in command/templates, for `cnnrun new`. */
#ifndef CNN_PLUGIN_KINDS_H
#define CNN_PLUGIN_KINDS_H

#include <stdbool.h>

#include <cnnrun/callback.h>
#include <cnnrun/dataset.h>
#include <cnnrun/initializer.h>
#include <cnnrun/layer.h>
#include <cnnrun/loss.h>
#include <cnnrun/metric.h>
#include <cnnrun/optimizer.h>
#include <cnnrun/schedule.h>

/* KIND(NUMBER, NAME, PLACE, PARAMETER, FUNCTIONS...), a row a kind:
 *   NUMBER     CNN_KIND_<NUMBER>
 *   NAME       its name, that of its folder in the search path and of its templates; its descriptor is cnn_NAME
 *   PLACE      what stands before a plugin of the kind in a pipeline, for the manual of the plugin; where it
 *              ends in "- ", the plugin is an item of a list
 *   PARAMETER  a real parameter that each plugin of the kind must have, or NULL
 *   FUNCTIONS  NEEDS(NAME, FUNCTION) for each function of the descriptor that must not be NULL, or NEEDS_NOTHING */
#define CNN_EACH_KIND(KIND)                                                                        \
    KIND(INITIALIZER, initializer, "network:\n    initializer: ", NULL, NEEDS(initializer, fill))  \
    KIND(LAYER, layer, "network:\n    layers:\n      - ", NULL, NEEDS(layer, plan),                \
         NEEDS(layer, forward), NEEDS(layer, backward))                                            \
    KIND(LOSS, loss, "loss: ", NULL, NEEDS(loss, value))                                           \
    KIND(OPTIMIZER, optimizer, "optimizer: ", "learning_rate", NEEDS(optimizer, step))             \
    KIND(SCHEDULE, schedule, "schedule: ", NULL, NEEDS(schedule, rate))                            \
    KIND(DATASET, dataset, "data:\n    train: ", NULL, NEEDS(dataset, open))                        \
    KIND(CALLBACK, callback, "callbacks:\n  - ", NULL, NEEDS_NOTHING)                              \
    KIND(METRIC, metric, "metrics:\n  - ", NULL, NEEDS(metric, plan), NEEDS(metric, add),          \
         NEEDS(metric, values))

/* The number of kinds. They are numbered from 1 on. */
#define CNN_ONE_KIND_(...) +1u
#define CNN_KINDS (0u CNN_EACH_KIND(CNN_ONE_KIND_))

/* A row, to be read. */
typedef struct cnn_kind {
    const char *name;
    const char *place;
    const char *parameter;
    size_t size; /* of the descriptor, as this host knows it */
    struct {
        const char *name;
        size_t offset; /* in the descriptor */
    } required[4];     /* functions, ended by a name that is NULL */
} cnn_kind;

/* NULL for 0 and past the last. */
const cnn_kind *cnn_kind_at(uint32_t kind);
/* "loss" for CNN_KIND_LOSS, ...; NULL for 0 and past the last; 0 for an unknown name. */
const char *cnn_kind_name(uint32_t kind);
uint32_t cnn_kind_of(const char *name);

/* The size of the smallest descriptor that holds all required functions. */
uint32_t cnn_kind_least_size(const cnn_kind *kind);

#endif
