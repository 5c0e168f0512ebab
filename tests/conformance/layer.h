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
    float *w[CNN_MAX_WEIGHTS], *dw[CNN_MAX_WEIGHTS]; /* dw NULL where it is not trained */
    float *x, *y, *dy, *dx;
    float *other[CNN_MAX_INPUTS], *dother[CNN_MAX_INPUTS]; /* further inputs, and their gradients */
    void *saved, *scratch, *prepared;
    cnn_random *random;
    double *measured, *totals, *totals_backward;
    uint64_t batch; /* samples of the batch; `samples` but for a pass that shares its totals with
                       others */
    bool shares;    /* the totals are those of several passes: they are not measured again */
} kit_pass;

/* Inputs and weights are numbers that `layout->salt` chooses, of a spread that keeps sums near 1.
 */
kit_pass kit_pass_new(const kit_instance *layer, const kit_layout *layout, uint64_t samples);
void kit_numbers(float *values, uint64_t count, uint64_t salt, double spread);

/* What the layer measures of the pass, into its totals; nothing if it measures nothing. */
void kit_measure(kit_pass *p);
void kit_measure_backward(kit_pass *p);
/* Makes the two passes shards of one batch: both get the sums of their totals, and the number of
 * samples of both. Called after both have measured, and again after both have measured backward. */
void kit_share(kit_pass *to, kit_pass *from);
/* `to` gets the totals of `from`. */
void kit_take_totals(kit_pass *to, const kit_pass *from);

/* In training, and in backward, what the layer measures comes first, unless the pass shares its
 * totals. */
void kit_forward(kit_pass *p, bool training);
void kit_backward(kit_pass *p);         /* after kit_forward in training */
void kit_weight_gradients(kit_pass *p); /* all parts of the second phase, if there is one */
void kit_weight_part(kit_pass *p, uint64_t part);
void kit_update(kit_pass *p); /* moving statistics, if there are any */

/* One call of survey on the pass's samples, of `all`; totals has those of the passes before. */
void kit_survey(kit_pass *p, uint64_t pass, uint64_t all, const double *totals, double *sums);
/* What the layer measures where these samples are all training data, into its weights; nothing if
 * it asks for no survey. */
void kit_settle(kit_pass *p);

/* For those calls: a struct of arguments at the end of its page, longer than known if the layout
 * says so; pointers to all weights; pointers to all inputs, or to their gradients, `own` in its
 * slot among the others. */
void *kit_arguments(const kit_layout *layout, const char *name, const void *known, size_t size);
float **kit_pointers(const kit_pass *p, const char *name, float *const *from);
float **kit_beside(const kit_pass *p, const char *name, float *own, float *const *others);
/* Makes what a call may only read read-only, where the layout says so, or writable again. */
void kit_guard_inputs(const kit_pass *p, bool readonly);

/* Forward in training, backward, second phase. */
void kit_pass_whole(kit_pass *p);

#endif
