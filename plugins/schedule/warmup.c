/* warmup.c - the learning rate grows from 0 or a fraction in equal steps; then another schedule
 * goes on. */
#include "kernels/length.h"

typedef struct warmup {
    int64_t steps, epochs;
    double from;
    const cnn_handle *then;
} warmup;

static const cnn_param params[] = {
    CNN_PARAM(warmup, steps, CNN_INTEGER, "null", 0, 1e12, CNN_NULLABLE,
              "length of the warm-up in steps; null: by epochs"),
    CNN_PARAM(warmup, epochs, CNN_INTEGER, "null", 0, 1e6, CNN_NULLABLE,
              "length of the warm-up in epochs, in place of steps; both null: one epoch"),
    CNN_PARAM(
        warmup, from, CNN_REAL, "0", 0, 1, 0,
        "the fraction of the first rate of the schedule after it that the warm-up starts from"),
    CNN_PARAM_PLUGIN(warmup, then, CNN_KIND_SCHEDULE, "constant", 0,
                     "the schedule after the warm-up; it counts its steps from the warm-up's end"),
    CNN_PARAM_END};

static int init(void *data, cnn_error *error)
{
    const warmup *w = data;
    return length_check(w->steps, w->epochs, "epochs", error);
}

static uint64_t length(const warmup *w, const cnn_schedule_point *point)
{
    const uint64_t epochs = w->epochs == INT64_MIN ? 1 : (uint64_t)w->epochs;
    return w->steps != INT64_MIN ? (uint64_t)w->steps : epochs * point->steps_per_epoch;
}

static double rate(const void *self, const cnn_schedule_point *point)
{
    const warmup *w = self;
    const cnn_schedule *then = w->then->plugin;
    const uint64_t steps = length(w, point);
    cnn_schedule_point after = *point;
    after.struct_size = sizeof after;
    after.step = point->step > steps ? point->step - steps : 0;
    after.total_steps = point->total_steps > steps ? point->total_steps - steps : 1;
    const double target = then->rate(w->then->self, &after);
    if (point->step >= steps)
        return target;
    return target * (w->from + (1 - w->from) * ((double)(point->step + 1) / (double)steps));
}

/* By `tests/golden/schedules.py cases`. */
static const cnn_golden golden[] = {
    {"{}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("steps", 0, 3, 5, 12, 39, 57), CNN_VALUES("training", 5, 40, 0.5),
      CNN_VALUES("rates", 0.1, 0.4, 0.5, 0.5, 0.5, 0.5)}},
    {"{steps: 7, from: 0.25}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("steps", 0, 3, 5, 12, 39, 57), CNN_VALUES("training", 5, 40, 0.5),
      CNN_VALUES("rates", 0.17857142857142858, 0.3392857142857143, 0.44642857142857145, 0.5, 0.5,
                 0.5)}},
    {"{epochs: 2, then: {cosine_decay: {}}}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("steps", 0, 3, 5, 12, 39, 57), CNN_VALUES("training", 5, 40, 0.5),
      CNN_VALUES("rates", 0.05, 0.2, 0.3, 0.4945369001834514, 0.0013695261579316498, 0.0)}},
    {"{steps: 6, then: {step: {factor: 0.5, every: 2}}}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("steps", 0, 3, 5, 12, 39, 57), CNN_VALUES("training", 5, 40, 0.5),
      CNN_VALUES("rates", 0.08333333333333333, 0.3333333333333333, 0.5, 0.5, 0.0625, 0.015625)}},
    CNN_GOLDEN_END,
};

CNN_SCHEDULE(
    "warmup", "a rate that grows in equal steps, then another schedule",
    .doc = "In step i of a warm-up of N steps, counted from 0, rate = r (from + (1 - from) "
           "(i + 1) / N), where r is the rate of the schedule `then` at its step 0. From step N "
           "on, rate is that of `then` at step i - N of a training that is N steps shorter. "
           "Use it where large rates make the first steps diverge: with large batches, Adam, or "
           "many layers (Goyal et al., Accurate, Large Minibatch SGD, 2017). PyTorch's LinearLR "
           "in a SequentialLR gives from + (1 - from) i / N.",
    .params = params, .golden = golden, .self_size = sizeof(warmup), .init = init, .rate = rate)
