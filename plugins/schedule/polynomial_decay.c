/* polynomial_decay.c - the rate falls to a least rate along a power of the time that is left.
 *
 *     rate = (learning_rate - end) (1 - t / length)^power + end;   then end
 *     cycle: t / length counts from anew, length times the number of the cycle
 * Keras: PolynomialDecay. */
#include "kernels/length.h"

struct polynomial_decay {
    int64_t decay_steps, decay_epochs;
    double end_learning_rate, power;
    int32_t cycle;
};

static const cnn_param params[] = {
    LENGTH_PARAMS(struct polynomial_decay, decay_steps, decay_epochs, "the whole training"),
    CNN_PARAM(struct polynomial_decay, end_learning_rate, CNN_REAL, "0.0001", 0, INFINITY, 0,
              "the rate at the end, and after it"),
    CNN_PARAM(struct polynomial_decay, power, CNN_REAL, "1", 0, 1e6, CNN_ABOVE_MIN,
              "1: a straight line; 2: fast at first, slowly at the end"),
    CNN_PARAM_BOOL(struct polynomial_decay, cycle, "false",
                   "do not stay at the end: take a length of 2, 3, ... times as long once the one "
                   "before is over"),
    CNN_PARAM_END,
};

static int init(void *data, cnn_error *error)
{
    const struct polynomial_decay *self = data;
    return length_check(self->decay_steps, self->decay_epochs, "decay_epochs", error);
}

static double rate(const void *data, const cnn_schedule_point *point)
{
    const struct polynomial_decay *self = data;
    const double end = self->end_learning_rate;
    double length = length_of(self->decay_steps, self->decay_epochs, point->total_steps, point);
    if (self->cycle && point->step > 0)
        length *= ceil((double)point->step / length);
    return (point->base - end) * pow(1 - part_over(length, point), self->power) + end;
}

/* By `tests/golden/schedules.py cases`. */
static const cnn_golden golden[] = {
    {"{}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("steps", 0, 3, 5, 12, 39, 57), CNN_VALUES("training", 5, 40, 0.5),
      CNN_VALUES("rates", 0.5, 0.4625075, 0.43751249999999997, 0.35002999999999995,
                 0.012597500000000011, 0.0001)}},
    {"{decay_epochs: 3, end_learning_rate: 0.125, power: 2}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("steps", 0, 3, 5, 12, 39, 57), CNN_VALUES("training", 5, 40, 0.5),
      CNN_VALUES("rates", 0.5, 0.36500000000000005, 0.2916666666666667, 0.13999999999999999, 0.125,
                 0.125)}},
    {"{decay_steps: 9, end_learning_rate: 0.01, cycle: true}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("steps", 0, 3, 5, 12, 39, 57), CNN_VALUES("training", 5, 40, 0.5),
      CNN_VALUES("rates", 0.5, 0.3366666666666667, 0.22777777777777777, 0.17333333333333337,
                 0.07533333333333331, 0.056666666666666664)}},
    CNN_GOLDEN_END,
};

CNN_SCHEDULE(
    "polynomial_decay", "the rate falls to a least rate along a power of the time left",
    .doc = "rate = (learning_rate - end) (1 - t / length)^power + end, where t counts steps from 0 "
           "and end is end_learning_rate; end from there on. With cycle: true the length is "
           "multiplied by ceil(t / length), so that the rate rises again behind each end.\n"
           "Keras: PolynomialDecay. PyTorch: PolynomialLR with end 0, LinearLR with power 1; both "
           "count epochs. Caffe: poly, which see.",
    .params = params, .golden = golden, .self_size = sizeof(struct polynomial_decay), .init = init,
    .rate = rate)
