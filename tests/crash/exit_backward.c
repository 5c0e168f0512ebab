/* exit_backward.c - ends the process from a worker thread. */
/* set: network.layers.2={exit_backward: {name: crashing}} */
/* expect: layer crashed in backward at step 6: exit() was called */
#define _GNU_SOURCE /* gettid */
#include <unistd.h>

#include <cnnrun/layer.h>

#include "armed.h"

typedef struct layer {
    uint64_t count;
} layer;

/* True in a worker thread; the main thread waits, so that one comes here. */
static int in_worker(void)
{
    if (gettid() != getpid())
        return 1;
    sleep(5);
    return 0;
}

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    (void)error;
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
    if (armed() && in_worker())
        exit(0);
    for (uint64_t i = 0; io->dx && i < io->samples * ((const layer *)self)->count; i++)
        io->dx[i] = io->dy[i];
}

CNN_LAYER("exit_backward", "ends the process from a worker thread", .self_size = sizeof(layer),
          .plan = plan, .forward = forward, .backward = backward)
