/* layer.h - a layer turns one tensor a sample into another, and gradients back.
 *
 * A layer's plugin may not be called `input`, `repeat` or `residual`, which mean something else in a pipeline's list of
 * layers.
 *
 * Most layers take one tensor, `x`. One may take several, which a pipeline names by `inputs: [NAME, ...]`: plan()
 * sees their shapes and says how many it takes, and forward and backward find them in `xs` and `dxs`. Several layers may
 * read one tensor; the host then adds their gradients, from the last reader to the first.
 *
 * How the host runs layers. A batch is cut into shards, a few samples each. A worker thread takes a
 * shard through all layers, forward and then backward, so that what it computes stays in its cache;
 * other workers do the same with other shards, with the same `self`. Tensors are float32, samples
 * outermost, then the shape row-major (images: height, width, channels), 64-byte aligned at the
 * first sample. The order of calls:
 *
 *   [setup]  init; equals; absorb; plan
 *   [train]  survey             each shard of all training data, before the first step; optional
 *            settle             once after that, main thread; optional
 *   [train]  prepare            once a step or evaluation, main thread, before its shards; optional
 *            measure            each shard, training; optional
 *            forward            each shard, training and evaluation
 *            measure_backward   each shard, training; optional
 *            backward           each shard, training
 *            weight_gradient    each part, once all shards are through; optional second phase
 *            update             once a step, main thread; optional
 *
 * Samples of a batch meet in two places only: in the sums of weight gradients, and in what layers measure.
 *
 * Measuring, for what depends on the whole batch (batch_normalization). plan() sets `measures`, a number of doubles.
 * In training, measure() then reads the input of each shard and gives so many numbers. The host adds the numbers of
 * all shards, by a fixed tree, and hands the totals to forward(), which is not called before. Likewise on the way
 * back: plan() sets `measures_backward`, measure_backward() reads each shard's dy, and backward() gets the totals.
 * So all shards wait at such a layer, and the tensors around it hold the whole batch; a network without one does not
 * pay for that. The last batch of an epoch may be smaller, and the last shard of a batch may hold one sample: use
 * `batch_samples`, and expect any number. In an evaluation nothing is measured; update() keeps in moving
 * weights, a little each step, what an evaluation is to use in place of the totals.
 *
 * Surveying, for what depends on all training data (normalization). plan() sets `surveys`, a number of doubles. Before
 * the first step of a training the host then takes all its training samples once through the layers before this one, as
 * in an evaluation, with their first weights. survey() reads the input of each shard and adds to so many sums. The host
 * adds the sums of all shards by a fixed tree and hands the totals to settle(), which fills the layer's weights of
 * CNN_ROLE_MEASURED. These are saved in checkpoints and are not trained. `survey_passes` asks for more than one such
 * pass; each of them sees the totals of those before, so that a variance can be summed around the mean. Several such
 * layers come one after the other in the network's order: a later one sees what the earlier ones give with their
 * measured weights. A training that is resumed, an evaluation and a prediction read the weights from the checkpoint, and
 * no pass is made. Weights of samples and classes do not count here.
 *
 * Gradients of weights, two ways:
 *   in backward          add to io->dweights: the host gives zeroed buffers to fixed groups of
 *                        shards and adds the groups up by a fixed tree. Right where weights are few.
 *   in a second phase    plan() sets `parts` > 0. Then io->dweights is NULL in backward, and
 *                        weight_gradient() gets input and output gradient of the whole batch, once
 *                        for each part: each writes its own share of the weights' gradients, in an
 *                        order of summation of its own fixing. Right where weights are many (dense).
 *   not at all           where the pipeline says `trainable: false`. io->dweights is NULL, and there is no second
 *                        phase, whatever plan() sets. */
#ifndef CNNRUN_LAYER_H
#define CNNRUN_LAYER_H

#include <cnnrun/initializer.h>
#include <cnnrun/plugin.h>
#include <cnnrun/random.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CNN_MAX_WEIGHTS 8u
#define CNN_MAX_INPUTS 16u /* tensors that a layer can take */
#define CNN_MAX_SURVEY_PASSES 4u /* over the training data, before the first step */

/* A tensor of weights that the layer needs. */
typedef struct cnn_weight {
    const char *name;        /* "kernel", "bias", "gamma", "moving_mean"; [a-z][a-z0-9_]* */
    const char *initializer; /* the default: name of an initializer plugin, at its defaults */
    cnn_shape shape;
    uint64_t fan_in, fan_out; /* 1 or more */
    uint64_t role;            /* CNN_ROLE_*, see initializer.h */
} cnn_weight;

/* Flags of a plan. The first three tell the host what it may save; a wrong one gives wrong results. */
#define CNN_USES_INPUT 1u    /* backward, measure_backward or weight_gradient reads io->x */
#define CNN_USES_OUTPUT 2u   /* backward or measure_backward reads io->y */
#define CNN_IN_PLACE 4u      /* x and y may be the same memory, and dx and dy too; the shapes have the
                                same count. The host decides; a layer that does nothing when the
                                pointers are equal (flatten) then costs nothing. With CNN_USES_INPUT,
                                x stays as it is in training, and dx and dy alone may be the same */
#define CNN_ELEMENTWISE 8u   /* y[i] depends on x[i] alone (and on random numbers) */
#define CNN_RANDOM 16u       /* draws from io->random in training */
#define CNN_PROBABILITIES 32u /* each sample's output is >= 0 and sums to 1 (softmax) */

/* ---- standard operators --------------------------------------------------------------------- */

/* What a layer may say that it equals. A layer before it may then compute it instead (absorb), and a program that
 * writes the network in another form (ONNX) knows what to write, even if the layer's plugin is not ours. Weights
 * stand in the plan in the order given here. "To the bit": y, and dx for a given dy, are these bits and no others;
 * the others may round in their own way. Training and evaluation are equal but for DROPOUT and BATCH_NORMALIZATION.
 * Ids are never used again for something else; later minor versions may add some.
 *
 * ADD to MAXIMUM are element by element. An input of a smaller shape is stretched along axes of 1 and along axes that it
 * lacks, which come first, as in numpy; a gradient by it is the sum over all copies.
 *
 * Sizes in the comments: an image is (height, width, channels). Where an operator has a window, the operator's
 * `window`, `strides` and `same` say more:
 *   same 0  windows that lie inside the input: (n - window) / stride + 1 outputs along an axis
 *   same 1  (n + stride - 1) / stride outputs; the windows reach over the edges, over the first one by half of what
 *           they reach over both, rounded down */
#define CNN_OPERATOR_NONE 0u
#define CNN_OPERATOR_CONV2D 1u /* of an image: y[i, j, o] = bias[o] + the sum over u, v, c of x[i * strides[0] + u,
                                  j * strides[1] + v, c] * kernel[u, v, c, o], with 0 outside of x. Weights: kernel
                                  (window[0], window[1], channels, outputs), bias (outputs) or none */
#define CNN_OPERATOR_DENSE 2u  /* of a row: y[o] = bias[o] + the sum over i of x[i] * kernel[i, o]. Weights: kernel
                                  (inputs, outputs), bias (outputs) or none */
#define CNN_OPERATOR_RELU 3u   /* x < 0 ? 0 : x; back, dy where y > 0, else 0. To the bit */
#define CNN_OPERATOR_MAX_POOL2D 4u /* of an image: the largest of each window, channel by channel; what no window
                                      reaches is left out, what lies outside is not looked at. NaN is above all
                                      numbers. Back, dy goes to the first of the largest in row-major order, and an
                                      input in several windows gets the sum in the windows' row-major order. To the
                                      bit */
#define CNN_OPERATOR_GLOBAL_AVERAGE_POOL2D 5u /* of an image: the mean of each channel; a row of channels */
#define CNN_OPERATOR_FLATTEN 6u  /* the same numbers as one row. To the bit */
#define CNN_OPERATOR_IDENTITY 7u /* y = x, of the same shape. To the bit */
#define CNN_OPERATOR_DROPOUT 8u  /* in evaluation y = x, to the bit; in training, 0 with the probability `number`,
                                    else x / (1 - number) */
#define CNN_OPERATOR_SOFTMAX 9u  /* exp(x) / the sum of exp(x), along the last axis */
#define CNN_OPERATOR_ADD 10u     /* of one or more inputs: ((x0 + x1) + x2) ..., to the bit */
#define CNN_OPERATOR_SUBTRACT 11u /* of two inputs: x0 - x1, to the bit */
#define CNN_OPERATOR_MULTIPLY 12u /* of one or more inputs: ((x0 * x1) * x2) ...; y to the bit */
#define CNN_OPERATOR_AVERAGE 13u /* of one or more inputs: their mean */
#define CNN_OPERATOR_MAXIMUM 14u /* of one or more inputs: the largest, NaN above all numbers; back, dy
                                    at the first of the largest. To the bit */
#define CNN_OPERATOR_CONCATENATE 15u /* of one or more inputs that differ in the last axis at most: side by side
                                        along it, in their order. To the bit */
#define CNN_OPERATOR_BATCH_NORMALIZATION 16u /* in evaluation, along the last axis: gamma * (x - mean) / sqrt(variance
                                                + number) + beta. Weights, one number a channel each: gamma, beta,
                                                mean, variance */

typedef struct cnn_operator {
    uint64_t struct_size;
    uint64_t id;         /* CNN_OPERATOR_* */
    uint64_t window[2];  /* height and width; 0 where the operator has no window, as the next two */
    uint64_t strides[2]; /* vertical and horizontal */
    uint64_t same;       /* 0 or 1 */
    double number;       /* as the id's comment says, else 0 */
} cnn_operator;

/* For absorb(): whether it is the usual pooling, 2 x 2 pixels to one, an odd last row or column left out. */
static inline int cnn_operator_is_max_pool_2x2(const cnn_operator *o)
{
    return o->id == CNN_OPERATOR_MAX_POOL2D && o->window[0] == 2 && o->window[1] == 2 && o->strides[0] == 2 &&
           o->strides[1] == 2 && !o->same;
}

/* ---- plans ---------------------------------------------------------------------------------- */

/* Filled by plan(); zeroed before, but for what the host fills. The most that it may ask for: `parts` 65536, `measures` and
 * `measures_backward` 2^26, `surveys` 2^24, `saved_bytes` 2^32, `scratch_bytes` and `prepared_bytes` 2^36. */
typedef struct cnn_layer_plan {
    uint64_t struct_size;
    cnn_shape output;            /* shape of one sample's output */
    uint64_t flags;              /* CNN_USES_INPUT | ... */
    uint64_t weight_count;       /* of `weights`, at most CNN_MAX_WEIGHTS */
    cnn_weight weights[CNN_MAX_WEIGHTS];
    uint64_t saved_bytes;        /* for each sample, from forward to backward; 64-byte aligned start */
    uint64_t scratch_bytes;      /* for each thread, during one call; contents are lost between calls */
    uint64_t parts;              /* second phase: into how many calls it is cut (8 to 64 is good, since
                                    threads share them); 0: no second phase */
    uint64_t measures;           /* doubles that measure() gives for each shard in training; 0: none. With
                                    trained 0, leave it 0 where the layer is then to work as in evaluation */
    uint64_t measures_backward;  /* doubles that measure_backward() gives for each shard; 0: none */
    uint64_t surveys;            /* sums that survey() adds to before the first step, over all training data; 0: none.
                                    It must not depend on `trained` */
    uint64_t survey_passes;      /* passes over the training data, at most CNN_MAX_SURVEY_PASSES; 0 stands for 1 */
    double flops;                /* forward, for each sample; a multiply-add counts 2; for the summary */
    uint64_t prepared_bytes;     /* of what prepare() makes of the weights for all shards; 64-byte
                                    aligned; 0: none */
    uint64_t input_count;        /* filled by the host: the number of inputs, 1 to CNN_MAX_INPUTS */
    const cnn_shape *inputs;     /* filled by the host: the shape of each; inputs[0] is plan's `input` */
    uint64_t inputs_taken;       /* the number of inputs that the layer takes; 0 stands for 1. Another
                                    number than input_count is a mistake of the pipeline, which the host
                                    reports; a layer that takes any number sets it to input_count. With two
                                    or more there can be no second phase, and CNN_IN_PLACE means nothing */
    uint64_t piece_samples;      /* a wish: so many samples a call, 1, 2, 4, 8 or 16; 0: no wish. The host takes the
                                    largest wish among the layers that take a shard in pieces, and more where a
                                    tensor would not be aligned else. It fixes the order in which gradients are
                                    added, so it may depend on parameters and shapes alone */
    /* What the host tells the layer. Of these, memory and the order of work may depend on cache_bytes, and nothing
     * else: neither a bit of any result nor another field of the plan but prepared_bytes and scratch_bytes. Else
     * a network would train to other weights on another machine. */
    uint64_t shard_samples;      /* the most samples of a call of forward and backward: 16. A call may have
                                    fewer, 1 or more */
    uint64_t training;           /* 1: forward may be called in training, and backward; 0: evaluation only, and
                                    there is no need for what only backward would read. The weights asked for must
                                    be the same */
    uint64_t trained;            /* 1; or 0, where the pipeline says `trainable: false`: the weights
                                    stay as they are, and backward gives dx alone. Also for layers without weights */
    uint64_t cache_bytes[3];     /* of one core's first-level data cache, of the second level and of the third;
                                    32768, 524288 and 8388608 where the machine does not say */
} cnn_layer_plan;

/* The arguments of prepare. */
typedef struct cnn_layer_prepare {
    uint64_t struct_size;
    uint64_t training;           /* 1: backward follows; 0: it does not (evaluation, or nothing here is trained) */
    const float *const *weights; /* one pointer a tensor, in the plan's order */
    void *prepared;              /* prepared_bytes, uninitialised: write what forward and backward will
                                    read; to these it is shared by all threads and read-only */
} cnn_layer_prepare;

/* The arguments of forward and backward, and of measure and measure_backward. Sizes: x and dx hold samples *
 * count(input) floats, y and dy samples * count(output). measure() gets x and xs as forward does, and no y, saved or
 * random; measure_backward() gets what backward does, but for dx and dxs, which are NULL, and may not write dy. */
typedef struct cnn_layer_io {
    uint64_t struct_size;
    uint64_t samples;            /* in this shard, 1 or more; differs between calls */
    uint64_t training;           /* 1: training; 0: evaluation (no dropout; saved is NULL, and no
                                    backward follows) */
    const float *const *weights; /* one pointer a tensor, in the plan's order */
    const float *x;              /* input; in backward NULL unless CNN_USES_INPUT */
    float *y;                    /* forward: write every element. backward: as forward left it, to be
                                    read only, and NULL unless CNN_USES_OUTPUT */
    void *saved;                 /* samples * saved_bytes: forward writes, backward reads */
    void *scratch;               /* scratch_bytes, uninitialised */
    const cnn_random *random;    /* forward in training: samples streams, one a sample, keyed by (seed,
                                    step, layer, sample); else NULL */
    uint64_t batch_samples;      /* training: in the batch, this shard's among them; else 0 */
    double *measured;            /* measure and measure_backward: write all, for this shard alone; else NULL */
    const double *totals;        /* forward, measure_backward, backward in training: what measure() gave, summed
                                    over the batch's shards; NULL without measures */
    const double *totals_backward; /* backward: what measure_backward() gave, summed; else NULL */
    float *dy;                   /* backward: gradient of the mean loss by the output. May be overwritten;
                                    the second phase sees it as backward left it */
    float *dx;                   /* backward: write every element; NULL: not wanted, since nothing before it is trained */
    float *const *dweights;      /* backward and measure_backward: add to them, in one of the two; one pointer a
                                    tensor (NULL for CNN_ROLE_MOVING and CNN_ROLE_MEASURED); NULL with a second phase, and where the
                                    plan's `trained` is 0 */
    const void *prepared;        /* as prepare() left it; NULL without one. The second phase has
                                    none */
    const float *const *xs;      /* all inputs, in the pipeline's order; xs[0] is x. In backward the
                                    pointers are NULL unless CNN_USES_INPUT. One tensor may be there twice */
    float *const *dxs;           /* backward: gradients by all inputs; dxs[0] is dx. Write every element
                                    of each that is not NULL; no two are the same memory */
    uint64_t step, epoch;        /* in training: steps of the whole training before this one, and passes over the
                                    data before this one; the same in backward. In evaluation 0 */
} cnn_layer_io;

/* The arguments of weight_gradient: the whole batch, which may be the last and smaller one. */
typedef struct cnn_layer_batch {
    uint64_t struct_size;
    uint64_t samples;
    uint64_t part, parts;        /* part in [0, parts), parts as planned */
    const float *const *weights;
    const float *x;              /* NULL unless CNN_USES_INPUT */
    const float *dy;             /* as backward left it */
    void *scratch;
    float *const *dweights;      /* write every element of this part's share, do not read */
} cnn_layer_batch;

/* The arguments of update. */
typedef struct cnn_layer_update {
    uint64_t struct_size;
    uint64_t samples;            /* of this step */
    const double *totals;        /* what measure() gave, summed over the batch's shards */
    float *const *moving;        /* one pointer a tensor: writable for CNN_ROLE_MOVING, else NULL */
} cnn_layer_update;

/* The arguments of survey. */
typedef struct cnn_layer_survey {
    uint64_t struct_size;
    uint64_t samples;            /* in this call, 1 or more; differs between calls */
    uint64_t pass;               /* from 0 to survey_passes - 1 */
    uint64_t all_samples;        /* of the training data */
    const float *const *weights; /* one pointer a tensor, in the plan's order; those of CNN_ROLE_MEASURED are not
                                    measured yet */
    const float *x;              /* input, samples * count(input) floats */
    const float *const *xs;      /* all inputs, in the pipeline's order; xs[0] is x */
    void *scratch;               /* scratch_bytes, uninitialised */
    const double *totals;        /* sums of the passes before, over all samples: `surveys` numbers a pass, the first
                                    pass first; NULL in the first pass */
    double *sums;                /* `surveys` numbers: add to them, for these samples alone */
} cnn_layer_survey;

/* The arguments of settle. */
typedef struct cnn_layer_settle {
    uint64_t struct_size;
    uint64_t samples;            /* of the training data */
    const double *totals;        /* sums of all passes, over all samples: `surveys` numbers a pass, the first first */
    float *const *measured;      /* one pointer a tensor: writable for CNN_ROLE_MEASURED, else NULL. Write every
                                    element; all must be finite */
} cnn_layer_settle;

typedef struct cnn_layer {
    CNN_HEAD_FIELDS

    /* Required. [setup] Checks that the input's shape fits, fills the plan, and keeps in self what
     * the other callbacks need of the shapes. Called once a self, after absorb; returns 0, or -1 by
     * cnn_fail(). */
    int (*plan)(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error);

    /* Required. [train] */
    void (*forward)(const void *self, const cnn_layer_io *io);

    /* Required. [train] */
    void (*backward)(const void *self, const cnn_layer_io *io);

    /* Required if plan() sets `parts`. [train] */
    void (*weight_gradient)(const void *self, const cnn_layer_batch *io);

    /* Required if plan() sets `measures`, or `measures_backward`. [train] What they give must depend on the shard
     * alone: not on other calls, their order or number. */
    void (*measure)(const void *self, const cnn_layer_io *io);
    void (*measure_backward)(const void *self, const cnn_layer_io *io);

    /* Required if plan() sets `measures` and has a weight of CNN_ROLE_MOVING. [train], main thread only, after the
     * optimizer. */
    void (*update)(const void *self, const cnn_layer_update *io);

    /* Optional. [setup], before plan, and maybe again later. Says by out->id, and by what the id's comment asks for,
     * which standard operator the layer equals with self's parameters; leaves `out` as it is where it equals none.
     * The host has filled struct_size, and the rest with 0. A layer that the one before it has absorbed is neither
     * planned nor called. NULL: equals none. */
    void (*equals)(const void *self, cnn_operator *out);

    /* Optional. [setup], before plan. Offers the layer the next one of the network, if that equals a standard
     * operator and alone reads this one's output: return 1 to do it yourself from now on, or 0 to decline. The planned
     * output, y and dy are then its own, and the bits that a call gives must be those of the two layers apart; plan
     * refuses what that layer would refuse. Called for one layer after the other until one is declined, which leaves
     * all that was absorbed before as it is. NULL: declines all. */
    int (*absorb)(void *self, const cnn_operator *next);

    /* Required if plan() sets `prepared_bytes`. [train], but main thread only. The weights in a form
     * of the layer's own, made once and not for each shard. The weights are then those that forward
     * and backward see until the next prepare. */
    void (*prepare)(const void *self, const cnn_layer_prepare *io);

    /* Required if plan() sets `surveys`. [train], before the first step. Adds to io->sums what depends on the samples of
     * this call alone: not on other calls, their order or number. */
    void (*survey)(const void *self, const cnn_layer_survey *io);

    /* Required if plan() sets `surveys`, and then there must be a weight of CNN_ROLE_MEASURED. [train], main thread
     * only, once, after the last pass. Returns 0, or -1 by cnn_fail() where the data do not allow for what the layer
     * is to do with them. The host itself refuses numbers that are not finite, and says where they come from. */
    int (*settle)(const void *self, const cnn_layer_settle *io, cnn_error *error);
} cnn_layer;

#define CNN_LAYER(NAME, SUMMARY, ...)                                                               \
    CNN_PLUGIN_(CNN_KIND_LAYER, cnn_layer, NAME, SUMMARY, __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
