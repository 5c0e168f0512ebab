/* fuzz_idx.c - any two files as images and labels of the idx plugin; compressed or not, the same
 * content is judged alike. */
/* link: -lz */
#include <zlib.h>

#include "base/memory.h"
#include "engine/data.h"
#include "fuzz.h"

static cnn_plugins *plugins;

/* The input is the labels' file, so many bytes as its first byte says, and then that of the images.
 */
typedef struct part {
    const uint8_t *data;
    size_t size;
} part;

static bool is_gzip(part p)
{
    return p.size >= 2 && p.data[0] == 0x1f && p.data[1] == 0x8b;
}

/* The caller frees. */
static part compress_part(part p)
{
    z_stream z = {0};
    CNN_BUG_IF(deflateInit2(&z, 1, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK);
    const uLong bound = deflateBound(&z, p.size);
    uint8_t *out = cnn_alloc(bound, 1);
    Bytef *in = cnn_alloc(p.size, 1); /* zlib takes no const */
    if (p.size > 0)
        memcpy(in, p.data, p.size);
    z.next_in = in;
    z.avail_in = (uInt)p.size;
    z.next_out = out;
    z.avail_out = (uInt)bound;
    CNN_BUG_IF(deflate(&z, Z_FINISH) != Z_STREAM_END);
    const part made = {out, bound - z.avail_out};
    deflateEnd(&z);
    free(in);
    return made;
}

static cnn_instance *open_plugin(cnn_report *report)
{
    char *text = cnn_format("idx: {path: %s, classes: 256}", fuzz_folder());
    cnn_yaml *spec = cnn_yaml_parse(text, strlen(text), "fuzz", report);
    cnn_instance *made = cnn_instance_new(plugins, CNN_KIND_DATASET, spec, report);
    CNN_BUG_IF(!made);
    cnn_yaml_free(spec);
    free(text);
    return made;
}

/* A hash of all that is shown, 0 if the files are refused. */
static uint64_t read_both(part images, part labels)
{
    cnn_report report = {0};
    cnn_data found;
    uint64_t hash = 0;
    free(fuzz_file("train-images-idx3-ubyte", images.data, images.size));
    free(fuzz_file("train-labels-idx1-ubyte", labels.data, labels.size));
    cnn_instance *dataset = open_plugin(&report);
    cnn_pipeline pipeline = {.train_data = {.dataset = dataset, .limit = INT64_MIN}};
    const bool good = cnn_data_open(&found, &pipeline, &report);
    fuzz_check(&report, good, CNN_EXIT_DATA, 0);
    if (good) {
        const cnn_dataset_view *view = &found.train.view;
        const uint8_t *bytes = view->images;
        const uint64_t size = cnn_shape_count(&view->shape);
        hash = 1 + size;
        for (uint64_t i = 0; i < view->samples; i++)
            hash = hash * 31 + (uint64_t)view->labels[i];
        for (uint64_t i = 0; i < view->samples * size; i++)
            hash = hash * 31 + bytes[i];
        hash = hash ? hash : 1;
    }
    cnn_instance_free(dataset);
    cnn_report_free(&report);
    return hash;
}

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count;
    (void)arguments;
    plugins = fuzz_plugins(CNN_KIND_DATASET);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const size_t labels_size = data[0] < size ? data[0] : size - 1;
    const part labels = {data + 1, labels_size},
               images = {data + 1 + labels_size, size - 1 - labels_size};
    const uint64_t plain = read_both(images, labels);
    if (is_gzip(images) || is_gzip(labels))
        return 0;
    const part packed_images = compress_part(images), packed_labels = compress_part(labels);
    CNN_BUG_IF(read_both(packed_images, packed_labels) != plain);
    CNN_BUG_IF(read_both(packed_images, labels) != plain);
    free((void *)(uintptr_t)packed_images.data);
    free((void *)(uintptr_t)packed_labels.data);
    return 0;
}
