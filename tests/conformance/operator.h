/* operator.h - what the standard operators of <cnnrun/layer.h> are, computed by definition. */
#ifndef KIT_OPERATOR_H
#define KIT_OPERATOR_H

#include "layer.h"

#define KIT_OPERATOR_SAMPLES 2u

/* What operators make of a tensor: element i of the output is value[i], and its gradient goes to
 * element from[i] of what the first operator was applied to, if open[i]. */
typedef struct kit_meaning {
    cnn_shape shape; /* of a sample */
    float *value;
    uint64_t *from;
    bool *open;
} kit_meaning;

kit_meaning kit_meaning_new(const cnn_shape *shape, const float *x);
/* Relu, maxima, or what leaves the numbers as they are; fails the check where the operator does not
 * take such a tensor. False: the operator is none of these. */
bool kit_meaning_apply(kit_meaning *m, const cnn_operator *what);
/* The gradient by what the first operator was applied to, `count` floats. */
void kit_meaning_spread(const kit_meaning *m, const float *dy, float *to, uint64_t count);

/* Outputs along an axis of n, and how far the first window reaches over the edge. */
uint64_t kit_operator_places(const cnn_operator *what, uint64_t axis, uint64_t n, uint64_t *before);

/* For all other operators: element i of sample s, in evaluation, from the pass's inputs and
 * weights; and by how much a layer may miss it, as a part of the largest. Fails the check where
 * shapes or weights are not the operator's. */
double kit_operator_value(const kit_pass *p, const cnn_operator *what, uint64_t s, uint64_t i);
double kit_operator_slack(const cnn_operator *what);

#endif
