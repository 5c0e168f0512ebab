/* step.c - the rate falls by a factor every so many epochs.
 *
 *     rate = learning_rate factor^floor(epoch / every), epochs counted from 0
 * PyTorch: StepLR. */
#include <cnnrun/schedule.h>

struct step {
    double factor;
    int64_t every;
};

static const cnn_param params[] = {
    CNN_PARAM(struct step, factor, CNN_REAL, "0.1", 0, 1, 0,
              "what the rate is multiplied by; PyTorch's gamma"),
    CNN_PARAM(struct step, every, CNN_INTEGER, "10", 1, 1e6, 0,
              "epochs from one fall to the next; PyTorch's step_size, which has no default"),
    CNN_PARAM_END,
};

static double rate(const void *data, const cnn_schedule_point *point)
{
    const struct step *self = data;
    const uint64_t epoch = point->step / point->steps_per_epoch;
    return point->base * pow(self->factor, (double)(epoch / (uint64_t)self->every));
}

/* By `tests/golden/schedules.py cases`. */
static const cnn_golden golden[] = {
    {"{}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("steps", 0, 3, 5, 12, 39, 57), CNN_VALUES("training", 5, 40, 0.5),
      CNN_VALUES("rates", 0.5, 0.5, 0.5, 0.5, 0.5, 0.05)}},
    {"{factor: 0.7, every: 1}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("steps", 0, 3, 5, 12, 39, 57), CNN_VALUES("training", 5, 40, 0.5),
      CNN_VALUES("rates", 0.5, 0.5, 0.35, 0.24499999999999997, 0.04117714999999998,
                 0.009886633714999994)}},
    {"{factor: 0.5, every: 3}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("steps", 0, 3, 5, 12, 39, 57), CNN_VALUES("training", 5, 40, 0.5),
      CNN_VALUES("rates", 0.5, 0.5, 0.5, 0.5, 0.125, 0.0625)}},
    CNN_GOLDEN_END,
};

CNN_SCHEDULE("step", "the rate falls by a factor every so many epochs",
             .doc = "rate = learning_rate factor^floor(epoch / every), epochs counted from 0: the "
                    "first fall is before epoch `every`, the one that the terminal calls every + "
                    "1. PyTorch's MNIST example is {factor: 0.7, every: 1}.\n"
                    "PyTorch: StepLR. Caffe: step, which counts steps; exponential_decay with "
                    "staircase: true and decay_steps does that. Keras: the same.",
             .params = params, .golden = golden, .self_size = sizeof(struct step), .rate = rate)
