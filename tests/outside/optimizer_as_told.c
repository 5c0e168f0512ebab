/* optimizer_as_told.c - descends, and makes `mistake` in its slots. */
#include <cnnrun/optimizer.h>

typedef struct optimizer_as_told {
    double learning_rate;
    int64_t mistake;
} optimizer_as_told;

static const cnn_param params[] = {
    CNN_PARAM(optimizer_as_told, learning_rate, CNN_REAL, "0.01", 0, 1, 0, "of the descent"),
    CNN_PARAM(optimizer_as_told, mistake, CNN_INTEGER, "0", 0, 100, 0, "which; 0: none"),
    CNN_PARAM_END,
};

static uint64_t slots(const void *self, cnn_slot slots[CNN_MAX_SLOTS])
{
    const int64_t mistake = ((const optimizer_as_told *)self)->mistake;
    slots[0].name = mistake == 2 ? "a b" : "momentum";
    return mistake == 1 ? CNN_MAX_SLOTS + 1 : 1;
}

static void step(const void *self, const cnn_optimizer_step *io)
{
    (void)self;
    for (uint64_t i = 0; i < io->count; i++)
        io->weight[i] -= (float)io->learning_rate * io->gradient[i];
}

CNN_OPTIMIZER("optimizer_as_told", "makes the mistake that it is told to", .params = params,
              .self_size = sizeof(optimizer_as_told), .slots = slots, .step = step)
