/* drive_initializer.c - how an initializer is run: tensors of every rank, in buffers of their size.
 */
#include "initializer.h"

#include <stdio.h>
#include <string.h>

const cnn_tensor kit_tensors[] = {
    {"dense/kernel", {2, {64, 33}}, 64, 33, CNN_ROLE_KERNEL},
    {"conv2d/kernel", {4, {3, 3, 2, 5}}, 18, 45, CNN_ROLE_KERNEL},
    {"dense/bias", {1, {33}}, 33, 33, CNN_ROLE_BIAS},
    {"one/kernel", {2, {1, 1}}, 1, 1, CNN_ROLE_KERNEL},
    {"odd/kernel", {3, {7, 1, 3}}, 7, 3, CNN_ROLE_OTHER},
    {"norm/gamma", {1, {16}}, 16, 16, CNN_ROLE_OTHER},
};

const size_t kit_tensor_count = sizeof kit_tensors / sizeof kit_tensors[0];

bool kit_fill(const kit_instance *instance, const kit_layout *layout, const cnn_tensor *tensor,
              cnn_random random, float **weights)
{
    const uint64_t count = cnn_shape_count(&tensor->shape);
    cnn_tensor *t = kit_buffer(layout, "tensor", 1, sizeof *t, _Alignof(cnn_tensor));
    cnn_random *r = kit_buffer(layout, "random", 1, sizeof *r, _Alignof(cnn_random));
    cnn_error error = {0};
    *weights = kit_buffer(layout, "weights", count, sizeof(float), sizeof(float));
    *t = *tensor;
    *r = random;
    kit_prefill(*weights, layout->prefill);
    if (layout->readonly) {
        kit_protect(t, true);
        kit_protect(r, true);
    }
    kit_enter("fill", KIT_TRAIN); /* pure, though of [setup] */
    const int result = instance->file->initializer.fill(instance->self, t, r, *weights, &error);
    kit_leave();
    error.text[sizeof error.text - 1] = '\0';
    if (result == 0)
        return true;
    if (result != -1 && result != CNN_NO_MEMORY)
        kit_fail("fill returned %d; it must return 0, -1 by cnn_fail(), or CNN_NO_MEMORY", result);
    if (!*error.text)
        kit_fail(
            "fill failed and gave no reason; failure must go through cnn_fail() with a sentence");
    return false;
}

static void run(kit_instance *instance, const kit_layout *layout, kit_bytes *out)
{
    size_t filled = 0;
    for (size_t i = 0; i < kit_tensor_count; i++) {
        const uint32_t mark = kit_arena_mark();
        const uint64_t count = cnn_shape_count(&kit_tensors[i].shape);
        float *weights;
        kit_where("tensor %s, %llu elements", kit_tensors[i].name, (unsigned long long)count);
        if (kit_fill(instance, layout, &kit_tensors[i], (cnn_random){layout->salt, i}, &weights)) {
            kit_check_written(layout, weights, count, "weights");
            kit_bytes_add(out, weights, count * sizeof *weights);
            filled++;
        }
        kit_check_canaries();
        kit_arena_reset(mark);
    }
    kit_where("%s", "");
    if (!filled)
        kit_skip("it fills none of the kit's tensors");
}

const kit_driver kit_drive_initializer = {1, NULL, run};
