/* constant.c - the optimizer's learning rate at every step. */
#include <cnnrun/schedule.h>

static double rate(const void *self, const cnn_schedule_point *point)
{
    (void)self;
    return point->base;
}

CNN_SCHEDULE("constant", "the optimizer's learning_rate at every step",
             .doc = "rate = learning_rate. What Keras and PyTorch do without a schedule; PyTorch's "
                    "ConstantLR is something else, a factor on the first steps.",
             .rate = rate)
