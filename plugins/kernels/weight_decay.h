/* weight_decay.h - decoupled weight decay, the same for every optimizer.
 *
 * Loshchilov and Hutter 2019 (arXiv:1711.05101), as in Keras: w <- w - lr wd w, then the step. */
#ifndef CNN_KERNELS_WEIGHT_DECAY_H
#define CNN_KERNELS_WEIGHT_DECAY_H

#include <cnnrun/optimizer.h>
#include <math.h>

#define WEIGHT_DECAY_PARAM(STRUCT)                                                                 \
    CNN_PARAM(STRUCT, weight_decay, CNN_REAL, "null", 0, INFINITY, CNN_NULLABLE,                   \
              "each step takes learning_rate * weight_decay of a weight away; null is none. "      \
              "PyTorch's weight_decay is added to the gradient instead (but in AdamW)")

/* What a weight is multiplied by; 1 without decay, which changes no bit of it. */
static inline float weight_kept(double weight_decay, const cnn_optimizer_step *io)
{
    const double taken = io->learning_rate * (weight_decay * io->decay_mult);
    return taken > 0 ? (float)(1 - taken) : 1.0f;
}

#endif
