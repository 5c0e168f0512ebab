/* dataset.h - a dataset opens samples, each an image and what the network shall make of it.
 *
 * The target of a sample is a class (a label), or a vector of floats. Images, and targets that are
 * vectors, lie in memory as whole arrays, or the plugin gives them one sample at a time. They stay as
 * the dataset holds them, bytes or floats; the worker that takes a shard gathers its samples and turns
 * them into floats, `value * scale + offset`. Shuffling, batches, `limit`, `class_weight` and
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

/* Filled by open(); what it points to belongs to the plugin, does not change, and is valid until
 * fini(). The host checks all of it that lies in arrays, but for the images. */
typedef struct cnn_dataset_view {
    uint64_t struct_size;
    uint64_t samples;         /* 1 to 2^32 - 1 */
    uint64_t classes;         /* targets are classes: their number, 2 to 65536; else 0 */
    uint64_t target_size;     /* targets are vectors: the floats of one, 1 to 2^20; else 0 */
    cnn_shape shape;          /* of one image: (height, width, channels); at most 2^24 elements */
    uint64_t element;         /* CNN_ELEMENT_* */
    double scale, offset;     /* 1/255 and 0 for bytes that shall be in [0, 1]; finite, scale not 0 */
    const void *images;       /* samples * cnn_shape_count(&shape) elements, row-major; NULL: sample()
                                 writes them */
    const int32_t *labels;    /* of each sample, in [0, classes). Also with sample(), since the host
                                 counts and weighs classes. NULL where targets are vectors */
    const float *targets;     /* samples * target_size, finite; not scaled. NULL: targets are classes,
                                 or sample() writes them */
    const float *weights;     /* of each sample, finite and 0 or more: in training, its loss counts so
                                 many times. Validation and test take each sample once. NULL: all 1 */
    const char *const *names; /* of the classes: printable UTF-8 of 1 to 255 bytes, no two
                                 alike. Commands show them; class_weight takes them. NULL: classes have numbers only */
    const char *fingerprint;  /* with sample(): a text of 1 to 1024 bytes that is another one whenever
                                 what sample() writes is, such as the names, sizes and times of files.
                                 A run is resumed only with the same data. NULL: before a training,
                                 the host reads every sample once and hashes it */
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

    /* Required where the view has no images, or vectors as targets without an array of them; else it
     * is not called. [train], from any thread, several at once. Writes of sample `index`, 0 to
     * samples - 1, what the view leaves out: the image's elements to `image` (aligned as the view's
     * element) and the vector to `target`. Either may be NULL: it is not wanted. What it
     * writes depends on self and index alone: the same bits at every call. All floats are finite.
     * Returns 0, or -1 by cnn_fail() with the file and what is wrong: the run then ends with exit 4,
     * and goes on from its checkpoint when it is resumed. It may read files and allocate, at a price
     * that each training step pays; for what is read often, open files in open() and use pread(). */
    int (*sample)(const void *self, uint64_t index, void *image, float *target, cnn_error *error);
} cnn_dataset;

#define CNN_DATASET(NAME, SUMMARY, ...)                                                             \
    CNN_PLUGIN_(CNN_KIND_DATASET, cnn_dataset, NAME, SUMMARY, __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
