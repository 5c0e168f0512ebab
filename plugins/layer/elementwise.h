/* elementwise.h - what activations share: y[i] = value(x[i]), dx[i] = dy[i] * slope(x[i]), in
 * double.
 *
 * A file defines its struct, which begins with a struct elementwise, and
 *
 *   static inline double value(const STRUCT *self, double x);
 *   static inline double slope(const STRUCT *self, double x);
 *
 * without branches, so that the loops below are vectorised; ELEMENTWISE_LAYER makes the plugin of
 * them. */
#ifndef CNN_LAYER_ELEMENTWISE_H
#define CNN_LAYER_ELEMENTWISE_H

#include <cnnrun/layer.h>
#include <kernels/exp.h>
#include <kernels/vector.h>

typedef struct elementwise {
    uint64_t count; /* floats of a sample */
} elementwise;

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    elementwise *e = self;
    (void)error;
    e->count = cnn_shape_count(input);
    plan->output = *input;
    plan->flags = CNN_IN_PLACE | CNN_ELEMENTWISE | CNN_USES_INPUT;
    plan->flops = (double)e->count;
    return 0;
}

#define ELEMENTWISE_LAYER(STRUCT, NAME, SUMMARY, ...)                                              \
    static void forward(const void *self, const cnn_layer_io *io)                                  \
    {                                                                                              \
        const STRUCT s = *(const STRUCT *)self;                                                    \
        const uint64_t count = io->samples * ((const elementwise *)self)->count;                   \
        const float *x = io->x;                                                                    \
        float *y = io->y;                                                                          \
        VEC_INDEPENDENT                                                                            \
        for (uint64_t i = 0; i < count; i++)                                                       \
            y[i] = (float)value(&s, (double)x[i]);                                                 \
    }                                                                                              \
                                                                                                   \
    static void backward(const void *self, const cnn_layer_io *io)                                 \
    {                                                                                              \
        const STRUCT s = *(const STRUCT *)self;                                                    \
        const uint64_t count = io->samples * ((const elementwise *)self)->count;                   \
        const float *x = io->x, *dy = io->dy;                                                      \
        float *dx = io->dx;                                                                        \
        if (!dx)                                                                                   \
            return;                                                                                \
        VEC_INDEPENDENT                                                                            \
        for (uint64_t i = 0; i < count; i++)                                                       \
            dx[i] = (float)((double)dy[i] * slope(&s, (double)x[i]));                              \
    }                                                                                              \
                                                                                                   \
    CNN_LAYER(NAME, SUMMARY, .self_size = sizeof(STRUCT), .plan = plan, .forward = forward,        \
              .backward = backward, __VA_ARGS__)

#endif
