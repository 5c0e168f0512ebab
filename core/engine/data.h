/* data.h - the samples of a run: datasets opened and checked, splits, the order of an epoch. */
#ifndef CNN_ENGINE_DATA_H
#define CNN_ENGINE_DATA_H

#include <stdint.h>

#include <cnnrun/random.h>

#include "pipeline/pipeline.h"

/* A range of a dataset's samples. */
typedef struct cnn_split {
    const char *name;      /* "train", "validation", "test" */
    cnn_dataset_view view; /* arrays belong to the dataset */
    uint64_t first, count; /* sample i of the split is sample first + i of the view */
} cnn_split;

typedef struct cnn_data {
    cnn_split train;
    cnn_split validation; /* feeds the val_ columns: data.validation, else the test data */
    cnn_split test;       /* count 0: none */
    bool has_validation;  /* the validation split is not the test data */
} cnn_data;

/* Opens the pipeline's datasets, each with a stream of its own of the run's seed; checks what they
 * show (labels in range, equal shapes and classes) and cuts limits and the validation fraction.
 * Faults: CNN_EXIT_DATA, or CNN_EXIT_PLUGIN where a dataset breaks its contract. */
CNN_MUST_CHECK bool cnn_data_open(cnn_data *data, cnn_pipeline *pipeline, cnn_report *report);

/* "26 x 26 x 32"; the caller frees. */
char *cnn_data_shape_text(const cnn_shape *shape);

/* The split of that name, or NULL. */
const cnn_split *cnn_data_split(const cnn_data *data, const char *name);

/* Sample i of the split as floats, cnn_shape_count(&view.shape) of them. */
void cnn_data_gather(const cnn_split *split, uint64_t i, float *out);
int32_t cnn_data_label(const cnn_split *split, uint64_t i);

/* order[0..count): the samples of epoch `epoch` (from 0) in the order of training: a function of seed
 * and epoch only; Fisher and Yates's shuffle, or 0, 1, 2, ... */
void cnn_data_order(uint64_t seed, uint64_t epoch, bool shuffle, uint64_t count, uint32_t *order);

/* The stream of a purpose and a name: ("initializer", "conv2d/kernel"), ("layer", "dropout"), ... */
cnn_random cnn_data_stream(uint64_t seed, const char *purpose, const char *name);

#endif
