/* optimizer.h - an optimizer moves the weights by their gradients.
 *
 * All trained weights lie in one array, tensor behind tensor, their gradients in a second of the same
 * order, and each of the optimizer's state arrays is as long. Each tensor begins at a multiple of 16
 * floats. The gaps between them are 0, their gradients too. A range of the element form may hold some,
 * and they must stay 0: a step does not move a weight of 0 whose gradient is 0 and always was. The host calls step() on ranges of these
 * arrays. What a range is depends on the optimizer's form, which plan() says:
 *
 *   element     (no plan(), or CNN_FORM_ELEMENT) step() treats every element alike and alone. The host
 *               cuts the arrays into ranges, which may hold several tensors or a part of one.
 *   two passes  for steps that need the norm of a whole tensor (LARS, LAMB). A range lies in one tensor.
 *               step() is called once for each range with `pass` 1, where it writes into `update` what
 *               it would do. The host adds up the norms of the tensor's weights and of its update. Then
 *               step() is called for each range with `pass` 2, with these norms, and moves the weights.
 *               In each pass element i still depends on element i alone.
 *   tensor      for steps that need a whole tensor (Muon). step() is called once for each tensor.
 *
 * The host divides the calls among the threads. Where the cuts lie depends on the network only, never
 * on the number of threads; so do the norms, which the host adds up in double precision and in a fixed
 * order. Tensors that are not trained (`trainable: false`, `lr_mult: 0`) are in no range.
 *
 * The host reads some options for every optimizer, beside its parameters: see cnn_optimizer_options. It
 * applies them around the call of step(), so that step() does not know of them. No optimizer may have a
 * parameter of their names, nor one called `decay_exclude`. */
#ifndef CNNRUN_OPTIMIZER_H
#define CNNRUN_OPTIMIZER_H

#include <cnnrun/initializer.h>
#include <cnnrun/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CNN_MAX_SLOTS 8u

/* One state array: one float per weight, kept between steps and in the checkpoint. */
typedef struct cnn_slot {
    const char *name; /* [a-z][a-z0-9_]*; names the tensors `optimizer/NAME/LAYER/kernel` */
    float initial;    /* every element's value before the first step */
    uint32_t reserved; /* 0 */
} cnn_slot;

/* A tensor of the network's weights. */
typedef struct cnn_optimizer_tensor {
    const char *name;    /* "conv2d/kernel" */
    cnn_shape shape;
    uint64_t role;       /* CNN_ROLE_* of initializer.h */
    uint64_t offset;     /* of its first element in the arrays; 0 where it is not trained */
    uint64_t count;      /* its elements */
    uint64_t trained;    /* 1; 0: step() does not see it */
    double lr_mult;      /* what the pipeline says; the rate that step() gets is multiplied by it already */
    double decay_mult;   /* what the pipeline says; 0 where `decay_exclude` names the tensor */
} cnn_optimizer_tensor;

#define CNN_FORM_ELEMENT 0u
#define CNN_FORM_TWO_PASSES 1u
#define CNN_FORM_TENSOR 2u

/* Flags of a plan. */
#define CNN_GLOBAL_NORM 1u /* step() wants gradient_norm */

/* Filled by the host down to tensor_most, by plan() from `form` on; that is 0 before. */
typedef struct cnn_optimizer_plan {
    uint64_t struct_size;
    const cnn_optimizer_tensor *tensors; /* all of the network; they stay as long as step() is called */
    uint64_t tensor_count;
    uint64_t range_most;    /* the most elements that a call of step() gets as an element form, or in two passes */
    uint64_t tensor_most;   /* and as a tensor form: the largest trained tensor's */
    uint64_t form;          /* CNN_FORM_* */
    uint64_t flags;         /* CNN_GLOBAL_NORM */
    uint64_t scratch_bytes; /* for each thread, during one call */
} cnn_optimizer_plan;

/* One range of elements; arrays are 64-byte aligned and do not overlap. */
typedef struct cnn_optimizer_step {
    uint64_t struct_size;
    uint64_t count;        /* elements in this range, 1 or more */
    uint64_t step;         /* of the training, 1 is the first */
    double learning_rate;  /* of this step, from the schedule, times the tensors' lr_mult */
    double decay_mult;     /* the tensors': multiply a decay of your own by it. 0 where `decay_exclude` names them */
    const float *gradient; /* of the batch's mean loss; with l2 and clipped, where the pipeline says so */
    float *weight;         /* read and updated in place; in pass 1 to be read only. weight_decay is done */
    float *const *state;   /* one pointer a slot, updated in place */
    const cnn_optimizer_tensor *tensor; /* in which the range lies; NULL in the element form */
    uint64_t pass;         /* two passes: 1 or 2; else 0 */
    float *update;         /* two passes: as long as the range. Pass 1 writes every element; in pass 2 it is as pass 1
                              left it, and may be overwritten. Else NULL */
    double weight_norm;    /* pass 2: the square root of the sum of the squares of all the tensor's weights, as they
                              are before pass 2; and of its update. Else 0 */
    double update_norm;
    double gradient_norm;  /* with CNN_GLOBAL_NORM: the same of the gradients of all trained weights, as step() gets them; else 0 */
    void *scratch;         /* scratch_bytes, 64-byte aligned, uninitialised */
} cnn_optimizer_step;

/* The options of every optimizer. 0: nothing is done. At most one of the three clips is more than 0. The formulas
 * are Keras's; g is the gradient of the batch's mean loss, w a weight, lr the rate of the step times lr_mult.
 * They come in this order: l2, the clip, weight_decay, then step(), then ema. */
typedef struct cnn_optimizer_options {
    double weight_decay;    /* w <- w - lr weight_decay decay_mult w, whatever the gradient: decoupled */
    double l2;              /* g <- g + l2 decay_mult w */
    double clipvalue;       /* each element of g is brought into [-clipvalue, clipvalue] */
    double clipnorm;        /* each tensor's g is scaled down to this norm, where it has more */
    double global_clipnorm; /* the same with the norm of all trained tensors' g together */
    double ema;             /* below 1. Validation, prediction and the final weights use a <- ema a + (1 - ema) w, where
                               a is w after the first step; training goes on with w. Moving statistics are not averaged */
} cnn_optimizer_options;

/* An optimizer must have a real parameter `learning_rate`: the schedule's base. step() uses the rate
 * handed in, not the parameter. */
typedef struct cnn_optimizer {
    CNN_HEAD_FIELDS

    /* Optional. [setup] Fills slots[0..n) and returns n, at most CNN_MAX_SLOTS. NULL: no state. */
    uint64_t (*slots)(const void *self, cnn_slot slots[CNN_MAX_SLOTS]);

    /* Required. [train] Updates weight[0..count) and the state, as its form says. */
    void (*step)(const void *self, const cnn_optimizer_step *io);

    /* Optional. [setup], before slots and the first step. Looks at the tensors, says the form, and keeps in self
     * what step() needs of them. May be called again, for the same network. Returns 0, or -1 by cnn_fail(). NULL: the element form, without scratch. An
     * optimizer that hands on to another one calls that one's plan(), slots() and step() in its own. */
    int (*plan)(void *self, cnn_optimizer_plan *plan, cnn_error *error);

    /* What the options are where the pipeline does not say: AdamW has {.weight_decay = 0.004}. Those of an optimizer
     * that another one calls do not count. */
    cnn_optimizer_options defaults;
} cnn_optimizer;

#define CNN_OPTIMIZER(NAME, SUMMARY, ...)                                                           \
    CNN_PLUGIN_(CNN_KIND_OPTIMIZER, cnn_optimizer, NAME, SUMMARY, __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
