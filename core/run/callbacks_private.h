/* callbacks_private.h - what the files of the callbacks share. */
#ifndef CNN_RUN_CALLBACKS_PRIVATE_H
#define CNN_RUN_CALLBACKS_PRIVATE_H

#include "run/callbacks.h"

/* Calls, as bits: when a function may be called. */
enum { CNN_IN_PLAN = 1, CNN_IN_BEGIN = 2, CNN_IN_STEP = 4, CNN_IN_EPOCH = 8, CNN_IN_END = 16 };
#define CNN_IN_TRAINING (CNN_IN_BEGIN | CNN_IN_STEP | CNN_IN_EPOCH | CNN_IN_END)

/* One callback. */
typedef struct cnn_observing {
    const cnn_instance *instance;
    char *label; /* its name; "early_stopping_1" for the second of a name */
    cnn_callback_plan plan;
    double *state, *end_state; /* what `end` gets is a copy: see cnn_callbacks_end */
    float *kept;               /* a set, see cnn_callbacks_set; NULL: not planned */
    bool has_kept;
} cnn_observing;

/* A file that is added to. */
typedef struct cnn_appended {
    char *name;
    uint64_t length;
    uint64_t noted; /* the length that checkpoints have, once the training has ended */
} cnn_appended;

struct cnn_callbacks {
    cnn_observed seen;
    const cnn_pipeline *pipeline;
    const cnn_data *data;
    const cnn_network *network;
    cnn_instance *findings_made;
    cnn_observing *list;
    size_t count;
    cnn_observed_layer *layers;
    cnn_observed_tensor *tensors;
    char **columns; /* the first is `epoch` */
    size_t column_count;

    /* From here on all is of one training: see cnn_callbacks_attach. */
    cnn_training *training; /* NULL: only planned */
    double *rows;
    /* the call under way */
    cnn_observing *current;
    int call;                /* CNN_IN_* */
    bool unwritten;          /* a file could not be written */
    char breach[256];        /* what it did and must not; "": nothing */
    double seconds;
    /* what they asked for */
    char *stopped_by, *stop_reason;
    double scale, last_scale;
    const float **validate;  /* of each tensor; NULL: the training's own */
    float *aside;            /* a set: the training's own, while a validation uses others */
    cnn_findings findings;
    size_t findings_noted;   /* the number that checkpoints have, once the training has ended */
    cnn_appended *files;
    size_t file_count;
    bool ending;
    float *trained;          /* a set: the weights from before `end`, where that has changed them; else NULL */
    float *gradients;        /* of the last step, from before a probe */
    bool gradients_kept;
    float *probed;           /* gradients of the last probe */
};

#define CNN_OF_A_TRAINING offsetof(struct cnn_callbacks, training)

/* Fills the facts of `seen`, and its functions; and functions of it. */
void cnn_callbacks_observe(cnn_callbacks *c, const char *resolved);
void cnn_callbacks_offer(cnn_observed *seen);

int cnn_callbacks_write_file(void *host, const char *name, const void *bytes, uint64_t count, cnn_error *error);
int cnn_callbacks_append_file(void *host, const char *name, const void *bytes, uint64_t count, cnn_error *error);
/* "plan", "begin", ...: the name of one CNN_IN_*. */
const char *cnn_callbacks_call_name(int call);
/* The callback whose call is under way is at fault, which is said after its call; the first fault counts. */
__attribute__((format(printf, 2, 3))) void cnn_callbacks_blame(cnn_callbacks *c, const char *format, ...);
/* Whether the call under way is one of these; else the callback is at fault. */
bool cnn_callbacks_allowed(cnn_callbacks *c, int calls, const char *function);

/* All that a training has of weights. */
typedef struct cnn_weight_set {
    float *weights, *moving; /* as those of the network */
    float *average;          /* the mean of the weights, as these; NULL: the pipeline has no `ema` */
} cnn_weight_set;

/* One array of so many floats holds a set; where its parts lie in it. All that there is, to or from one. */
uint64_t cnn_callbacks_floats(const cnn_callbacks *c);
cnn_weight_set cnn_callbacks_set(const cnn_callbacks *c, float *floats);
void cnn_callbacks_copy(const cnn_callbacks *c, float *to);
void cnn_callbacks_put(const cnn_callbacks *c, float *from);
void cnn_callbacks_add_finding(cnn_callbacks *c, const char *code, const char *text, bool first);
cnn_appended *cnn_callbacks_file(cnn_callbacks *c, const char *name);

/* The path of a file that a callback may write, with its folder made, which the caller frees; NULL with an error. */
char *cnn_callbacks_path(cnn_callbacks *c, const char *name, cnn_error *error);

#endif
