/* data.c - samples: what a split gives of each, and the order of an epoch. */
#include "engine/data.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "plugin/crash.h"

cnn_random cnn_data_stream(uint64_t seed, const char *purpose, const char *name)
{
    /* FNV-1a, 64 bits, over purpose, a zero byte, and name. */
    uint64_t hash = 0xCBF29CE484222325u;
    for (const char *c = purpose; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 0x100000001B3u;
    hash *= 0x100000001B3u;
    for (const char *c = name; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 0x100000001B3u;
    return (cnn_random){seed, hash};
}

char *cnn_data_shape_text(const cnn_shape *shape)
{
    cnn_text text = {0};
    for (uint64_t i = 0; i < shape->rank; i++)
        cnn_text_add(&text, "%s%llu", i ? " x " : "", (unsigned long long)shape->dim[i]);
    return text.data;
}

bool cnn_data_alike(const cnn_dataset_view *a, const cnn_dataset_view *b)
{
    return memcmp(&a->shape, &b->shape, sizeof a->shape) == 0 && a->classes == b->classes &&
           a->target_size == b->target_size;
}

char *cnn_data_kind_text(const cnn_dataset_view *view)
{
    char *shape = cnn_data_shape_text(&view->shape);
    char *text =
        cnn_format(view->classes ? "%s in %llu classes" : "%s with targets of %llu numbers", shape,
                   (unsigned long long)cnn_data_outputs(view));
    free(shape);
    return text;
}

const cnn_split *cnn_data_split(const cnn_data *data, const char *name)
{
    if (strcmp(name, "train") == 0)
        return &data->train;
    if (strcmp(name, "test") == 0 && data->test.count > 0)
        return &data->test;
    if (strcmp(name, "validation") == 0 && data->has_validation)
        return &data->validation;
    return NULL;
}

/* ---- samples -------------------------------------------------------------------------------- */

static void note_fault(const cnn_split *split, uint64_t i, int result, const cnn_error *error)
{
    cnn_data_fault *fault = split->fault;
    int none = 0;
    if (!atomic_compare_exchange_strong(&fault->state, &none, 1))
        return;
    fault->split = split->name;
    fault->dataset = split->dataset;
    fault->sample = i;
    fault->result = result;
    fault->error = *error;
    atomic_store(&fault->state, 2);
}

static bool ask(const cnn_split *split, uint64_t i, void *image, float *target)
{
    const cnn_plugin_file *file = split->dataset->file;
    cnn_error error = {0};
    int result = 0;
    CNN_CRASH_GUARD(file, "sample",
                    result = file->dataset.sample(split->dataset->self, split->first + i, image,
                                                  target, &error));
    if (result)
        note_fault(split, i, result, &error);
    return !result;
}

bool cnn_data_failed(const cnn_data *data, cnn_report *report)
{
    cnn_data_fault *fault = data->train.fault; /* the same for all splits */
    if (!fault || fault->state != 2)
        return false;
    cnn_error error = fault->error;
    char *what = cnn_format("%s data: sample %llu: %s", fault->split,
                            (unsigned long long)fault->sample, fault->dataset->file->head.name);
    cnn_instance_refuse(fault->dataset, "sample", fault->result, what, &error, CNN_EXIT_DATA,
                        report);
    free(what);
    fault->state = 0;
    return true;
}

static uint64_t image_bytes(const cnn_dataset_view *view)
{
    return cnn_shape_count(&view->shape) * (view->element == CNN_ELEMENT_U8 ? 1 : sizeof(float));
}

bool cnn_data_image(const cnn_split *split, uint64_t i, void *out)
{
    const uint64_t bytes = image_bytes(&split->view);
    if (split->view.images)
        memcpy(out, (const char *)split->view.images + (split->first + i) * bytes, bytes);
    else if (!ask(split, i, out, NULL)) {
        memset(out, 0, bytes);
        return false;
    }
    return true;
}

bool cnn_data_target(const cnn_split *split, uint64_t i, float *out)
{
    const uint64_t size = split->view.target_size;
    if (split->view.targets)
        memcpy(out, split->view.targets + (split->first + i) * size, size * sizeof *out);
    else if (!ask(split, i, NULL, out)) {
        memset(out, 0, size * sizeof *out);
        return false;
    }
    return true;
}

double cnn_data_weight(const cnn_split *split, uint64_t i)
{
    const float *own = split->view.weights;
    return (own ? (double)own[split->first + i] : 1) *
           (split->class_weight ? split->class_weight[cnn_data_label(split, i)] : 1);
}

/* `elements` may be `out`, or its last quarter where they are bytes: each is read before it is
 * overwritten. */
static void to_floats(const cnn_dataset_view *view, const void *elements, size_t size, float *out)
{
    const float scale = (float)view->scale, offset = (float)view->offset;
    if (view->element == CNN_ELEMENT_U8) {
        const uint8_t *bytes = elements;
        for (size_t j = 0; j < size; j++)
            out[j] = (float)bytes[j] * scale + offset;
    } else {
        const float *floats = elements;
        for (size_t j = 0; j < size; j++)
            out[j] = floats[j] * scale + offset;
    }
}

void cnn_data_gather(const cnn_split *split, uint64_t i, float *out)
{
    const cnn_dataset_view *view = &split->view;
    const size_t size = cnn_shape_count(&view->shape);
    const uint64_t bytes = image_bytes(view);
    if (view->images) {
        to_floats(view, (const char *)view->images + (split->first + i) * bytes, size, out);
        return;
    }
    char *last = (char *)out + size * sizeof *out - bytes; /* where floats do not reach yet */
    (void)cnn_data_image(split, i, last);
    to_floats(view, last, size, out);
}

/* ---- order ---------------------------------------------------------------------------------- */

void cnn_data_order(uint64_t seed, uint64_t epoch, bool shuffle, uint64_t count, uint32_t *order)
{
    const cnn_random all = cnn_data_stream(seed, "order", "");
    const cnn_random random = cnn_random_split(&all, epoch);
    for (uint64_t i = 0; i < count; i++)
        order[i] = (uint32_t)i;
    for (uint64_t i = count; shuffle && i > 1; i--) {
        const uint64_t j = cnn_random_below(&random, i, i);
        const uint32_t swap = order[i - 1];
        order[i - 1] = order[j];
        order[j] = swap;
    }
}

/* The images or targets of which the view has no array: each sample once. False where the dataset
 * fails. */
static bool hash_samples(cnn_hash *hash, const cnn_split *split, bool targets)
{
    const uint64_t size = targets ? split->view.target_size : cnn_shape_count(&split->view.shape);
    const uint64_t bytes = !targets && split->view.element == CNN_ELEMENT_U8 ? size : 4 * size;
    float *sample = cnn_alloc(size, sizeof *sample);
    bool good = true;
    for (uint64_t i = 0; good && i < split->count; i++) {
        good = targets ? cnn_data_target(split, i, sample) : cnn_data_image(split, i, sample);
        cnn_hash_add(hash, sample, bytes);
    }
    free(sample);
    return good;
}

bool cnn_data_hash(const cnn_split *split, char hex[CNN_SHA256_HEX])
{
    const cnn_dataset_view *view = &split->view;
    const uint64_t facts[] = {split->count, cnn_data_outputs(view), view->element,
                              view->shape.rank};
    const double range[] = {view->scale, view->offset};
    const bool samples = !view->images || (view->target_size && !view->targets);
    bool good = true;
    cnn_hash *hash = cnn_hash_new();
    cnn_hash_add(hash, facts, sizeof facts);
    cnn_hash_add(hash, range, sizeof range);
    cnn_hash_add(hash, view->shape.dim, view->shape.rank * sizeof view->shape.dim[0]);
    if (samples && view->fingerprint) {
        cnn_hash_add(hash, &split->first, sizeof split->first);
        cnn_hash_add(hash, view->fingerprint, strlen(view->fingerprint));
    }
    if (view->images || !view->fingerprint)
        good = hash_samples(hash, split, false);
    if (view->target_size && (view->targets || !view->fingerprint))
        good = good && hash_samples(hash, split, true);
    if (view->labels)
        cnn_hash_add(hash, view->labels + split->first, split->count * sizeof view->labels[0]);
    if (view->weights)
        cnn_hash_add(hash, view->weights + split->first, split->count * sizeof view->weights[0]);
    if (split->class_weight)
        cnn_hash_add(hash, split->class_weight, view->classes * sizeof split->class_weight[0]);
    cnn_hash_end(hash, hex);
    return good;
}
