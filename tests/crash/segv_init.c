/* segv_init.c - writes to address 0 in init. */
/* flags: -fno-sanitize=undefined */
/* set: network.initializer=segv_init */
/* expect: initializer crashed in init before any step: segmentation fault */
#include <cnnrun/initializer.h>

#include "armed.h"

static int init(void *self, cnn_error *error)
{
    (void)self;
    (void)error;
    if (armed())
        *nowhere() = 1;
    return 0;
}

static int fill(const void *self, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    (void)self;
    (void)error;
    for (uint64_t i = 0; i < cnn_shape_count(&tensor->shape); i++)
        weights[i] = (float)(cnn_random_uniform(random, i) - 0.5);
    return 0;
}

CNN_INITIALIZER("segv_init", "writes to address 0 in init", .init = init, .fill = fill)
