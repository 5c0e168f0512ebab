/* expect: PATH: parameter 'learning_rate' is missing; an optimizer must have it, of type real */
#include <cnnrun/optimizer.h>

static void step(const void *self, const cnn_optimizer_step *io)
{
    (void)self;
    (void)io;
}

CNN_OPTIMIZER("no_learning_rate", "gives the schedule nothing to go by", .step = step)
