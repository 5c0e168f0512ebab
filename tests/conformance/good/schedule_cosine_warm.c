/* schedule_cosine_warm.c - a straight way up, then half a cosine down to a last rate that is kept.
 */
#include <cnnrun/schedule.h>

struct cosine {
    double warmup_epochs, last;
};

static const cnn_param params[] = {
    CNN_PARAM(struct cosine, warmup_epochs, CNN_REAL, "1", 0, 1000, 0, "how long the way up takes"),
    CNN_PARAM(struct cosine, last, CNN_REAL, "0.01", 0, 1, 0, "the end, as a part of the base"),
    CNN_PARAM_END,
};

static double rate(const void *self, const cnn_schedule_point *point)
{
    const struct cosine *cosine = self;
    const double step = (double)point->step;
    const double top = cosine->warmup_epochs * (double)point->steps_per_epoch;
    const double way = fmin(1, (step - top) / fmax(1, (double)point->total_steps - top));
    if (step < top)
        return point->base * (step + 1) / (top + 1);
    return point->base *
           (cosine->last + (1 - cosine->last) * 0.5 * (1 + cos(3.141592653589793 * way)));
}

CNN_SCHEDULE("schedule_cosine_warm", "a straight way up, then half a cosine down", .params = params,
             .self_size = sizeof(struct cosine), .rate = rate)
