/* piecewise_constant.c - the rate is one part of learning_rate after another.
 *
 *     rate = learning_rate factors[number of boundaries < t]
 * Keras: PiecewiseConstantDecay. */
#include "kernels/milestones.h"

struct piecewise_constant {
    cnn_integers boundary_steps, boundary_epochs;
    cnn_reals factors;
};

static const cnn_param params[] = {
    CNN_PARAM(
        struct piecewise_constant, boundary_steps, CNN_INTEGERS, "[]", 0, 1e12, 0,
        "the last step, counted from 0, of each part but the last; rising. Keras's boundaries"),
    CNN_PARAM(struct piecewise_constant, boundary_epochs, CNN_INTEGERS, "[]", 0, 1e6, 0,
              "the last epoch, counted from 0, of each part, in place of boundary_steps"),
    CNN_PARAM(struct piecewise_constant, factors, CNN_REALS, "[1]", 0, INFINITY, 0,
              "what learning_rate is multiplied by in each part, one more than boundaries. Keras's "
              "values are the rates themselves"),
    CNN_PARAM_END,
};

static int init(void *data, cnn_error *error)
{
    const struct piecewise_constant *self = data;
    const uint64_t boundaries = self->boundary_steps.count + self->boundary_epochs.count;
    if (milestones_check(&self->boundary_steps, "boundary_steps", &self->boundary_epochs,
                         "boundary_epochs", error))
        return -1;
    if (self->factors.count != boundaries + 1)
        return cnn_fail_at(error, "factors", 0,
                           "there are %llu factors for %llu boundaries; there must be one more "
                           "factor than boundaries",
                           (unsigned long long)self->factors.count, (unsigned long long)boundaries);
    return 0;
}

static double rate(const void *data, const cnn_schedule_point *point)
{
    const struct piecewise_constant *self = data;
    const uint64_t epoch = point->step / point->steps_per_epoch;
    const uint64_t part = milestones_below(&self->boundary_steps, (double)point->step) +
                          milestones_below(&self->boundary_epochs, (double)epoch);
    return point->base * self->factors.items[part];
}

/* By `tests/golden/schedules.py cases`. */
static const cnn_golden golden[] = {
    {"{}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("steps", 0, 3, 5, 12, 39, 57), CNN_VALUES("training", 5, 40, 0.5),
      CNN_VALUES("rates", 0.5, 0.5, 0.5, 0.5, 0.5, 0.5)}},
    {"{boundary_steps: [10, 11, 30], factors: [1, 0.5, 0.25, 2]}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("steps", 0, 3, 5, 12, 39, 57), CNN_VALUES("training", 5, 40, 0.5),
      CNN_VALUES("rates", 0.5, 0.5, 0.5, 0.125, 1.0, 1.0)}},
    {"{boundary_epochs: [4], factors: [0.25, 1]}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("steps", 0, 3, 5, 12, 39, 57), CNN_VALUES("training", 5, 40, 0.5),
      CNN_VALUES("rates", 0.125, 0.125, 0.125, 0.125, 0.5, 0.5)}},
    CNN_GOLDEN_END,
};

CNN_SCHEDULE("piecewise_constant", "the rate is one part of learning_rate after another",
             .doc =
                 "rate = learning_rate factors[n], where n is the number of boundaries below the "
                 "step, or the epoch, both counted from 0. A boundary still belongs to the part "
                 "before it: {boundary_steps: [1000], factors: [1, 0.1]} takes 1,001 steps at "
                 "the full rate.\n"
                 "Keras: PiecewiseConstantDecay. PyTorch: ConstantLR is {boundary_epochs: [4], "
                 "factors: [0.3333, 1]}; for falls by one factor see multi_step.",
             .params = params, .golden = golden, .self_size = sizeof(struct piecewise_constant),
             .init = init, .rate = rate)
