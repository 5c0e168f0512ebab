/* callback.h - a callback observes a training: it reads what the training does, may stop it, and may write
 * files into the run's folder.
 *
 * A pipeline lists its callbacks: `callbacks: [early_stopping: {patience: 3}]`. They are called in the
 * list's order, all by the main thread, between steps: no worker is at work meanwhile, so a callback may
 * allocate memory, read files and take its time (`--profile` prints how much).
 *
 * Order of the calls
 *   plan    once, before memory is allocated: what the callback needs
 *   begin   when the training begins, also when it is resumed
 *   step    after each `step_interval` steps; never if that is 0
 *   epoch   after each validation, of which there is one at the end of each epoch; the rows then hold it
 *   end     once, when the training ends by itself: completed, stopped, diverged, or interrupted by a
 *           signal; not when the process is killed
 *
 * Rows         With `train: {validate_every: N}` there are validations, and so rows and calls of epoch, within epochs;
 *              with `train: {steps: N}` the last one may be within an epoch. Such a row counts as any other: a
 *              callback that waits for an improvement waits for validations, as `patience` of early_stopping does,
 *              and not for epochs. A callback that means whole epochs looks at `epoch` and `step`: after the last step
 *              of an epoch, step is epoch * steps_per_epoch.
 * Repeatable   What a callback changes (a stop, a rate, weights) must be a function of what it reads here and
 *              of its state, so that a run repeats to the bit and a resumed run ends as one that nobody
 *              touched. No clock, no random numbers but of random.h, no static variables.
 * State        What must outlive a kill stands in `state`: numbers that the host keeps in each checkpoint and
 *              puts back before `begin` of a resumed run. Checkpoints are written within epochs too.
 * Source       Keras's callbacks (keras.io/api/callbacks): the order of calls and the names are Keras's. There
 *              `on_train_batch_end` comes after each step; here the plugin says how often. */
#ifndef CNNRUN_CALLBACK_H
#define CNNRUN_CALLBACK_H

#include <cnnrun/initializer.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- what is observed ------------------------------------------------------------------------------ */

/* One layer of the network. `activation: relu` of a pipeline is a layer of its own, unless the layer before
 * it does it, too, and has absorbed it. */
typedef struct cnn_observed_layer {
    const char *name;      /* "conv2d_1" */
    const char *plugin;    /* "conv2d" */
    cnn_shape input, output; /* of one sample */
    uint64_t first_tensor; /* its tensors: tensors[first_tensor .. first_tensor + tensor_count) */
    uint64_t tensor_count;
    uint32_t rectified;    /* 1: no value of its output is negative, those that would be are 0 (ReLU, its own or
                              one that it has absorbed) */
    uint32_t reserved;     /* 0 */
} cnn_observed_layer;

/* One tensor of weights, or of moving statistics. */
typedef struct cnn_observed_tensor {
    const char *name; /* "conv2d_1/kernel", as in the checkpoint */
    cnn_shape shape;
    uint64_t count;   /* of its floats */
    uint32_t role;    /* CNN_ROLE_* of initializer.h */
    uint32_t trained; /* 1: the optimizer moves it; 0: CNN_ROLE_MOVING, CNN_ROLE_MEASURED, and where the pipeline says `trainable: false` or `lr_mult: 0` */
} cnn_observed_tensor;

/* How a training stands or has ended, for `end`. */
#define CNN_ENDED_COMPLETED 0u /* all epochs, or all steps */
#define CNN_ENDED_STOPPED 1u   /* a callback has asked for it */
#define CNN_ENDED_DIVERGED 2u
#define CNN_ENDED_INTERRUPTED 3u /* by a signal or by the caller; it can be resumed */
#define CNN_ENDED_FAILED 4u      /* a file could not be written, or a plugin refused */

/* What a probe shows, in this order for each piece of the batch, but that all pieces go through the layers before one
 * that measures (layer.h) before any goes on; of each layer, samples come in the batch's order: the output of each layer from the first to
 * the last (y is set, dy is NULL); then, with layer = layer_count, the gradient by the network's output
 * (dy is set, y is NULL); then the gradient by each layer's input, from the last layer to the first that
 * has weights (y NULL). Of a layer with several inputs, that is the first of them; where several layers read
 * one tensor, its gradient is shown once, with the first of these layers. `samples` of them in the batch's order, one after the other. */
typedef void cnn_observe(void *context, uint64_t layer, const float *y, const float *dy, uint64_t samples);

/* The training as a callback sees it. The host owns all of it; pointers are valid during the call, those
 * under "facts" until `end` has returned.
 *
 * Functions take `host` first, may be called from inside begin, step,
 * epoch and end unless their comment says otherwise, and by the thread that was called only; plan may call
 * `label` and `initial`. What breaks this contract ends the run with exit 5, once the call to the callback has
 * returned, and names the callback: to call a function where it may not be called; a tensor that is not below
 * tensor_count; a sample that is not below train_samples or validation_samples; another `which` than 0 and 1; a
 * probe of 0 samples. The function then does nothing, and returns NULL, 0, or for `initial` -1. */
typedef struct cnn_observed {
    uint64_t struct_size;
    void *host;

    /* facts of the whole training */
    const char *pipeline;  /* resolved, as YAML text */
    const char *loss;      /* the loss plugin's name */
    uint64_t seed, epochs, steps_per_epoch, batch_size; /* with train.steps the last epoch may be cut */
    uint64_t train_samples, validation_samples;
    uint64_t classes;       /* 0: the targets are vectors */
    uint32_t probabilities; /* 1: the network ends in softmax */
    uint32_t own_validation; /* 1: `data.validation` is given; 0: the val_ columns are of the test data */
    const cnn_observed_layer *layers;
    uint64_t layer_count;
    const cnn_observed_tensor *tensors;
    uint64_t tensor_count;
    const char *const *columns; /* of metrics.csv, without `epoch` and `step`: "loss", "accuracy", ... */
    uint64_t column_count;

    /* where the training stands */
    uint64_t epoch;         /* epochs done */
    uint64_t step;          /* steps done, over all epochs */
    const double *rows;     /* row_count * column_count: rows[r * column_count + c]; may be nan or infinite */
    uint32_t ended;         /* CNN_ENDED_*; in `end` only */
    uint32_t reserved;      /* 0 */
    const char *message;    /* in `end`: why it diverged, or which callback has stopped it; or NULL */

    /* ---- reading ---- */

    /* The tensor's values now, tensors[i].count of them. */
    const float *(*weights)(void *host, uint64_t tensor);
    /* In step: the gradient of the step's mean loss by the tensor, before the optimizer used it. NULL elsewhere,
     * where the plan does not have wants_gradients, and for a tensor that is not `trained`. */
    const float *(*gradients)(void *host, uint64_t tensor);
    /* The values that the tensor had before the first step, into out[0..count). 0, or -1 without memory. */
    int (*initial)(void *host, uint64_t tensor, float *out);
    /* In epoch: classes * classes counts of the validation, rows true, columns predicted. NULL elsewhere, and
     * where there are more than 1,024 classes, or none. */
    const uint64_t *(*confusion)(void *host);
    /* The class of sample i of the training (which = 0) or validation (1) data; 0 where there are no classes. */
    uint64_t (*label)(void *host, uint32_t which, uint64_t i);
    /* The samples of the validation data that the network gets wrong now: fills at most `most` of
     * `samples` in ascending order, and returns how many there are in all; 0 where there are no classes. Costs a
     * validation. */
    uint64_t (*mistakes)(void *host, uint64_t *samples, uint64_t most);
    /* Takes `count` (1 or more) of the training samples forward and backward, as steps would, and changes
     * nothing: no weight, statistic or state of an optimizer. `watch` may be NULL. Gradients of the weights
     * are then to be had by probe_gradients(tensor) until the next call. */
    void (*probe)(void *host, const uint32_t *samples, uint64_t count, cnn_observe *watch, void *context);
    const float *(*probe_gradients)(void *host, uint64_t tensor);

    /* ---- acting ---- */

    /* In step and epoch: ends the training after this call. `reason` is a sentence without a full stop
     * ("val_loss has not improved for 3 epochs"). The first callback to ask is the one that is named. */
    void (*stop)(void *host, const char *reason);
    /* In step and epoch: from the next step on, the schedule's rates are multiplied by `factor` (finite, more than
     * 0), on top of factors given before. */
    void (*scale_learning_rate)(void *host, double factor);
    /* In epoch: notes the weights of now as this callback's kept ones, in place of those that it kept before.
     * They are part of the checkpoint. The plan must have keeps_weights. */
    void (*keep_weights)(void *host);
    /* In epoch and end: puts the kept weights back; false (0) if there are none. What `end` puts back is what the run
     * is evaluated by; where the run is resumed with more epochs, it goes on from the weights before that. */
    int (*restore_weights)(void *host);
    /* In begin, step and epoch: validations use these values for the tensor (count floats, owned by the
     * callback until it gives others or `end` has returned), and training goes on with its own. NULL: the
     * training's own again, or their mean where the optimizer's option `ema` makes one. */
    void (*validate_with)(void *host, uint64_t tensor, const float *values);

    /* ---- writing ---- */

    /* Writes DIR/name whole, safely: the old file stays until the new one is complete. `name` is a plain name or
     * "folder/name", made of [A-Za-z0-9_.-], and none of the files that the run itself writes. 0, or fails.
     * Where the training has no folder (a library's), it does nothing and returns 0. */
    int (*write_file)(void *host, const char *name, const void *bytes, uint64_t count, cnn_error *error);
    /* The same, added to the end of the file. After a resume, what was added after the checkpoint is cut off:
     * the host notes the file's length in each checkpoint. Where a user has deleted or cut the file meanwhile, the
     * resumed run warns, and adds to what is there. */
    int (*append_file)(void *host, const char *name, const void *bytes, uint64_t count, cnn_error *error);
    /* A finding: a code ([a-z_]+) for programs, and a sentence for people, into summary.json, the last lines on
     * the terminal, and the page. */
    void (*find)(void *host, const char *code, const char *text);

    uint64_t total_steps;   /* a fact: train.steps, or epochs * steps_per_epoch */
    uint64_t row_count;     /* where the training stands: validations so far, one at the end of each epoch and others */
} cnn_observed;

/* ---- the plugin -------------------------------------------------------------------------------------- */

/* What a callback needs; zeroed by the host, filled by plan. */
typedef struct cnn_callback_plan {
    uint64_t struct_size;
    uint64_t step_interval; /* steps between two calls of step; 0: never */
    uint64_t state_count;   /* doubles of `state`, which are 0 when a training begins */
    uint32_t wants_gradients; /* 1: gradients() is asked in step */
    uint32_t keeps_weights;   /* 1: keep_weights() is called */
} cnn_callback_plan;

typedef struct cnn_callback {
    CNN_HEAD_FIELDS

    /* Optional. [setup] Fills the plan, and checks the parameters against the training (an unknown column: fails,
     * with the columns listed). NULL: all zero. */
    int (*plan)(const void *self, const cnn_observed *seen, cnn_callback_plan *plan, cnn_error *error);
    /* Each optional, at least one present. [observe] 0, or fails, which ends the run with exit 5 (7 where
     * a file could not be written). `state` has state_count doubles; NULL where that is 0. */
    int (*begin)(const void *self, const cnn_observed *seen, double *state, cnn_error *error);
    int (*step)(const void *self, const cnn_observed *seen, double *state, cnn_error *error);
    int (*epoch)(const void *self, const cnn_observed *seen, double *state, cnn_error *error);
    int (*end)(const void *self, const cnn_observed *seen, double *state, cnn_error *error);
} cnn_callback;

#define CNN_CALLBACK(NAME, SUMMARY, ...)                                                            \
    CNN_PLUGIN_(CNN_KIND_CALLBACK, cnn_callback, NAME, SUMMARY, __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
