/* constant.c - the optimizer's learning rate at every step. */
#include <cnnrun/schedule.h>

static double rate(const void *self, const cnn_schedule_point *point)
{
    (void)self;
    return point->base;
}

/* By tests/golden/cases.py. */
static const cnn_golden golden[] = {
    {"{}",
     0,
     {0, {0}},
     {CNN_VALUES("steps", 0, 4, 12), CNN_VALUES("training", 5, 10, 0.5),
      CNN_VALUES("rates", 0.5, 0.5, 0.5)}},
    CNN_GOLDEN_END,
};

CNN_SCHEDULE("constant", "the optimizer's learning_rate at every step",
             .doc = "rate = learning_rate. What Keras and PyTorch do without a schedule; PyTorch's "
                    "ConstantLR is something else, a factor on the first steps.",
             .golden = golden, .rate = rate)
