/* data.h - the samples of a run: datasets opened and checked, splits, the order of an epoch. */
#ifndef CNN_ENGINE_DATA_H
#define CNN_ENGINE_DATA_H

#include <stdint.h>

#include <cnnrun/random.h>

#include "base/file.h"
#include "pipeline/pipeline.h"

#define CNN_MOST_CLASSES 65536u
#define CNN_MOST_TARGET (1u << 20) /* floats of a target */
#define CNN_MOST_NAME 255u         /* bytes of a class's name */
#define CNN_MOST_FINGERPRINT 1024u

/* The first sample that a dataset failed to give; any thread may note it, and the step or evaluation under way
 * goes on with zeros in its place. */
typedef struct cnn_data_fault {
    _Atomic int state; /* 0: none; 1: being noted; 2: noted */
    const char *split;
    const cnn_instance *dataset;
    uint64_t sample;   /* of the split */
    int result;
    cnn_error error;
} cnn_data_fault;

/* A range of a dataset's samples. */
typedef struct cnn_split {
    const char *name;      /* "train", "validation", "test" */
    cnn_dataset_view view; /* arrays belong to the dataset */
    uint64_t first, count; /* sample i of the split is sample first + i of the view */
    const cnn_instance *dataset; /* gives what the view has no array of; NULL: nothing is left out */
    const double *class_weight;  /* one a class, or NULL: all 1 */
    cnn_data_fault *fault;
} cnn_split;

typedef struct cnn_data {
    cnn_split train;
    cnn_split validation; /* feeds the val_ columns: data.validation, else the test data */
    cnn_split test;       /* count 0: none */
    bool has_validation;  /* the validation split is not the test data */
    cnn_data_fault fault; /* of all splits, which point to it: a cnn_data that is open is not moved */
} cnn_data;

/* Opens the pipeline's datasets, each with a stream of its own of the run's seed; checks what they
 * show (labels in range, weights, equal shapes and targets), cuts limits and the validation fraction, and finds the
 * classes of class_weight. Faults: CNN_EXIT_DATA, CNN_EXIT_PLUGIN where a dataset breaks its contract, or
 * CNN_EXIT_PIPELINE. */
CNN_MUST_CHECK bool cnn_data_open(cnn_data *data, cnn_pipeline *pipeline, cnn_report *report);

/* Whether two datasets have samples and targets alike: a network for one takes the other. */
bool cnn_data_alike(const cnn_dataset_view *a, const cnn_dataset_view *b);

/* What is wrong with the names of the classes, or NULL. */
const char *cnn_data_wrong_names(const cnn_dataset_view *view);

/* "28 x 28 x 1 in 10 classes", or "28 x 28 x 1 with targets of 3 numbers"; and the shape alone. The caller frees. */
char *cnn_data_kind_text(const cnn_dataset_view *view);
char *cnn_data_shape_text(const cnn_shape *shape);

/* The split of that name, or NULL. */
const cnn_split *cnn_data_split(const cnn_data *data, const char *name);

/* Floats of a network's output, as many as a target has. */
static inline uint64_t cnn_data_outputs(const cnn_dataset_view *view)
{
    return view->classes ? view->classes : view->target_size;
}

/* ---- samples; any thread -------------------------------------------------------------------- */

/* Sample i of the split as floats, cnn_shape_count(&view.shape) of them. */
void cnn_data_gather(const cnn_split *split, uint64_t i, float *out);
/* The same as the dataset has it, without scale and offset; the elements of the view into `out`.
 * False where the dataset failed, which is noted; then it is zeros. */
bool cnn_data_image(const cnn_split *split, uint64_t i, void *out);
/* Where targets are classes. */
static inline int32_t cnn_data_label(const cnn_split *split, uint64_t i)
{
    return split->view.labels[split->first + i];
}
/* Where targets are vectors: view.target_size floats. False as above. */
bool cnn_data_target(const cnn_split *split, uint64_t i, float *out);
/* How many times the loss of a sample counts in training: its own weight and its class's. */
double cnn_data_weight(const cnn_split *split, uint64_t i);

/* Main thread, while no other gathers: whether a dataset failed to give a sample; adds the fault. */
bool cnn_data_failed(const cnn_data *data, cnn_report *report);

/* SHA-256 of the facts and all samples in use, or of the fingerprint in place of what is in no array. The same data by
 * arrays and by index, without a fingerprint, have the same one. False where the dataset fails. */
CNN_MUST_CHECK bool cnn_data_hash(const cnn_split *split, char hex[CNN_SHA256_HEX]);

/* ---- order ---------------------------------------------------------------------------------- */

/* order[0..count): the samples of epoch `epoch` (from 0) in the order of training: a function of seed
 * and epoch only; Fisher and Yates's shuffle, or 0, 1, 2, ... */
void cnn_data_order(uint64_t seed, uint64_t epoch, bool shuffle, uint64_t count, uint32_t *order);

/* The stream of a purpose and a name: ("initializer", "conv2d/kernel"), ("layer", "dropout"), ... */
cnn_random cnn_data_stream(uint64_t seed, const char *purpose, const char *name);

#endif
