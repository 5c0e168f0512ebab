/* schedule_golden_misspelt.c - its golden case has an array that means nothing. */
/* must fail: GOLD-1 */
#include <cnnrun/schedule.h>

static double rate(const void *self, const cnn_schedule_point *point)
{
    (void)self;
    return point->base;
}

static const cnn_golden golden[] = {
    {"{}", 0, {0, {0}},
     {CNN_VALUES("steps", 0, 7), CNN_VALUES("training", 5, 10, 0.5), CNN_VALUES("rates", 0.5, 0.5),
      CNN_VALUES("rate", 0.25)}},
    CNN_GOLDEN_END,
};

CNN_SCHEDULE("schedule_golden_misspelt", "an array of no meaning", .rate = rate, .golden = golden)
