/* schedule_table_short.c - the table ends before the parameter's range. */
/* must fail: PAR-3 */
#include <cnnrun/schedule.h>

struct table {
    int64_t length;
    double rates[10];
};

static const cnn_param params[] = {
    CNN_PARAM(struct table, length, CNN_INTEGER, "5", 1, 100, 0, "how many rates there are"),
    CNN_PARAM_END,
};

static int init(void *data, cnn_error *error)
{
    struct table *self = data;
    (void)error;
    for (int64_t i = 0; i < self->length; i++)
        self->rates[i] = 1 / (double)(i + 1);
    return 0;
}

static double rate(const void *self, const cnn_schedule_point *point)
{
    const struct table *table = self;
    return point->base * table->rates[point->step % (uint64_t)table->length];
}

CNN_SCHEDULE("schedule_table_short", "the table ends before the parameter's range",
             .params = params, .self_size = sizeof(struct table), .init = init, .rate = rate)
