/* drive_dataset.c - how a dataset is run: opened, and every byte of it read. */
#include <math.h>
#include <string.h>

#include "dataset.h"

#define MOST_SAMPLES 48u /* that are asked for by their index in a run */

static uint64_t element_bytes(const cnn_dataset_view *view)
{
    return view->element == CNN_ELEMENT_F32 ? sizeof(float) : 1;
}

static void test_images(const cnn_dataset_view *view, bool has_sample)
{
    uint64_t bytes, per = 1;
    bool good = view->shape.rank >= 1 && view->shape.rank <= CNN_MAX_RANK;
    for (uint64_t i = 0; good && i < view->shape.rank; i++)
        good = view->shape.dim[i] >= 1 && cnn_mul(per, view->shape.dim[i], &per);
    if (!good)
        kit_fail("the images' shape is none: rank 1 to %u, each extent 1 or more", CNN_MAX_RANK);
    if (view->element != CNN_ELEMENT_U8 && view->element != CNN_ELEMENT_F32)
        kit_fail("element is %llu; it must be CNN_ELEMENT_U8 or CNN_ELEMENT_F32",
                 (unsigned long long)view->element);
    if (!isfinite(view->scale) || !isfinite(view->offset) || view->scale == 0)
        kit_fail("scale is %g and offset %g; both must be finite, and scale not 0", view->scale,
                 view->offset);
    if (!view->images && !has_sample)
        kit_fail("open succeeded, but images is NULL, and there is no function sample");
    if (!cnn_mul(per, view->samples, &bytes) || !cnn_mul(bytes, element_bytes(view), &bytes))
        kit_fail("the images' size overflows");
}

static void test_targets(const cnn_dataset_view *view, bool has_sample)
{
    if (view->classes && view->target_size)
        kit_fail("classes is %llu and target_size %llu; targets are either, and one of them is 0",
                 (unsigned long long)view->classes, (unsigned long long)view->target_size);
    if (!view->target_size && (view->classes < 2 || view->classes > 65536))
        kit_fail("classes is %llu; it must be from 2 to 65536, or target_size 1 or more",
                 (unsigned long long)view->classes);
    if (view->target_size > 1u << 20)
        kit_fail("target_size is %llu; it must be at most 2^20",
                 (unsigned long long)view->target_size);
    if (view->classes && (!view->labels || view->targets))
        kit_fail("targets are classes, but labels is NULL, or targets is not");
    if (view->target_size && (view->labels || view->names))
        kit_fail("targets are vectors, but labels or names is not NULL");
    if (view->target_size && !view->targets && !has_sample)
        kit_fail("open succeeded, but targets is NULL, and there is no function sample");
    if (view->fingerprint && (!*view->fingerprint || strnlen(view->fingerprint, 1025) > 1024))
        kit_fail("fingerprint must have 1 to 1024 bytes");
}

static void test_view(const cnn_dataset_view *view, bool has_sample)
{
    if (view->samples < 1)
        kit_fail("samples is 0; it must be 1 or more");
    test_images(view, has_sample);
    test_targets(view, has_sample);
}

static bool prepare(kit_instance *dataset, const kit_layout *layout, cnn_error *error)
{
    const size_t size = sizeof(cnn_dataset_view) + layout->extra;
    cnn_dataset_view *view = kit_buffer(layout, "view", size, 1, 8);
    cnn_random *random = kit_buffer(layout, "random", 1, sizeof *random, 8);
    *random = (cnn_random){layout->salt, 4};
    view->struct_size = size;
    if (layout->readonly)
        kit_protect(random, true);
    kit_enter("open", KIT_SETUP);
    const int result = dataset->file->dataset.open(dataset->self, random, view, error);
    kit_leave();
    kit_check_canaries();
    dataset->view = *view;
    if (result != 0 && result != -1 && result != CNN_NO_MEMORY)
        kit_fail("open returned %d; it must return 0, -1 by cnn_fail(), or CNN_NO_MEMORY", result);
    if (result == 0)
        test_view(view, dataset->file->dataset.sample != NULL);
    return result == 0;
}

kit_part kit_dataset_missing(const cnn_dataset_view *view)
{
    return (view->images ? 0 : KIT_IMAGE) | (view->target_size && !view->targets ? KIT_TARGET : 0);
}

/* A buffer of a sample, filled with what it must not hold afterwards; NULL where it is not wanted.
 */
static void *part(const kit_layout *layout, const char *name, bool wanted, uint64_t count,
                  uint64_t element)
{
    if (!wanted)
        return NULL;
    void *buffer = kit_buffer(layout, name, count, element, element);
    kit_prefill(buffer, layout->prefill);
    return buffer;
}

static void test_floats(const kit_layout *layout, const float *x, uint64_t count, const char *name)
{
    kit_check_written(layout, x, count, name);
    for (uint64_t i = 0; i < count; i++)
        if (!isfinite(x[i]))
            kit_fail("sample: %s[%llu] is %g; floats must be finite", name, (unsigned long long)i,
                     (double)x[i]);
}

void kit_dataset_sample(const kit_instance *dataset, const kit_layout *layout, uint64_t i,
                        kit_part parts, kit_bytes *out)
{
    const cnn_dataset_view *view = &dataset->view;
    const uint32_t mark = kit_arena_mark();
    const uint64_t size = cnn_shape_count(&view->shape), each = element_bytes(view);
    void *image = part(layout, "image", parts & KIT_IMAGE, size, each);
    float *target = part(layout, "target", parts & KIT_TARGET, view->target_size, sizeof(float));
    cnn_error error = {0};
    kit_enter("sample", KIT_TRAIN);
    const int result = dataset->file->dataset.sample(dataset->self, i, image, target, &error);
    kit_leave();
    kit_check_canaries();
    if (result != 0)
        kit_fail("sample %llu of %llu fails, though the data were opened: %s",
                 (unsigned long long)i, (unsigned long long)view->samples, error.text);
    if (image && view->element == CNN_ELEMENT_F32)
        test_floats(layout, image, size, "image");
    if (target)
        test_floats(layout, target, view->target_size, "target");
    if (image)
        kit_bytes_add(out, image, size * each);
    if (target)
        kit_bytes_add(out, target, view->target_size * sizeof *target);
    kit_arena_reset(mark);
}

/* By index, from all over the data. */
static void run_samples(const kit_instance *dataset, const kit_layout *layout, kit_bytes *out)
{
    const uint64_t all = dataset->view.samples;
    const uint64_t count = all < MOST_SAMPLES ? all : MOST_SAMPLES;
    const kit_part parts = kit_dataset_missing(&dataset->view);
    for (uint64_t i = 0; parts && i < count; i++)
        kit_dataset_sample(dataset, layout, i * (all - 1) / (count > 1 ? count - 1 : 1), parts,
                           out);
}

static void run(kit_instance *dataset, const kit_layout *layout, kit_bytes *out)
{
    const cnn_dataset_view *view = &dataset->view;
    const uint64_t bytes = view->samples * cnn_shape_count(&view->shape) * element_bytes(view);
    const unsigned char *images = view->images;
    uint64_t hash = 14695981039346656037u;
    for (uint64_t i = 0; images && i < bytes; i++)
        hash = (hash ^ images[i]) * 1099511628211u;
    kit_bytes_add(out, &hash, sizeof hash);
    if (view->labels)
        kit_bytes_add(out, view->labels, view->samples * sizeof *view->labels);
    if (view->targets)
        kit_bytes_add(out, view->targets,
                      view->samples * view->target_size * sizeof *view->targets);
    if (view->weights)
        kit_bytes_add(out, view->weights, view->samples * sizeof *view->weights);
    kit_bytes_add(out, &view->scale, sizeof view->scale);
    kit_bytes_add(out, &view->offset, sizeof view->offset);
    run_samples(dataset, layout, out);
}

const kit_driver kit_drive_dataset = {1, prepare, run};
