/* schedule_error_elsewhere.c - its error is about a parameter that it does not have. */
/* must fail: PAR-2 */
#include <cnnrun/schedule.h>

struct ramp {
    int64_t end;
};

static const cnn_param params[] = {
    CNN_PARAM(struct ramp, end, CNN_INTEGER, "5", 0, 1000, 0, "the step where it ends"),
    CNN_PARAM_END,
};

static int init(void *data, cnn_error *error)
{
    const struct ramp *self = data;
    return self->end > 5 ? 0 : cnn_fail_at(error, "ends", 0, "it ends too early");
}

static double rate(const void *self, const cnn_schedule_point *point)
{
    const struct ramp *ramp = self;
    return point->step < (uint64_t)ramp->end ? point->base : 0;
}

CNN_SCHEDULE("schedule_error_elsewhere", "its error is about a parameter that it does not have",
             .params = params, .self_size = sizeof(struct ramp), .init = init, .rate = rate)
