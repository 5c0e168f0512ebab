/* dataset.h - a dataset opens labelled images and shows them to the host in memory.
 *
 * Images stay as the dataset holds them, bytes or floats; the worker that takes a shard gathers its
 * samples and turns them into floats, `value * scale + offset`. Shuffling, batches, `limit` and
 * validation fractions are the host's. */
#ifndef CNNRUN_DATASET_H
#define CNNRUN_DATASET_H

#include <cnnrun/plugin.h>
#include <cnnrun/random.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CNN_ELEMENT_U8 1u  /* uint8_t */
#define CNN_ELEMENT_F32 2u /* float, finite */

/* Filled by open(); the arrays belong to the plugin, do not change, and are valid until fini(). */
typedef struct cnn_dataset_view {
    uint64_t struct_size;
    uint64_t samples;      /* 1 or more */
    uint64_t classes;      /* 2 to 65536 */
    cnn_shape shape;       /* of one image: (height, width, channels) */
    uint64_t element;      /* CNN_ELEMENT_* */
    double scale, offset;  /* 1/255 and 0 for bytes that shall be in [0, 1] */
    const void *images;    /* samples * cnn_shape_count(&shape) elements, row-major */
    const int32_t *labels; /* samples; each in [0, classes), which the host checks */
} cnn_dataset_view;

typedef struct cnn_dataset {
    CNN_HEAD_FIELDS

    /* Required. [setup], once a self. Opens and checks the data and fills the view (zeroed but for
     * struct_size). `random` is keyed by the run's seed and the dataset's place (train, test,
     * validation). May replace string parameters in self (a path by the one where the files were
     * found; memory of the plugin, valid until fini): the run's pipeline.yaml is written from them.
     * Returns 0, or -1 by cnn_fail() with the file, what is wrong and what was expected: the run
     * then ends with exit 4. A file's header is a claim: nothing may be allocated on its word before
     * the size of the file bears it out. After -1, fini() is still called. */
    int (*open)(void *self, const cnn_random *random, cnn_dataset_view *view, cnn_error *error);
} cnn_dataset;

#define CNN_DATASET(NAME, SUMMARY, ...)                                                             \
    CNN_PLUGIN_(CNN_KIND_DATASET, cnn_dataset, NAME, SUMMARY, __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
