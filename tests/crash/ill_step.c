/* ill_step.c - runs into __builtin_trap. */
/* flags: -fno-sanitize=undefined */
/* set: optimizer=ill_step */
/* expect: optimizer crashed in step at step 6: illegal instruction */
#include <cnnrun/optimizer.h>

#include "armed.h"

typedef struct plain {
    double learning_rate;
} plain;

static const cnn_param params[] = {
    CNN_PARAM(plain, learning_rate, CNN_REAL, "0.1", 0, 1, 0, "the rate"),
    CNN_PARAM_END,
};

static void step(const void *self, const cnn_optimizer_step *io)
{
    (void)self;
    if (armed())
        __builtin_trap();
    for (uint64_t i = 0; i < io->count; i++)
        io->weight[i] -= (float)io->learning_rate * io->gradient[i];
}

CNN_OPTIMIZER("ill_step", "runs into __builtin_trap", .params = params, .self_size = sizeof(plain),
              .step = step)
