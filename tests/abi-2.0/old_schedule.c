/* old_schedule.c - a schedule of ABI 2.0. */
#include <cnnrun/schedule.h>

struct settings {
    double factor;
    int64_t every;
};

static const cnn_param params[] = {
    CNN_PARAM(struct settings, factor, CNN_REAL, "0.5", 0, 1, CNN_ABOVE_MIN,
              "what is left of the rate at each fall"),
    CNN_PARAM(struct settings, every, CNN_INTEGER, "1", 1, 1000000, 0, "epochs between two falls"),
    CNN_PARAM_END,
};

static double rate(const void *data, const cnn_schedule_point *point)
{
    const struct settings *self = data;
    const uint64_t epoch = point->step / point->steps_per_epoch;
    return point->base * pow(self->factor, (double)(epoch / (uint64_t)self->every));
}

CNN_SCHEDULE("old_schedule", "the rate falls by a factor every few epochs",
             .doc = "rate = learning_rate factor^floor(epoch / every), epochs counted from 0.",
             .params = params, .self_size = sizeof(struct settings), .rate = rate)
