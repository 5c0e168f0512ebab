/* loss_steps_down.c - brings outputs into [-1, 1] by steps, for ever where there is no end. */
/* must fail: LOSS-13 */
#include <cnnrun/loss.h>

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    double sum = 0;
    (void)self;
    for (size_t c = 0; c < classes; c++) {
        double angle = output[c];
        while (angle > 1)
            angle -= 2;
        while (angle < -1)
            angle += 2;
        sum += (angle - target[c]) * (angle - target[c]);
    }
    return sum;
}

CNN_LOSS("loss_steps_down", "brings outputs into [-1, 1] by steps, for ever where there is no end",
         .value = value)
