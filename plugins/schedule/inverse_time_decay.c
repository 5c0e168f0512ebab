/* inverse_time_decay.c - the rate falls as 1 / (1 + time).
 *
 *     rate = learning_rate / (1 + decay_rate t / length), t counting steps;
 *     staircase: floor(t / length)
 * Keras: InverseTimeDecay. */
#include "kernels/length.h"

struct inverse_time_decay {
    int64_t decay_steps, decay_epochs;
    double decay_rate;
    int32_t staircase;
};

static const cnn_param params[] = {
    LENGTH_PARAMS(struct inverse_time_decay, decay_steps, decay_epochs, "one epoch"),
    CNN_PARAM(
        struct inverse_time_decay, decay_rate, CNN_REAL, "0.5", 0, INFINITY, 0,
        "after the first such time the rate is 1 / (1 + decay_rate) of what it was. Keras has "
        "no default"),
    CNN_PARAM_BOOL(struct inverse_time_decay, staircase, "false",
                   "fall at the end of each such time, and not all along"),
    CNN_PARAM_END,
};

static int init(void *data, cnn_error *error)
{
    const struct inverse_time_decay *self = data;
    return length_check(self->decay_steps, self->decay_epochs, "decay_epochs", error);
}

static double rate(const void *data, const cnn_schedule_point *point)
{
    const struct inverse_time_decay *self = data;
    const double times = (double)point->step / length_of(self->decay_steps, self->decay_epochs,
                                                         point->steps_per_epoch, point);
    return point->base / (1 + self->decay_rate * (self->staircase ? floor(times) : times));
}

/* By `tests/golden/schedules.py cases`. */
static const cnn_golden golden[] = {
    {"{}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("steps", 0, 3, 5, 12, 39, 57), CNN_VALUES("training", 5, 40, 0.5),
      CNN_VALUES("rates", 0.5, 0.3846153846153846, 0.3333333333333333, 0.22727272727272727,
                 0.1020408163265306, 0.07462686567164178)}},
    {"{decay_steps: 4, decay_rate: 2, staircase: true}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("steps", 0, 3, 5, 12, 39, 57), CNN_VALUES("training", 5, 40, 0.5),
      CNN_VALUES("rates", 0.5, 0.5, 0.16666666666666666, 0.07142857142857142, 0.02631578947368421,
                 0.017241379310344827)}},
    CNN_GOLDEN_END,
};

CNN_SCHEDULE("inverse_time_decay", "the rate falls as 1 / (1 + time)",
             .doc = "rate = learning_rate / (1 + decay_rate t / length), where t counts steps from "
                    "0 and length is decay_steps, or decay_epochs in steps. With staircase: true "
                    "t / length is rounded down. It falls fast at first and slowly later.\n"
                    "Keras: InverseTimeDecay; the parameter `decay` of its old optimizers is "
                    "decay_rate with decay_steps: 1. PyTorch has no such schedule. Caffe: inv, "
                    "which see, with power 1.",
             .params = params, .golden = golden, .self_size = sizeof(struct inverse_time_decay),
             .init = init, .rate = rate)
