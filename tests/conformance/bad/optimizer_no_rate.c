/* optimizer_no_rate.c - has no parameter learning_rate. */
/* must fail: PAR-1 */
#include <cnnrun/optimizer.h>

static void step(const void *self, const cnn_optimizer_step *io)
{
    (void)self;
    for (uint64_t i = 0; i < io->count; i++)
        io->weight[i] -= (float)io->learning_rate * io->gradient[i];
}

CNN_OPTIMIZER("optimizer_no_rate", "has no parameter learning_rate", .step = step)
