/* adam.c - Kingma and Ba 2015, "Adam: a method for stochastic optimization" (arXiv:1412.6980), as
 * Keras has it; kernels/adam.h. */
/* isa: avx2 avx512 */
#include "kernels/adam.h"

CNN_OPTIMIZER(
    "adam", "steps sized by running means of gradients and of their squares",
    .doc = "m <- beta_1 m + (1 - beta_1) g; v <- beta_2 v + (1 - beta_2) g^2; "
           "w <- w - lr sqrt(1 - beta_2^t) / (1 - beta_1^t) m / (sqrt v + epsilon), t counting "
           "steps from 1. A good first choice; its default rate suits most small networks.\n"
           "Keras: Adam. PyTorch: Adam, where epsilon is added to sqrt v after the correction, and "
           "whose weight_decay is l2 here. With weight_decay: adamw.",
    .params = params, .self_size = sizeof(struct adam), .slots = slots, .step = step)
