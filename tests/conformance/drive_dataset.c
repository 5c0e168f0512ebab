/* drive_dataset.c - how a dataset is run: opened, and every byte of it read. */
#include <math.h>
#include <string.h>

#include "instance.h"

static uint64_t element_bytes(const cnn_dataset_view *view)
{
    return view->element == CNN_ELEMENT_F32 ? sizeof(float) : 1;
}

static void test_view(const cnn_dataset_view *view)
{
    uint64_t bytes, per = 1;
    bool good = view->shape.rank >= 1 && view->shape.rank <= CNN_MAX_RANK;
    if (view->samples < 1)
        kit_fail("samples is 0; it must be 1 or more");
    if (view->classes < 2 || view->classes > 65536)
        kit_fail("classes is %llu; it must be from 2 to 65536", (unsigned long long)view->classes);
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
    if (!view->images || !view->labels)
        kit_fail("open succeeded, but images or labels is NULL");
    if (!cnn_mul(per, view->samples, &bytes) || !cnn_mul(bytes, element_bytes(view), &bytes))
        kit_fail("the images' size overflows");
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
        test_view(view);
    return result == 0;
}

static void run(kit_instance *dataset, const kit_layout *layout, kit_bytes *out)
{
    const cnn_dataset_view *view = &dataset->view;
    const uint64_t bytes = view->samples * cnn_shape_count(&view->shape) * element_bytes(view);
    const unsigned char *images = view->images;
    uint64_t hash = 14695981039346656037u;
    (void)layout;
    for (uint64_t i = 0; i < bytes; i++)
        hash = (hash ^ images[i]) * 1099511628211u;
    kit_bytes_add(out, &hash, sizeof hash);
    kit_bytes_add(out, view->labels, view->samples * sizeof *view->labels);
    kit_bytes_add(out, &view->scale, sizeof view->scale);
    kit_bytes_add(out, &view->offset, sizeof view->offset);
}

const kit_driver kit_drive_dataset = {1, prepare, run};
