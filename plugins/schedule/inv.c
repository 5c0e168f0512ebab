/* inv.c - Caffe's lr_policy `inv`: rate = learning_rate (1 + gamma t)^-power, t counting steps. */
#include <cnnrun/schedule.h>

struct inv {
    double gamma, power;
};

static const cnn_param params[] = {
    CNN_PARAM(struct inv, gamma, CNN_REAL, "0.0001", 0, INFINITY, 0,
              "how much a step counts; that of Caffe's LeNet, where it has no default"),
    CNN_PARAM(struct inv, power, CNN_REAL, "0.75", 0, 1e6, 0,
              "how steeply the rate falls; that of Caffe's LeNet, where it has no default"),
    CNN_PARAM_END,
};

static double rate(const void *data, const cnn_schedule_point *point)
{
    const struct inv *self = data;
    return point->base * pow(1 + self->gamma * (double)point->step, -self->power);
}

/* By `tests/golden/schedules.py cases`. */
static const cnn_golden golden[] = {
    {"{}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("steps", 0, 3, 5, 12, 39, 57), CNN_VALUES("training", 5, 40, 0.5),
      CNN_VALUES("rates", 0.5, 0.4998875295231312, 0.49981258199366996, 0.499550471980834,
                 0.4985424730042012, 0.49787310537472557)}},
    {"{gamma: 0.5, power: 2}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("steps", 0, 3, 5, 12, 39, 57), CNN_VALUES("training", 5, 40, 0.5),
      CNN_VALUES("rates", 0.5, 0.08, 0.04081632653061224, 0.01020408163265306, 0.001189767995240928,
                 0.0005745475438092502)}},
    CNN_GOLDEN_END,
};

CNN_SCHEDULE("inv", "learning_rate (1 + gamma t)^-power, as Caffe's LeNet falls",
             .doc = "rate = learning_rate (1 + gamma t)^-power, where t counts steps from 0. With "
                    "the defaults the rate is 0.59 of learning_rate after 10,000 steps.\n"
                    "Caffe: lr_policy inv. Keras: InverseTimeDecay is power 1. PyTorch has no such "
                    "schedule.",
             .params = params, .golden = golden, .self_size = sizeof(struct inv), .rate = rate)
