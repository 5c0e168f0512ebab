/* expect: PATH: parameter 'weight_decay': the host has this option for every optimizer; leave it out, and give another default of it in `defaults` */
#include <cnnrun/optimizer.h>
#include <math.h>

struct plain {
    double learning_rate, weight_decay;
};

static void step(const void *self, const cnn_optimizer_step *io)
{
    (void)self;
    (void)io;
}

static const cnn_param params[] = {
    CNN_PARAM(struct plain, learning_rate, CNN_REAL, "0.1", 0, INFINITY, 0, "the schedule's base"),
    CNN_PARAM(struct plain, weight_decay, CNN_REAL, "0.1", 0, 1, 0, "one's own"), CNN_PARAM_END};

CNN_OPTIMIZER("param_option", "has a parameter that the host has", .params = params,
              .self_size = sizeof(struct plain), .step = step)
