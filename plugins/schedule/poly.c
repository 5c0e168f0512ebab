/* poly.c - Caffe's lr_policy `poly`: rate = learning_rate (1 - t / length)^power, then 0. */
#include "kernels/length.h"

struct poly {
    int64_t max_steps, max_epochs;
    double power;
};

static const cnn_param params[] = {
    LENGTH_PARAMS(struct poly, max_steps, max_epochs, "the whole training"),
    CNN_PARAM(struct poly, power, CNN_REAL, "1", 0, 1e6, CNN_ABOVE_MIN,
              "1: a straight line; 2: fast at first, slowly at the end. Caffe has no default"),
    CNN_PARAM_END,
};

static int init(void *data, cnn_error *error)
{
    const struct poly *self = data;
    return length_check(self->max_steps, self->max_epochs, "max_epochs", error);
}

static double rate(const void *data, const cnn_schedule_point *point)
{
    const struct poly *self = data;
    const double length = length_of(self->max_steps, self->max_epochs, point->total_steps, point);
    return point->base * pow(1 - part_over(length, point), self->power);
}

/* By `tests/golden/schedules.py cases`. */
static const cnn_golden golden[] = {
    {"{}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("steps", 0, 3, 5, 12, 39, 57), CNN_VALUES("training", 5, 40, 0.5),
      CNN_VALUES("rates", 0.5, 0.4625, 0.4375, 0.35, 0.012500000000000011, 0.0)}},
    {"{max_steps: 33, power: 2.5}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("steps", 0, 3, 5, 12, 39, 57), CNN_VALUES("training", 5, 40, 0.5),
      CNN_VALUES("rates", 0.5, 0.3939928054733852, 0.3315738201964382, 0.1615226352299827, 0.0,
                 0.0)}},
    {"{max_epochs: 5}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("steps", 0, 3, 5, 12, 39, 57), CNN_VALUES("training", 5, 40, 0.5),
      CNN_VALUES("rates", 0.5, 0.44, 0.4, 0.26, 0.0, 0.0)}},
    CNN_GOLDEN_END,
};

CNN_SCHEDULE("poly", "the rate falls to 0 at the training's end, as Caffe's lr_policy poly",
             .doc = "rate = learning_rate (1 - t / length)^power, where t counts steps from 0; 0 "
                    "from the end of the length on. polynomial_decay is the same with a least "
                    "rate.\n"
                    "Caffe: poly, whose length is max_iter. PyTorch: PolynomialLR, which counts "
                    "epochs and lasts 5 of them by default. Darknet: poly, with power 4.",
             .params = params, .golden = golden, .self_size = sizeof(struct poly), .init = init,
             .rate = rate)
