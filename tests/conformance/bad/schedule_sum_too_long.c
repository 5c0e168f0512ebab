/* schedule_sum_too_long.c - two parameters fit each, but not together. */
/* must fail: PAR-4 */
#include <cnnrun/schedule.h>

struct table {
    int64_t rise, fall;
    double rates[6];
};

static const cnn_param params[] = {
    CNN_PARAM(struct table, rise, CNN_INTEGER, "1", 1, 5, 0, "steps on the way up"),
    CNN_PARAM(struct table, fall, CNN_INTEGER, "1", 1, 5, 0, "steps on the way down"),
    CNN_PARAM_END,
};

static int init(void *data, cnn_error *error)
{
    struct table *self = data;
    (void)error;
    for (int64_t i = 0; i < self->rise + self->fall; i++)
        self->rates[i] = i < self->rise ? 0.5 : 1;
    return 0;
}

static double rate(const void *self, const cnn_schedule_point *point)
{
    const struct table *table = self;
    return point->base * table->rates[point->step % (uint64_t)(table->rise + table->fall)];
}

CNN_SCHEDULE("schedule_sum_too_long", "two parameters fit each, but not together", .params = params,
             .self_size = sizeof(struct table), .init = init, .rate = rate)
