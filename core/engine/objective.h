/* objective.h - what training minimises for one sample: a loss's value, and its gradient.
 *
 * A loss may leave its gradient out; then it is made here from values alone, as loss.h says. */
#ifndef CNN_ENGINE_OBJECTIVE_H
#define CNN_ENGINE_OBJECTIVE_H

#include "plugin/plugin.h"

/* `output` and the one-hot `target` have `classes` elements. Any thread. */
double cnn_objective_value(const cnn_instance *loss, const double *output, const double *target,
                           size_t classes);

/* Writes all `classes` elements of `gradient`; `work` has as many, and its contents are lost. */
void cnn_objective_gradient(const cnn_instance *loss, const double *output, const double *target,
                            size_t classes, double *gradient, double *work);

#endif
