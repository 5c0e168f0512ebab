/* one_cycle.c - Smith and Topin 2018, "Super-convergence" (arXiv:1708.07120): up to learning_rate,
 * then down far below where it began; as PyTorch's OneCycleLR has it.
 *
 *     first = learning_rate / div_factor, last = first / final_div_factor, T the length
 *     from first to learning_rate until step pct_start T - 1, then to last until step T - 1
 *     each along half a cosine, a + (b - a) (1 - cos(pi x)) / 2, or a line, a + (b - a) x */
#include "kernels/length.h"

#define PI 3.14159265358979323846

enum { COS, LINEAR };
static const char *const strategies[] = {"cos", "linear", NULL};

struct one_cycle {
    int64_t total_steps, total_epochs;
    double pct_start, div_factor, final_div_factor;
    int32_t anneal_strategy;
};

static const cnn_param params[] = {
    LENGTH_PARAMS(struct one_cycle, total_steps, total_epochs, "the whole training"),
    CNN_PARAM(struct one_cycle, pct_start, CNN_REAL, "0.3", 0, 1, 0,
              "the part of the length in which the rate rises"),
    CNN_PARAM(struct one_cycle, div_factor, CNN_REAL, "25", 1, 1e30, 0,
              "it begins at learning_rate / div_factor"),
    CNN_PARAM(struct one_cycle, final_div_factor, CNN_REAL, "10000", 1, 1e30, 0,
              "it ends at the first rate / final_div_factor"),
    CNN_PARAM_CHOICE(struct one_cycle, anneal_strategy, "cos", strategies,
                     "along half a cosine, or a straight line"),
    CNN_PARAM_END,
};

static int init(void *data, cnn_error *error)
{
    const struct one_cycle *self = data;
    return length_check(self->total_steps, self->total_epochs, "total_epochs", error);
}

/* Between the rates a, at the time `from`, and b, at the time `to`. */
static double between(const struct one_cycle *self, double a, double b, double t, double from,
                      double to)
{
    const double x = t >= to ? 1 : (t - from) / (to - from);
    return a + (b - a) * (self->anneal_strategy == COS ? (1 - cos(PI * x)) / 2 : x);
}

static double rate(const void *data, const cnn_schedule_point *point)
{
    const struct one_cycle *self = data;
    const double length =
        length_of(self->total_steps, self->total_epochs, point->total_steps, point);
    const double t = (double)point->step, top = self->pct_start * length - 1;
    const double first = point->base / self->div_factor;
    return t <= top
               ? between(self, first, point->base, t, 0, top)
               : between(self, point->base, first / self->final_div_factor, t, top, length - 1);
}

/* By `tests/golden/schedules.py cases`. */
static const cnn_golden golden[] = {
    {"{}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("steps", 0, 3, 5, 12, 39, 57), CNN_VALUES("training", 5, 40, 0.5),
      CNN_VALUES("rates", 0.020000000000000018, 0.10283342385313154, 0.22584443881441152,
                 0.4984280587611008, 2e-06, 2e-06)}},
    {"{total_steps: 50, pct_start: 0.5, anneal_strategy: linear}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("steps", 0, 3, 5, 12, 39, 57), CNN_VALUES("training", 5, 40, 0.5),
      CNN_VALUES("rates", 0.02, 0.08, 0.12000000000000001, 0.26, 0.2000012, 2.000000000002e-06)}},
    {"{total_epochs: 4, div_factor: 4, final_div_factor: 10}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("steps", 0, 3, 5, 12, 39, 57), CNN_VALUES("training", 5, 40, 0.5),
      CNN_VALUES("rates", 0.125, 0.3704406864453026, 0.5, 0.25625, 0.0125, 0.0125)}},
    CNN_GOLDEN_END,
};

CNN_SCHEDULE(
    "one_cycle", "up to learning_rate, then down far below where it began",
    .doc = "The rate begins at learning_rate / div_factor, is learning_rate at step pct_start "
           "length - 1, and at step length - 1 it is the first rate / final_div_factor, where it "
           "stays; steps are counted from 0. learning_rate is thus the largest rate, and may be "
           "several times that of a constant one. By default the length is the whole training.\n"
           "From Smith and Topin 2018, arXiv:1708.07120. PyTorch: OneCycleLR, which also moves the "
           "momentum, from 0.95 to 0.85 and back; a schedule here is of the rate alone, so the "
           "optimizer's momentum stays as it is. Its three_phase is not offered. Keras has no such "
           "schedule.",
    .params = params, .golden = golden, .self_size = sizeof(struct one_cycle), .init = init,
    .rate = rate)
