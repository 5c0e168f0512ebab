/* template_name.c - the learning rate falls by a factor every few epochs.
 *
 *     rate = learning_rate factor^floor(epoch / every)
 *
 * The manual of schedules is <cnnrun/schedule.h>. */
#include <cnnrun/schedule.h>

/* The parameters, as a pipeline may set them: schedule: {template_name: {every: 5}}. */
struct settings {
    double factor;
    int64_t every;
};

static const cnn_param params[] = {
    /* struct, field, type, default, least, most, flags, help */
    CNN_PARAM(struct settings, factor, CNN_REAL, "0.5", 0, 1, CNN_ABOVE_MIN,
              "what is left of the rate at each fall"),
    CNN_PARAM(struct settings, every, CNN_INTEGER, "1", 1, 1000000, 0, "epochs between two falls"),
    CNN_PARAM_END,
};

/* Required. The rate of one step: finite, 0 or more. A function of its arguments alone, since a
 * resumed run asks from the middle; keep nothing between calls. */
static double rate(const void *data, const cnn_schedule_point *point)
{
    const struct settings *self = data;
    const uint64_t epoch = point->step / point->steps_per_epoch;
    return point->base * pow(self->factor, (double)(epoch / (uint64_t)self->every));
}

/* The name must be the file's. `doc` is what `cnnrun plugins template_name` prints. */
CNN_SCHEDULE("template_name", "the rate falls by a factor every few epochs",
             .doc = "rate = learning_rate factor^floor(epoch / every), epochs counted from 0.",
             .params = params, .self_size = sizeof(struct settings), .rate = rate)
