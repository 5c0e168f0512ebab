/* exponential_decay.c - the rate falls by the same factor in equal times.
 *
 *     rate = learning_rate decay_rate^(t / length), t counting steps; staircase: floor(t / length)
 * Keras: ExponentialDecay. */
#include "kernels/length.h"

struct exponential_decay {
    int64_t decay_steps, decay_epochs;
    double decay_rate;
    int32_t staircase;
};

static const cnn_param params[] = {
    LENGTH_PARAMS(struct exponential_decay, decay_steps, decay_epochs, "one epoch"),
    CNN_PARAM(
        struct exponential_decay, decay_rate, CNN_REAL, "0.96", 0, 1, CNN_ABOVE_MIN,
        "what the rate is multiplied by in each such time. Keras and PyTorch have no default"),
    CNN_PARAM_BOOL(struct exponential_decay, staircase, "false",
                   "fall at the end of each such time, and not all along"),
    CNN_PARAM_END,
};

static int init(void *data, cnn_error *error)
{
    const struct exponential_decay *self = data;
    return length_check(self->decay_steps, self->decay_epochs, "decay_epochs", error);
}

static double rate(const void *data, const cnn_schedule_point *point)
{
    const struct exponential_decay *self = data;
    const double times = (double)point->step / length_of(self->decay_steps, self->decay_epochs,
                                                         point->steps_per_epoch, point);
    return point->base * pow(self->decay_rate, self->staircase ? floor(times) : times);
}

/* By `tests/golden/schedules.py cases`. */
static const cnn_golden golden[] = {
    {"{}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("steps", 0, 3, 5, 12, 39, 57), CNN_VALUES("training", 5, 40, 0.5),
      CNN_VALUES("rates", 0.5, 0.48790216378677387, 0.48, 0.4533367884317546, 0.3636516999090451,
                 0.3139511375468799)}},
    {"{decay_steps: 7, decay_rate: 0.5}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("steps", 0, 3, 5, 12, 39, 57), CNN_VALUES("training", 5, 40, 0.5),
      CNN_VALUES("rates", 0.5, 0.3714985722842371, 0.30475341355111885, 0.15237670677555945,
                 0.010514845254940284, 0.0017689915317654432)}},
    {"{decay_epochs: 1, decay_rate: 0.9, staircase: true}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("steps", 0, 3, 5, 12, 39, 57), CNN_VALUES("training", 5, 40, 0.5),
      CNN_VALUES("rates", 0.5, 0.5, 0.45, 0.405, 0.23914845000000004, 0.15690529804500003)}},
    CNN_GOLDEN_END,
};

CNN_SCHEDULE("exponential_decay", "the rate falls by the same factor in equal times",
             .doc = "rate = learning_rate decay_rate^(t / length), where t counts steps from 0 and "
                    "length is decay_steps, or decay_epochs in steps. With staircase: true t / "
                    "length is rounded down.\n"
                    "Keras: ExponentialDecay. PyTorch: ExponentialLR is staircase: true with "
                    "decay_epochs: 1, its gamma being decay_rate. Caffe: exp.",
             .params = params, .golden = golden, .self_size = sizeof(struct exponential_decay),
             .init = init, .rate = rate)
