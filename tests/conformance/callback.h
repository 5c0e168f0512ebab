/* callback.h - trainings that exist in the kit alone, for the checks of callbacks.
 *
 * Nothing is trained: layers, weights and the rows of metrics.csv are made up, and the functions
 * that a callback gets from its host are the kit's. They note what the callback asked for, and the
 * first thing that it must not ask for. */
#ifndef KIT_CALLBACK_H
#define KIT_CALLBACK_H

#include "instance.h"

#define KIT_MOST_STATE (1u << 20) /* doubles */
#define KIT_TENSORS 6
#define KIT_FILES 16
#define KIT_LONGEST_NAME 200u /* bytes of a file's name, as the host has it */

/* How the curves of the rows run. */
typedef enum kit_curve {
    KIT_CURVE_TURNS, /* better, then worse */
    KIT_CURVE_BETTER,
    KIT_CURVE_WORSE,
    KIT_CURVE_LEVEL,
    KIT_CURVE_NAN,      /* nan from the third epoch on */
    KIT_CURVE_INFINITE, /* infinite, nan and numbers by turns */
    KIT_CURVES,
} kit_curve;

/* Where a training stands: all that a checkpoint holds, but for `state`. */
typedef struct kit_moment {
    uint64_t step, epoch;
    uint64_t kept;    /* the step of the weights kept, plus 1; 0: none */
    uint64_t weights; /* the step whose weights are there now */
    bool stopped;
    struct {
        char name[KIT_LONGEST_NAME + 1];
        uint64_t hash;
    } files[KIT_FILES];
} kit_moment;

typedef struct kit_training {
    kit_instance *instance;
    const kit_layout *layout;
    kit_curve curve;
    cnn_observed *seen;
    double *state;
    float *weights[KIT_TENSORS], *gradients[KIT_TENSORS];
    uint64_t made[KIT_TENSORS]; /* the step whose numbers `weights` holds, plus 1; 0: none yet */
    double *rows;
    uint64_t *confusion;
    const float *validation[KIT_TENSORS]; /* given by validate_with */
    kit_moment now;
    uint32_t phase; /* KIT_IN_*, the callback that is called */
    bool probed;
    kit_bytes actions;
    char misplaced[256], illegal[256]; /* the first fault of each sort; "" */
} kit_training;

#define KIT_IN_PLAN 1u
#define KIT_IN_BEGIN 2u
#define KIT_IN_STEP 4u
#define KIT_IN_EPOCH 8u
#define KIT_IN_END 16u

/* A training of `instance` before its first step; its buffers live in the arena. */
kit_training *kit_training_new(kit_instance *instance, const kit_layout *layout, kit_curve curve);
void kit_training_free(kit_training *training);

/* The functions of the host. */
void kit_host_fill(kit_training *training);

/* Asks the callback for its plan; false where it refuses. */
bool kit_training_plan(kit_training *training, cnn_callback_plan *plan, cnn_error *error);
/* Calls begin. */
void kit_training_begin(kit_training *training);
/* Takes one step, and validates where an epoch ends. False when the training has ended. */
bool kit_training_step(kit_training *training);
/* Calls end. */
void kit_training_end(kit_training *training, uint32_t ended);
/* From begin to end, with at most `steps` steps. */
void kit_training_run(kit_training *training, uint64_t steps);

/* From now on the weights are those after this step, also where the callback has them already. */
void kit_training_weights(kit_training *training, uint64_t step);
/* The numbers of a tensor now. */
const float *kit_training_tensor(kit_training *training, uint64_t tensor);
/* Adds an action to what is compared. */
void kit_training_note(kit_training *training, const char *what, const void *data, size_t count);

#endif
