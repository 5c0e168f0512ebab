/* schedule_milestones.c - a factor at each epoch of a list; 0 is a rate, too. */
#include <cnnrun/schedule.h>

struct milestones {
    cnn_integers epochs;
    double factor;
};

static const cnn_param params[] = {
    CNN_PARAM(struct milestones, epochs, CNN_INTEGERS, "[3, 5]", 0, 1e6, 0, "in rising order"),
    CNN_PARAM(struct milestones, factor, CNN_REAL, "0.1", 0, 1, 0, "at each of them"),
    CNN_PARAM_END,
};

static int init(void *data, cnn_error *error)
{
    const cnn_integers *epochs = &((struct milestones *)data)->epochs;
    for (uint64_t i = 1; i < epochs->count; i++)
        if (epochs->items[i] <= epochs->items[i - 1])
            return cnn_fail(error, "epochs[%d] is not above the one before; they must rise",
                            (int)i);
    return 0;
}

static double rate(const void *self, const cnn_schedule_point *point)
{
    const struct milestones *m = self;
    const uint64_t epoch = point->step / point->steps_per_epoch;
    double factor = 1;
    for (uint64_t i = 0; i < m->epochs.count && epoch >= (uint64_t)m->epochs.items[i]; i++)
        factor *= m->factor;
    return point->base * factor;
}

CNN_SCHEDULE("schedule_milestones", "a factor at each epoch of a list", .params = params,
             .self_size = sizeof(struct milestones), .init = init, .rate = rate)
