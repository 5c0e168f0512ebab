/* overflow_plan.c - calls itself without end in the main thread. */
/* set: network.layers.2={overflow_plan: {name: crashing}} */
/* expect: layer crashed in plan before any step: stack overflow */
#include <cnnrun/layer.h>

#include "armed.h"

typedef struct layer {
    uint64_t count;
} layer;

static int deep(const volatile char *above, int depth)
{
    volatile char here[1000] = {0};
    if (depth == 0)
        return *above;
    here[depth % 1000] = *above;
    return deep(here, depth - 1) + here[depth % 1000];
}

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    (void)error;
    if (armed())
        plan->flops = deep("", 1 << 30);
    ((layer *)self)->count = cnn_shape_count(input);
    plan->output = *input;
    return 0;
}

static void forward(const void *self, const cnn_layer_io *io)
{
    for (uint64_t i = 0; i < io->samples * ((const layer *)self)->count; i++)
        io->y[i] = io->x[i];
}

static void backward(const void *self, const cnn_layer_io *io)
{
    for (uint64_t i = 0; io->dx && i < io->samples * ((const layer *)self)->count; i++)
        io->dx[i] = io->dy[i];
}

CNN_LAYER("overflow_plan", "calls itself without end in the main thread",
          .self_size = sizeof(layer), .plan = plan, .forward = forward, .backward = backward)
