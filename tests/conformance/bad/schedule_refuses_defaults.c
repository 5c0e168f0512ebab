/* schedule_refuses_defaults.c - its defaults do not go together. */
/* must fail: PAR-2 */
#include <cnnrun/schedule.h>

struct ramp {
    int64_t start, end;
};

static const cnn_param params[] = {
    CNN_PARAM(struct ramp, start, CNN_INTEGER, "10", 0, 1000, 0, "the step where it starts"),
    CNN_PARAM(struct ramp, end, CNN_INTEGER, "5", 0, 1000, 0, "the step where it ends"),
    CNN_PARAM_END,
};

static int init(void *data, cnn_error *error)
{
    const struct ramp *self = data;
    return self->start < self->end ? 0 : cnn_fail(error, "start is not before end");
}

static double rate(const void *self, const cnn_schedule_point *point)
{
    const struct ramp *ramp = self;
    return point->step < (uint64_t)ramp->end ? point->base : 0;
}

CNN_SCHEDULE("schedule_refuses_defaults", "its defaults do not go together", .params = params,
             .self_size = sizeof(struct ramp), .init = init, .rate = rate)
