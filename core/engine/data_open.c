/* data_open.c - datasets opened and checked, and cut into splits. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "engine/data.h"
#include "plugin/crash.h"

/* Shape and elements of the images. */
static const char *wrong_images(const cnn_dataset_view *view, bool has_sample)
{
    uint64_t size = 1;
    if (view->shape.rank < 1 || view->shape.rank > CNN_MAX_RANK)
        return "shape.rank must be 1 to 4";
    for (uint64_t i = 0; i < view->shape.rank; i++)
        if (view->shape.dim[i] < 1 || view->shape.dim[i] > 1u << 24 ||
            (size *= view->shape.dim[i]) > 1u << 24)
            return "an image must hold 1 to 2^24 elements";
    if (view->element != CNN_ELEMENT_U8 && view->element != CNN_ELEMENT_F32)
        return "element must be CNN_ELEMENT_U8 or CNN_ELEMENT_F32";
    if (!isfinite(view->scale) || !isfinite(view->offset) || view->scale == 0)
        return "scale or offset is not finite, or scale is 0";
    if (!view->images && !has_sample)
        return "images is NULL, and there is no function sample";
    return NULL;
}

static const char *wrong_targets(const cnn_dataset_view *view, bool has_sample)
{
    if (view->classes && view->target_size)
        return "both classes and target_size are given; targets are either";
    if (!view->target_size && (view->classes < 2 || view->classes > CNN_MOST_CLASSES))
        return "classes must be 2 to 65536, or target_size 1 or more";
    if (view->classes && (!view->labels || view->targets))
        return "labels is NULL, or there are targets beside classes";
    if (view->target_size > CNN_MOST_TARGET)
        return "target_size must be at most 2^20";
    if (view->target_size && (view->labels || view->names))
        return "labels or names are given, but targets are vectors";
    if (view->target_size && !view->targets && !has_sample)
        return "targets is NULL, and there is no function sample";
    return NULL;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_name(const char *name)
{
    const size_t length = name ? strnlen(name, CNN_MOST_NAME + 1) : 0;
    char *shown = length && length <= CNN_MOST_NAME ? cnn_printable(name, "") : NULL;
    const bool good = shown && strcmp(shown, name) == 0;
    free(shown);
    return good;
}

const char *cnn_data_wrong_names(const cnn_dataset_view *view)
{
    bool good = true, twice = false;
    for (uint64_t c = 0; view->names && good && c < view->classes; c++)
        good = is_name(view->names[c]);
    if (!good)
        return "the name of a class must be printable UTF-8 of 1 to 255 bytes";
    if (!view->names)
        return NULL;
    const char **sorted = cnn_alloc(view->classes, sizeof *sorted);
    memcpy(sorted, view->names, view->classes * sizeof *sorted);
    qsort(sorted, view->classes, sizeof *sorted, by_text);
    for (uint64_t c = 1; c < view->classes; c++)
        twice |= strcmp(sorted[c - 1], sorted[c]) == 0;
    free(sorted);
    return twice ? "two classes have the same name" : NULL;
}

static bool check_view(const cnn_data_spec *spec, const cnn_dataset_view *view, cnn_report *report)
{
    const bool has_sample = spec->dataset->file->dataset.sample != NULL;
    const char *wrong = NULL;
    if (view->samples < 1 || view->samples > UINT32_MAX)
        wrong = "samples must be 1 to 2^32 - 1";
    if (!wrong)
        wrong = wrong_images(view, has_sample);
    if (!wrong)
        wrong = wrong_targets(view, has_sample);
    if (!wrong)
        wrong = cnn_data_wrong_names(view);
    if (!wrong && view->fingerprint) {
        const size_t length = strnlen(view->fingerprint, CNN_MOST_FINGERPRINT + 1);
        if (length < 1 || length > CNN_MOST_FINGERPRINT)
            wrong = "fingerprint must have 1 to 1024 bytes";
    }
    return !wrong ||
           cnn_report_add(report, CNN_EXIT_PLUGIN, spec->mark,
                          "dataset '%s' (%s) breaks its contract: %s",
                          spec->dataset->file->head.name, spec->dataset->file->path, wrong);
}

static bool check_labels(const cnn_data_spec *spec, const cnn_split *split, cnn_report *report)
{
    for (uint64_t i = 0; split->view.labels && i < split->count; i++) {
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

/* Weights, and vectors in an array. */
static bool check_numbers(const cnn_data_spec *spec, const cnn_split *split, cnn_report *report)
{
    const float *weights = split->view.weights, *targets = split->view.targets;
    const uint64_t size = split->view.target_size;
    for (uint64_t i = 0; weights && i < split->count; i++)
        if (!(weights[i] >= 0 && isfinite(weights[i])))
            return cnn_report_add(report, CNN_EXIT_DATA, spec->mark,
                                  "%s data: the weight of sample %llu is %g; it must be finite and "
                                  "0 or more",
                                  split->name, (unsigned long long)i, (double)weights[i]);
    for (uint64_t i = 0; targets && i < split->count * size; i++)
        if (!isfinite(targets[i]))
            return cnn_report_add(report, CNN_EXIT_DATA, spec->mark,
                                  "%s data: number %llu of the target of sample %llu is %g; it "
                                  "must be finite",
                                  split->name, (unsigned long long)(i % size),
                                  (unsigned long long)(i / size), (double)targets[i]);
    return true;
}

static bool open_split(cnn_data *data, cnn_split *split, const char *name,
                       const cnn_data_spec *spec, uint64_t seed, cnn_report *report)
{
    const cnn_random random = cnn_data_stream(seed, "data", name);
    cnn_error error = {0};
    *split = (cnn_split){.name = name,
                         .view = {.struct_size = sizeof split->view},
                         .dataset = spec->dataset,
                         .fault = &data->fault};
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
    return check_labels(spec, split, report) && check_numbers(spec, split, report);
}

static bool same_kind(const cnn_split *train, const cnn_split *other, cnn_mark mark,
                      cnn_report *report)
{
    if (cnn_data_alike(&train->view, &other->view))
        return true;
    char *ours = cnn_data_kind_text(&other->view), *theirs = cnn_data_kind_text(&train->view);
    cnn_report_add(report, CNN_EXIT_DATA, mark,
                   "%s data: images are %s; they must be like the training data's, %s", other->name,
                   ours, theirs);
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

/* ---- weights of classes --------------------------------------------------------------------- */

/* The class of that name, else of that number; view->classes: there is none. */
static uint64_t find_class(const cnn_dataset_view *view, const char *name)
{
    uint64_t c = 0;
    char *end;
    while (view->names && c < view->classes && strcmp(view->names[c], name) != 0)
        c++;
    if (view->names && c < view->classes)
        return c;
    if (*name < '0' || *name > '9')
        return view->classes;
    c = strtoull(name, &end, 10);
    return *end || c > view->classes ? view->classes : c;
}

static void refuse_class(const cnn_dataset_view *view, const char *name, cnn_mark mark,
                         cnn_report *report)
{
    const char *near = view->names ? cnn_nearest(name, view->names, view->classes) : NULL;
    cnn_report_add(report, CNN_EXIT_PIPELINE, mark,
                   "class_weight: there is no class '%s'; classes are 0 to %llu%s%s%s%s", name,
                   (unsigned long long)view->classes - 1,
                   view->names ? ", or have their names" : "", near ? "; did you mean '" : "",
                   near ? near : "", near ? "'?" : "");
}

/* Finds the classes of class_weight, which is the training's alone: nothing else is weighted. */
static bool weigh_classes(cnn_split *split, const cnn_data_spec *spec, cnn_param_memory *memory,
                          cnn_report *report)
{
    const cnn_numbers *given = &spec->class_weight;
    const cnn_dataset_view *view = &split->view;
    const size_t errors = report->errors;
    if (!given->count)
        return true;
    if (!view->classes)
        return cnn_report_add(report, CNN_EXIT_PIPELINE, spec->class_weight_marks[0],
                              "class_weight: the targets of dataset '%s' are vectors, so there are "
                              "no classes to weigh",
                              spec->dataset->file->head.name);
    double *weights = cnn_param_keep(memory, cnn_alloc(view->classes, sizeof *weights));
    bool *seen = cnn_alloc(view->classes, sizeof *seen);
    for (uint64_t c = 0; c < view->classes; c++)
        weights[c] = 1;
    for (uint64_t i = 0; i < given->count; i++) {
        const char *name = given->items[i].name;
        const uint64_t c = find_class(view, name);
        if (c == view->classes)
            refuse_class(view, name, spec->class_weight_marks[i], report);
        else if (seen[c])
            cnn_report_add(report, CNN_EXIT_PIPELINE, spec->class_weight_marks[i],
                           "class_weight: class %llu stands here twice; each may stand once",
                           (unsigned long long)c);
        else
            weights[c] = given->items[i].value;
        seen[c < view->classes ? c : 0] |= c < view->classes;
    }
    free(seen);
    split->class_weight = weights;
    return report->errors == errors;
}

static bool check_unweighted(const cnn_data_spec *spec, const char *name, cnn_report *report)
{
    return !spec->class_weight.count ||
           cnn_report_add(
               report, CNN_EXIT_PIPELINE, spec->class_weight_marks[0],
               "class_weight: it stands in data.%s; it weighs the loss of training alone, "
               "so it must stand in data.train",
               name);
}

bool cnn_data_open(cnn_data *data, cnn_pipeline *p, cnn_report *report)
{
    const uint64_t seed = (uint64_t)p->seed;
    *data = (cnn_data){0};
    bool good = open_split(data, &data->train, "train", &p->train_data, seed, report) &&
                weigh_classes(&data->train, &p->train_data, &p->memory, report);
    good = check_unweighted(&p->test_data, "test", report) &&
           check_unweighted(&p->validation_data, "validation", report) && good;
    if (p->test_data.dataset)
        good = open_split(data, &data->test, "test", &p->test_data, seed, report) && good &&
               same_kind(&data->train, &data->test, p->test_data.mark, report);
    data->has_validation = p->validation_data.dataset || p->validation_fraction > 0;
    if (p->validation_data.dataset)
        good =
            open_split(data, &data->validation, "validation", &p->validation_data, seed, report) &&
            good && same_kind(&data->train, &data->validation, p->validation_data.mark, report);
    if (good && p->validation_fraction > 0)
        good = cut_validation(data, p, report);
    if (!data->has_validation)
        data->validation = data->test;
    return good;
}
