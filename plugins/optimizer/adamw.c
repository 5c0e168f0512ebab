/* adamw.c - Loshchilov and Hutter 2019, "Decoupled weight decay regularization" (arXiv:1711.05101):
 * adam, with a weight decay that the size of its steps does not change. The decay is the host's. */
/* isa: avx2 avx512 */
#include "kernels/adam.h"

CNN_OPTIMIZER(
    "adamw", "adam, with weight decay apart from the gradient",
    .doc =
        "w <- w - lr weight_decay w, and then the step of adam. The option weight_decay is 0.004 "
        "here unless the pipeline says otherwise; decay_exclude: [bias, scale] is usual.\n"
        "Keras: AdamW. PyTorch: AdamW, whose weight_decay is 0.01, and epsilon is added to "
        "sqrt v after the correction.",
    .params = params, .self_size = sizeof(struct adam), .slots = slots, .step = step,
    .defaults = {.weight_decay = 0.004})
