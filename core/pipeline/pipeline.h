/* pipeline.h - what a pipeline file means: its plugins as instances, its settings as numbers.
 *
 * Reads the whole tree, reports all mistakes it finds, and writes the pipeline back with every
 * default in it. Knows nothing of shapes (network.h) or of the data's contents (data.h). */
#ifndef CNN_PIPELINE_PIPELINE_H
#define CNN_PIPELINE_PIPELINE_H

#include <stdint.h>

#include "pipeline/graph.h"
#include "plugin/host_param.h"
#include "record/record.h"

#define CNN_MAX_METRICS 8 /* that a pipeline may list beside accuracy */

/* One layer of the network, or an `activation:` that follows one. */
typedef struct cnn_layer_spec {
    CNN_PLACED_FIELDS(layer)
    char *name;          /* unique; "conv2d_1" where the pipeline gives none */
    size_t index;        /* its place in `layers` */
    size_t inputs[CNN_MAX_INPUTS]; /* places of the layers whose outputs it takes; CNN_IMAGES: the images */
    size_t input_count;
    size_t uses;         /* the number of layers that take its output */
    cnn_instance *own_activation; /* of its `activation:`, until that is a layer of its own, the next one */
    bool activated;      /* it has one */
    bool activation;     /* it stands as `activation:` of the layer before */
    bool has_kernel;     /* while the pipeline is written back: its activation is named, too */
    cnn_instance *kernel_initializer, *bias_initializer; /* NULL: not given */
    cnn_mark kernel_mark, bias_mark; /* where they were given; line 0 if not */
    bool kernel_given, bias_given;
    int32_t trainable;   /* 0: its weights stay as they are */
    double lr_mult[2], decay_mult[2]; /* of kernels and scales, and of biases: multiply the learning rate, and the weight
                                         decay */
} cnn_layer_spec;

/* What the network chose for a layer, for the pipeline written back. NULL: the layer needs none. */
typedef struct cnn_layer_choice {
    bool has_kernel; /* then the resolved pipeline names the layer's activation */
    cnn_instance *kernel_initializer, *bias_initializer;
} cnn_layer_choice;

/* A dataset and the number of its first samples to use; limit INT64_MIN: all. */
typedef struct cnn_data_spec {
    CNN_PLACED_FIELDS(dataset)
    int64_t limit;
    cnn_numbers class_weight;           /* by number or name of a class; data_open.c finds it */
    const cnn_mark *class_weight_marks; /* where each stands */
} cnn_data_spec;

/* The optimizer, and what the host does around it. An option that is NaN or 0 is off. */
typedef struct cnn_optimizer_spec {
    CNN_PLACED_FIELDS(instance)
    cnn_optimizer_options options;
    cnn_texts decay_exclude;            /* roles, and names of tensors or layers; update_plan.c finds them */
    const cnn_mark *decay_exclude_marks; /* where each stands */
} cnn_optimizer_spec;

/* `train:`. All structs here are filled through the parameter tables of tables.c. */
typedef struct cnn_train_spec {
    int64_t epochs, batch_size, threads; /* threads INT64_MIN: the CPUs allowed */
    int64_t steps;          /* INT64_MIN: as many as the epochs have; else the epochs count for nothing */
    int64_t validate_every; /* steps; INT64_MIN: after each epoch alone */
    int32_t shuffle;
    int32_t on_nonfinite; /* 0: stop, 1: continue */
} cnn_train_spec;

/* `train: checkpoint:`. One is written after each epoch in any case. */
typedef struct cnn_checkpoint_spec {
    int64_t every_steps;  /* INT64_MIN: by time alone */
    double every_seconds; /* 0: not by time */
    int64_t keep;         /* files */
} cnn_checkpoint_spec;

typedef struct cnn_pipeline {
    const char *name;           /* in `memory` */
    int64_t seed;
    cnn_data_spec train_data, test_data, validation_data;
    double validation_fraction; /* of the training data; 0: none */
    cnn_mark validation_mark;
    cnn_instance *initializer;  /* for every kernel */
    cnn_layer_spec *layers;     /* with its number right after it, as CNN_PLUGINS wants it */
    size_t layer_count;
    cnn_instance *loss, *schedule;
    cnn_optimizer_spec optimizer;
    cnn_instance **metrics;     /* and losses; accuracy is the first one, listed or not */
    size_t metric_count;
    cnn_instance **callbacks;   /* in the order of the list, with their number right after it */
    size_t callback_count;
    cnn_train_spec train;
    cnn_checkpoint_spec checkpoint;
    cnn_plugins *plugins;       /* not owned */
    cnn_param_memory memory;
} cnn_pipeline;

/* Reads the tree, which may be freed afterwards (its file name may not). NULL with faults: those of
 * the file are CNN_EXIT_PIPELINE, those of plugins CNN_EXIT_PLUGIN. */
CNN_MUST_CHECK cnn_pipeline *cnn_pipeline_new(cnn_plugins *plugins, const cnn_yaml *root, cnn_report *report);
void cnn_pipeline_free(cnn_pipeline *pipeline);

/* The pipeline with every default written out; `choices` has layer_count entries, the network's. Call it
 * once data is there, since a dataset may have found its files elsewhere. The caller frees. */
cnn_yaml *cnn_pipeline_resolved(const cnn_pipeline *pipeline, const cnn_layer_choice *choices);

/* Whether the layer takes just the output of the layer before it; and how the pipeline calls its input i, "input" for
 * the images. */
bool cnn_layer_follows(const cnn_layer_spec *layer);
const char *cnn_layer_input_name(const cnn_layer_spec *layer, size_t i);

/* The steps of an epoch, and of the whole training, on data of `samples` samples. */
uint64_t cnn_pipeline_epoch_steps(const cnn_pipeline *pipeline, uint64_t samples);
uint64_t cnn_pipeline_steps(const cnn_pipeline *pipeline, uint64_t samples);
/* Whether rows of metrics.csv may end within an epoch, so that they say at which step. */
bool cnn_pipeline_counts_steps(const cnn_pipeline *pipeline);

/* Whether it is the metric that has columns of its own; and takes it out where the pipeline did not list it, for data
 * in which it has no meaning. */
bool cnn_pipeline_is_accuracy(const cnn_instance *metric);
void cnn_pipeline_spare_accuracy(cnn_pipeline *pipeline);

#endif
