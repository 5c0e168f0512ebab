/* multi_step.c - the rate falls by a factor at chosen epochs or steps.
 *
 *     rate = learning_rate factor^(number of milestones <= t)
 * PyTorch: MultiStepLR. */
#include "kernels/milestones.h"

struct multi_step {
    cnn_integers milestone_steps, milestone_epochs;
    double factor;
};

static const cnn_param params[] = {
    CNN_PARAM(struct multi_step, milestone_steps, CNN_INTEGERS, "[]", 0, 1e12, 0,
              "steps, counted from 0, before which the rate falls; rising"),
    CNN_PARAM(struct multi_step, milestone_epochs, CNN_INTEGERS, "[]", 0, 1e6, 0,
              "epochs, counted from 0, before which it falls, in place of milestone_steps; "
              "PyTorch's milestones"),
    CNN_PARAM(struct multi_step, factor, CNN_REAL, "0.1", 0, 1, 0,
              "what the rate is multiplied by each time; PyTorch's gamma"),
    CNN_PARAM_END,
};

static int init(void *data, cnn_error *error)
{
    const struct multi_step *self = data;
    return milestones_check(&self->milestone_steps, "milestone_steps", &self->milestone_epochs,
                            "milestone_epochs", error);
}

static double rate(const void *data, const cnn_schedule_point *point)
{
    const struct multi_step *self = data;
    const uint64_t epoch = point->step / point->steps_per_epoch;
    /* "<= t" is "< t + 1"; one of the two lists is empty. */
    const uint64_t passed = milestones_below(&self->milestone_steps, (double)point->step + 1) +
                            milestones_below(&self->milestone_epochs, (double)epoch + 1);
    return point->base * pow(self->factor, (double)passed);
}

/* By `tests/golden/schedules.py cases`. */
static const cnn_golden golden[] = {
    {"{}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("steps", 0, 3, 5, 12, 39, 57), CNN_VALUES("training", 5, 40, 0.5),
      CNN_VALUES("rates", 0.5, 0.5, 0.5, 0.5, 0.5, 0.5)}},
    {"{milestone_epochs: [2, 3, 9], factor: 0.5}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("steps", 0, 3, 5, 12, 39, 57), CNN_VALUES("training", 5, 40, 0.5),
      CNN_VALUES("rates", 0.5, 0.5, 0.5, 0.25, 0.125, 0.0625)}},
    {"{milestone_steps: [0, 13, 14]}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("steps", 0, 3, 5, 12, 39, 57), CNN_VALUES("training", 5, 40, 0.5),
      CNN_VALUES("rates", 0.05, 0.05, 0.05, 0.05, 0.0005000000000000001, 0.0005000000000000001)}},
    CNN_GOLDEN_END,
};

CNN_SCHEDULE("multi_step", "the rate falls by a factor at chosen epochs or steps",
             .doc = "rate = learning_rate factor^n, where n is the number of milestones that are "
                    "reached: those not above the epoch, or the step, both counted from 0. Without "
                    "milestones the rate is constant.\n"
                    "PyTorch: MultiStepLR. Caffe: multistep, which counts steps. Keras: "
                    "PiecewiseConstantDecay, which is piecewise_constant here.",
             .params = params, .golden = golden, .self_size = sizeof(struct multi_step),
             .init = init, .rate = rate)
