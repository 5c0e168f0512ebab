/* objective.c - calls a loss for one sample; differentiates it numerically where it brings no
 * gradient. */
#include "engine/objective.h"

#include <math.h>
#include <string.h>

#include "plugin/crash.h"

double cnn_objective_value(const cnn_instance *loss, const double *output, const double *target,
                           size_t classes)
{
    double value = 0;
    CNN_CRASH_GUARD(loss->file, "value",
                    value = loss->file->loss.value(loss->self, output, target, classes));
    return value;
}

/* Central differences of the value by each of the `x`, which are as before afterwards. */
static void differentiate(const cnn_instance *loss, double *x, const double *target, size_t classes,
                          double *gradient)
{
    const cnn_loss *plugin = &loss->file->loss;
    uint64_t claims = 0;
    if (plugin->claims)
        CNN_CRASH_GUARD(loss->file, "claims", claims = plugin->claims(loss->self));
    for (size_t c = 0; c < classes; c++) {
        const double at = x[c], h = 6e-6 * fmax(fabs(at), 1e-3);
        double low = at - h, high = at + h;
        if (claims &
            CNN_TAKES_PROBABILITIES) { /* one that is outside [0, 1] moves no further out */
            low = fmax(low, fmin(at, 0));
            high = fmin(high, fmax(at, 1));
        }
        x[c] = high;
        const double above = cnn_objective_value(loss, x, target, classes);
        x[c] = low;
        const double below = cnn_objective_value(loss, x, target, classes);
        x[c] = at;
        gradient[c] = (above - below) / (high - low);
    }
}

void cnn_objective_gradient(const cnn_instance *loss, const double *output, const double *target,
                            size_t classes, double *gradient, double *work)
{
    const cnn_loss *plugin = &loss->file->loss;
    if (plugin->gradient) {
        CNN_CRASH_GUARD(loss->file, "gradient",
                        plugin->gradient(loss->self, output, target, classes, gradient));
        return;
    }
    memcpy(work, output, classes * sizeof *work);
    differentiate(loss, work, target, classes, gradient);
}
