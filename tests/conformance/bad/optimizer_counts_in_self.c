/* optimizer_counts_in_self.c - counts its calls in self. */
/* must fail: PAR-6 */
#include <cnnrun/optimizer.h>

struct counted {
    double learning_rate;
    uint64_t calls;
};

static const cnn_param params[] = {
    CNN_PARAM(struct counted, learning_rate, CNN_REAL, "0.01", 0, INFINITY, 0,
              "the schedule's base"),
    CNN_PARAM_END,
};

static void step(const void *self, const cnn_optimizer_step *io)
{
    ((struct counted *)self)->calls++;
    for (uint64_t i = 0; i < io->count; i++)
        io->weight[i] -= (float)io->learning_rate * io->gradient[i];
}

CNN_OPTIMIZER("optimizer_counts_in_self", "counts its calls in self", .params = params,
              .self_size = sizeof(struct counted), .step = step)
