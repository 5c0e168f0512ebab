/* data.c - the samples of a run: datasets opened and checked, splits, the order of an epoch. */
#include "engine/data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

static bool broken(const cnn_data_spec *spec, cnn_report *report, const char *what)
{
    return cnn_report_add(report, CNN_EXIT_PLUGIN, spec->mark,
                          "dataset '%s' (%s) breaks its contract: %s",
                          spec->dataset->file->head.name, spec->dataset->file->path, what);
}

static bool check_view(const cnn_data_spec *spec, const cnn_dataset_view *view, cnn_report *report)
{
    uint64_t size = 1;
    if (view->samples < 1 || view->samples > UINT32_MAX)
        return broken(spec, report, "samples must be 1 to 2^32 - 1");
    if (view->classes < 2 || view->classes > 65536)
        return broken(spec, report, "classes must be 2 to 65536");
    if (view->shape.rank < 1 || view->shape.rank > CNN_MAX_RANK)
        return broken(spec, report, "shape.rank must be 1 to 4");
    for (uint64_t i = 0; i < view->shape.rank; i++) {
        if (view->shape.dim[i] < 1 || view->shape.dim[i] > 1u << 24 ||
            (size *= view->shape.dim[i]) > 1u << 24)
            return broken(spec, report, "an image must hold 1 to 2^24 elements");
    }
    if (view->element != CNN_ELEMENT_U8 && view->element != CNN_ELEMENT_F32)
        return broken(spec, report, "element must be CNN_ELEMENT_U8 or CNN_ELEMENT_F32");
    if (!view->images || !view->labels)
        return broken(spec, report, "images or labels is NULL");
    if (!isfinite(view->scale) || !isfinite(view->offset))
        return broken(spec, report, "scale or offset is not finite");
    return true;
}

static bool check_labels(const cnn_data_spec *spec, const cnn_split *split, cnn_report *report)
{
    for (uint64_t i = 0; i < split->count; i++) {
        const int32_t label = cnn_data_label(split, i);
        if (label < 0 || (uint64_t)label >= split->view.classes)
            return cnn_report_add(
                report, CNN_EXIT_DATA, spec->mark,
                "%s data: the label of sample %llu is %d; with %llu classes it must "
                "be 0 to %llu",
                split->name, (unsigned long long)i, label, (unsigned long long)split->view.classes,
                (unsigned long long)split->view.classes - 1);
    }
    return true;
}

static bool open_split(cnn_split *split, const char *name, const cnn_data_spec *spec, uint64_t seed,
                       cnn_report *report)
{
    const cnn_random random = cnn_data_stream(seed, "data", name);
    cnn_error error = {{0}};
    *split = (cnn_split){.name = name, .view = {.struct_size = sizeof split->view}};
    int failed = 0;
    CNN_CRASH_GUARD(spec->dataset->file, "open",
                    failed = spec->dataset->file->dataset.open(spec->dataset->self, &random,
                                                               &split->view, &error));
    if (failed) {
        char *what = cnn_format("%s data: %s", name, spec->dataset->file->head.name);
        cnn_instance_refuse(spec->dataset, "open", failed, what, &error, CNN_EXIT_DATA, report);
        free(what);
        return false;
    }
    if (!check_view(spec, &split->view, report))
        return false;
    split->count = split->view.samples;
    if (spec->limit != INT64_MIN && (uint64_t)spec->limit < split->count)
        split->count = (uint64_t)spec->limit;
    return check_labels(spec, split, report);
}

char *cnn_data_shape_text(const cnn_shape *shape)
{
    cnn_text text = {0};
    for (uint64_t i = 0; i < shape->rank; i++)
        cnn_text_add(&text, "%s%llu", i ? " x " : "", (unsigned long long)shape->dim[i]);
    return text.data;
}

static bool same_kind(const cnn_split *train, const cnn_split *other, cnn_mark mark,
                      cnn_report *report)
{
    const cnn_dataset_view *a = &other->view, *b = &train->view;
    if (memcmp(&a->shape, &b->shape, sizeof a->shape) == 0 && a->classes == b->classes)
        return true;
    char *ours = cnn_data_shape_text(&a->shape), *theirs = cnn_data_shape_text(&b->shape);
    cnn_report_add(
        report, CNN_EXIT_DATA, mark,
        "%s data: images are %s in %llu classes; they must be like the training data's, %s in "
        "%llu classes",
        other->name, ours, (unsigned long long)a->classes, theirs, (unsigned long long)b->classes);
    free(ours);
    free(theirs);
    return false;
}

/* The last samples of the training data, as Keras's validation_split takes them. */
static bool cut_validation(cnn_data *data, const cnn_pipeline *p, cnn_report *report)
{
    const uint64_t count = (uint64_t)((double)data->train.count * p->validation_fraction);
    if (count < 1 || count >= data->train.count)
        return cnn_report_add(
            report, CNN_EXIT_DATA, p->validation_mark,
            "data.validation: a fraction of %g of %llu training samples leaves no "
            "sample for one of the two",
            p->validation_fraction, (unsigned long long)data->train.count);
    data->train.count -= count;
    data->validation = data->train;
    data->validation.name = "validation";
    data->validation.first = data->train.first + data->train.count;
    data->validation.count = count;
    return true;
}

bool cnn_data_open(cnn_data *data, cnn_pipeline *p, cnn_report *report)
{
    const uint64_t seed = (uint64_t)p->seed;
    *data = (cnn_data){0};
    bool good = open_split(&data->train, "train", &p->train_data, seed, report);
    if (p->test_data.dataset)
        good = open_split(&data->test, "test", &p->test_data, seed, report) && good &&
               same_kind(&data->train, &data->test, p->test_data.mark, report);
    data->has_validation = p->validation_data.dataset || p->validation_fraction > 0;
    if (p->validation_data.dataset)
        good = open_split(&data->validation, "validation", &p->validation_data, seed, report) &&
               good && same_kind(&data->train, &data->validation, p->validation_data.mark, report);
    if (good && p->validation_fraction > 0)
        good = cut_validation(data, p, report);
    if (!data->has_validation)
        data->validation = data->test;
    return good;
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

void cnn_data_gather(const cnn_split *split, uint64_t i, float *out)
{
    const cnn_dataset_view *view = &split->view;
    const size_t size = cnn_shape_count(&view->shape), start = (size_t)(split->first + i) * size;
    const float scale = (float)view->scale, offset = (float)view->offset;
    if (view->element == CNN_ELEMENT_U8) {
        const uint8_t *bytes = (const uint8_t *)view->images + start;
        for (size_t j = 0; j < size; j++)
            out[j] = (float)bytes[j] * scale + offset;
    } else {
        const float *floats = (const float *)view->images + start;
        for (size_t j = 0; j < size; j++)
            out[j] = floats[j] * scale + offset;
    }
}

int32_t cnn_data_label(const cnn_split *split, uint64_t i)
{
    return split->view.labels[split->first + i];
}

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
