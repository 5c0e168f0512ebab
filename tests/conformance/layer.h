/* layer.h - one shard or batch through a layer, in guarded memory, for the checks of layers. */
#ifndef KIT_LAYER_H
#define KIT_LAYER_H

#include "instance.h"

/* The input shapes that are tried, in this order; a layer may refuse some, not all. */
extern const cnn_shape kit_input_shapes[];
extern const size_t kit_input_shape_count;
extern const size_t
    kit_layer_variants; /* the shapes, with one input, and in several ways with more */

/* Everything that the callbacks are handed. */
typedef struct kit_pass {
    const kit_instance *layer;
    const kit_layout *layout;
    uint64_t samples, in, out; /* floats of a sample */
    uint64_t size[CNN_MAX_WEIGHTS];
    float *w[CNN_MAX_WEIGHTS], *dw[CNN_MAX_WEIGHTS]; /* dw NULL for moving statistics */
    float *x, *y, *dy, *dx;
    float *other[CNN_MAX_INPUTS], *dother[CNN_MAX_INPUTS]; /* further inputs, and their gradients */
    void *saved, *scratch, *prepared;
    cnn_random *random;
    double *statistics;
} kit_pass;

/* Inputs and weights are numbers that `layout->salt` chooses, of a spread that keeps sums near 1.
 */
kit_pass kit_pass_new(const kit_instance *layer, const kit_layout *layout, uint64_t samples);
void kit_numbers(float *values, uint64_t count, uint64_t salt, double spread);

void kit_forward(kit_pass *p, bool training);
void kit_backward(kit_pass *p);         /* after kit_forward in training */
void kit_weight_gradients(kit_pass *p); /* all parts of the second phase, if there is one */
void kit_weight_part(kit_pass *p, uint64_t part);
void kit_update(kit_pass *p); /* moving statistics, if there are any */

/* Forward in training, backward, second phase. */
void kit_pass_whole(kit_pass *p);

#endif
