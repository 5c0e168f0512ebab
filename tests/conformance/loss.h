/* loss.h - calls of a loss, and inputs that it takes, for the checks of losses. */
#ifndef KIT_LOSS_H
#define KIT_LOSS_H

#include "instance.h"

uint64_t kit_loss_claims(const kit_instance *loss);
bool kit_loss_has_gradient(const kit_instance *loss);
double kit_loss_value(const kit_instance *loss, const double *output, const double *target,
                      size_t classes);
void kit_loss_gradient(const kit_instance *loss, const double *output, const double *target,
                       size_t classes, double *gradient);

/* How outputs are drawn. Where the loss takes probabilities, the outcome is turned into some. */
typedef enum kit_inputs {
    KIT_DYADIC, /* multiples of 1/64 around 0: differences of piecewise linear losses are exact */
    KIT_COARSE, /* multiples of 1/2, where kinks like to be */
    KIT_RANDOM, /* normal */
    KIT_WIDE,   /* normal times 30: nearly sure predictions */
    KIT_INPUTS,
} kit_inputs;

void kit_loss_draw(kit_case *c, uint64_t claims, kit_inputs how, double *output, size_t classes);
/* One-hot at a random class, which is returned. For a loss that claims CNN_TAKES_VECTORS every
 * second target is instead a vector, of probabilities if the loss is one of classification; then
 * its largest number's place is returned. */
size_t kit_loss_target(kit_case *c, uint64_t claims, double *target, size_t classes);

/* For checks at several settings: defaults first, then random ones that the plugin accepts; NULL
 * after `most`. The one before is unmade. */
kit_instance *kit_loss_next(kit_case *c, kit_instance *before, size_t index, size_t most);

#endif
