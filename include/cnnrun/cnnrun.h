/* cnnrun.h - libcnnrun: train small convolutional networks, open runs, evaluate, predict, list plugins.
 *
 * The program `cnnrun` is a user of this library, as yours may be:
 *
 *     cnnrun_error *error = cnnrun_error_new();
 *     cnnrun_pipeline *pipeline = cnnrun_pipeline_open("lenet.yaml", NULL, error);
 *     cnnrun_run *run = cnnrun_run_begin(pipeline, NULL, error);
 *     if (cnnrun_run_train(run, NULL, error) != CNNRUN_COMPLETED)
 *         fprintf(stderr, "%s", cnnrun_error_text(error));
 *     cnnrun_run_close(run);
 *     cnnrun_pipeline_close(pipeline);
 *     cnnrun_error_free(error);
 *
 * Compile with `cc main.c $(pkg-config --cflags --libs cnnrun)`. The library finds its plugins beside its own
 * file, in `plugins` or `cnnrun/plugins`.
 *
 * Rules for every function
 *   Failure    A function that can fail takes a `cnnrun_error *` last, adds sentences to it and returns false,
 *              NULL, or for cnnrun_run_train CNNRUN_FAILED. `error` may be NULL: then nobody learns why. A
 *              function that is given NULL for the pipeline or run that it is about fails and adds nothing, so
 *              that calls can follow each other and the error be looked at once, at the end.
 *   Ownership  What a function named *_new, *_open, *_parse, *_begin, *_make or *_find returns belongs to the
 *              caller, who gives it back by *_free or *_close; these accept NULL. Every other pointer that is
 *              returned, or is in a struct that was filled, belongs to the object that was asked, and is valid
 *              until that is closed, unless the function's comment says otherwise. Arguments are copied, or are
 *              not needed after the call, unless the comment says otherwise.
 *   Structs    The caller sets `struct_size` to the struct's size, `cnnrun_options o = {sizeof o};`, and leaves
 *              the rest zero where it wants the default. Structs grow at their end only; the library touches no
 *              field beyond `struct_size`. A struct_size of 0 is a fault.
 *   Threads    Objects that share nothing may be used by different threads at the same time: each cnnrun_pipeline
 *              with its cnnrun_run, each cnnrun_catalogue, each cnnrun_error. One object may be used by one thread
 *              at a time; a run counts as one with its pipeline. Any number of them may be open in a process, but
 *              only one cnnrun_run_train may be under way at a time. cnnrun_run_stop is the exception: it may be
 *              called from any thread and from a signal handler. A run has worker threads of its own.
 *   Process    The library prints nothing, installs no signal handler (but for cnnrun_name_crashes, which is for
 *              programs) and does not exit. Two things end the process: memory that runs out
 *              (cnnrun_on_out_of_memory), and a broken promise inside of the library, which calls abort() with a
 *              line on standard error that names file and line. A plugin is code in the process: where it crashes,
 *              the process gets the signal.
 *              While plugins are opened, a child process made by fork() tries them first; it ends by itself, and a
 *              wait() for any child may see it. Environment variables that are read: CNNRUN_PLUGIN_PATH (further
 *              folders of plugins), CNNRUN_ISA. During a call the thread's locale is "C".
 *   Strings    UTF-8 ended by NUL. Paths are counted from the current folder.
 *   Numbers    Results are the same to the bit for any number of threads. Means are over samples; accuracy is in
 *              [0, 1]; seconds are wall time; what was not measured is NaN. */
#ifndef CNNRUN_CNNRUN_H
#define CNNRUN_CNNRUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined __GNUC__
#define CNNRUN_API __attribute__((visibility("default")))
#else
#define CNNRUN_API
#endif

/* "0.1.0": the version of the library that runs. */
CNNRUN_API const char *cnnrun_version(void);

/* ---- errors --------------------------------------------------------------------------------- */

/* What kind of failure a message is about. The program exits with these numbers. */
enum cnnrun_code {
    CNNRUN_OK = 0,          /* as the code of a message: a warning */
    CNNRUN_SYSTEM = 1,      /* memory for tensors, descriptors, processes */
    CNNRUN_USAGE = 2,       /* an argument of a function makes no sense */
    CNNRUN_PIPELINE = 3,    /* the pipeline is not valid */
    CNNRUN_DATA = 4,        /* data are missing or not valid */
    CNNRUN_PLUGIN = 5,      /* a plugin is not found, does not fit, or breaks its contract */
    CNNRUN_NOT_FINITE = 6,  /* the training diverged */
    CNNRUN_OUTPUT = 7,      /* a checkpoint, or a file of a run, could not be written or read */
};

/* Messages of any number of calls, warnings among them, in the order in which they came up. */
typedef struct cnnrun_error cnnrun_error;

typedef struct cnnrun_message {
    uint64_t struct_size;
    int code;          /* enum cnnrun_code; CNNRUN_OK: a warning */
    int line, column;  /* in `file`, from 1; 0: the file as a whole */
    const char *file;  /* what the message is about: a file, or the origin of a setting; NULL: nothing */
    const char *text;  /* the sentence without its place */
    const char *whole; /* "file:line:column: text", as the program prints it; what no terminal shows is escaped */
} cnnrun_message;

CNNRUN_API cnnrun_error *cnnrun_error_new(void);
CNNRUN_API void cnnrun_error_free(cnnrun_error *error);
/* Forgets all messages, so that the object can be used again. */
CNNRUN_API void cnnrun_error_clear(cnnrun_error *error);
/* The code of the first message that is no warning; CNNRUN_OK where there is none. */
CNNRUN_API int cnnrun_error_code(const cnnrun_error *error);
/* The number of messages, with warnings. */
CNNRUN_API size_t cnnrun_error_count(const cnnrun_error *error);
/* Fills *message with message i; false where there are not so many. The strings are valid until the error is
 * cleared, freed, or handed to another function. */
CNNRUN_API bool cnnrun_error_message(cnnrun_error *error, size_t i, cnnrun_message *message);
/* All messages, a line each, warnings with "warning: " before them; "" where there are none. Valid as long as
 * the strings of cnnrun_error_message. */
CNNRUN_API const char *cnnrun_error_text(cnnrun_error *error);

/* What happens where a small allocation fails: `handler` is called, in the thread that found no memory, with
 * whatever lies on its stack, so it should end the process; if it returns, abort() is called. It must not
 * allocate. NULL brings back the default, which prints "libcnnrun: out of memory" and calls abort(). Tensors
 * are another matter: where there is no memory for them, functions fail with CNNRUN_SYSTEM. The JSON library
 * jansson is made to end by the handler as well, for the whole process; this is not done where this function
 * is never called, and then a file may be written without an entry. For the whole process; call it before
 * anything else. */
CNNRUN_API void cnnrun_on_out_of_memory(void (*handler)(void));

/* Where a plugin crashes, or calls exit(), the process ends from now on with CNNRUN_PLUGIN and one line on standard
 * error, "cnnrun: plugin loss 'x' (FILE) crashed in gradient at step 117: segmentation fault". Installs handlers of
 * the signals of a crash for the whole process, which the library does in no other function: it is for programs
 * that want this line, and is called once, at their start. */
CNNRUN_API void cnnrun_name_crashes(void);

/* ---- pipelines ------------------------------------------------------------------------------ */

/* A pipeline made ready: plugins opened, values checked, data open, network planned on the data's shape. */
typedef struct cnnrun_pipeline cnnrun_pipeline;

/* A change of the pipeline's file before it is read. */
typedef struct cnnrun_setting {
    const char *assignment; /* "PATH=VALUE": keys joined by dots, items of lists by number from 0, VALUE in YAML:
                               "train.epochs=3", "network.layers.0.conv2d.filters=16" */
    const char *origin;     /* how messages call it; NULL: "PATH=VALUE" itself */
} cnnrun_setting;

typedef struct cnnrun_options {
    uint64_t struct_size;
    const char *const *plugin_paths; /* folders that are searched for plugins first, in this order */
    size_t plugin_path_count;
    const cnnrun_setting *settings;  /* applied in this order */
    size_t setting_count;
    uint64_t threads; /* workers of a training or evaluation; 0: as the pipeline says, else the CPUs allowed */
} cnnrun_options;

/* Opens the pipeline of a file. `options` may be NULL. All mistakes that can be found in one pass are in
 * `error`. Warnings (a loss that does not fit the last layer) may be there on success, too. */
CNNRUN_API cnnrun_pipeline *cnnrun_pipeline_open(const char *path, const cnnrun_options *options,
                                                 cnnrun_error *error);
/* The same from `size` bytes of memory; `name` stands in messages where the file's name would. */
CNNRUN_API cnnrun_pipeline *cnnrun_pipeline_parse(const char *text, size_t size, const char *name,
                                                  const cnnrun_options *options, cnnrun_error *error);
/* Close its runs first. */
CNNRUN_API void cnnrun_pipeline_close(cnnrun_pipeline *pipeline);

/* The resolved pipeline as YAML: every default written out, so that it trains to the same bits wherever the
 * plugins are the same. What a run's pipeline.yaml has. */
CNNRUN_API const char *cnnrun_pipeline_text(const cnnrun_pipeline *pipeline);
/* A table of the network: a line a layer with output shape, parameters and floating-point operations of one
 * sample forward, and a line of totals. */
CNNRUN_API const char *cnnrun_pipeline_network(cnnrun_pipeline *pipeline);

#define CNNRUN_MAX_INPUTS 16
#define CNNRUN_IMAGES UINT64_MAX /* as an input of a layer: the images */
/* A layer, with its activation and the layers behind it whose work it does, too. */
typedef struct cnnrun_layer {
    uint64_t struct_size;
    const char *name;         /* "conv2d_1" */
    const char *plugins;      /* "conv2d + relu": its own, its activation's, those of the others */
    uint64_t rank, dim[4];    /* of its output for one sample; those beyond rank are 0 */
    uint64_t parameters;      /* weights, trained or not */
    uint64_t input_count, inputs[CNNRUN_MAX_INPUTS]; /* numbers of the layers whose outputs it takes */
} cnnrun_layer;

/* Fills *layer with layer i, from 0; a layer stands behind those that it takes from. False where there are not so
 * many. */
CNNRUN_API bool cnnrun_pipeline_layer(cnnrun_pipeline *pipeline, size_t i, cnnrun_layer *layer);

typedef struct cnnrun_facts {
    uint64_t struct_size;
    const char *name, *loss, *optimizer;
    int64_t seed;
    uint64_t epochs, batch_size; /* with train.steps the last epoch may be cut */
    uint64_t threads;          /* workers that a training would have */
    uint64_t parameters;       /* trained weights */
    uint64_t train, validation, test; /* samples of the splits; 0: none, or the data are not open */
    bool has_validation;       /* false: the val_ columns are measured on the test data */
    size_t metric_count;       /* values of `metrics`; accuracy, which is measured unasked, does not count */
    uint64_t steps, steps_per_epoch; /* of the whole training; where the data are not open, steps_per_epoch is 0,
                                  and steps and epochs are 0 unless the pipeline gives them */
} cnnrun_facts;

CNNRUN_API bool cnnrun_pipeline_facts(const cnnrun_pipeline *pipeline, cnnrun_facts *facts);
/* The name of value i of the metrics, as in the columns of metrics.csv; NULL where there are not so many. */
CNNRUN_API const char *cnnrun_pipeline_metric(const cnnrun_pipeline *pipeline, size_t i);

/* What the network takes and gives. A sample is `size` floats in the order row, column, channel ("NHWC" for
 * several), in the units of the dataset: 0 to 255 where `bytes` says so. The library applies value * scale +
 * offset. */
typedef struct cnnrun_input {
    uint64_t struct_size;
    uint64_t rank, dim[4];    /* of one sample: height, width, channels; those beyond rank are 0 */
    uint64_t size;            /* their product */
    uint64_t classes;         /* floats of an output, one a class; 0: the targets are vectors */
    double scale, offset;
    bool bytes;               /* the dataset's elements are bytes */
    bool probabilities;       /* the output is a softmax's: in [0, 1], with the sum 1; else raw scores */
    uint64_t outputs;         /* floats of an output, whatever the targets are */
} cnnrun_input;

CNNRUN_API bool cnnrun_pipeline_input(const cnnrun_pipeline *pipeline, cnnrun_input *input);
/* The name of a class, from 0: its number as text where the dataset has no names. NULL: there are fewer. */
CNNRUN_API const char *cnnrun_pipeline_class(cnnrun_pipeline *pipeline, uint64_t class_number);

/* ---- training ------------------------------------------------------------------------------- */

/* The network of a pipeline with weights, and where they come from: a training in a folder of its own
 * (cnnrun_run_begin), or a folder that a training left (cnnrun_run_open). */
typedef struct cnnrun_run cnnrun_run;

/* The files of a run's folder. */
#define CNNRUN_FILE_PIPELINE "pipeline.yaml"            /* the resolved pipeline */
#define CNNRUN_FILE_METRICS "metrics.csv"               /* a row a validation */
#define CNNRUN_FILE_SUMMARY "summary.json"              /* what the run came to; written at its end */
#define CNNRUN_FILE_CHECKPOINT "checkpoint.safetensors" /* weights, the optimizer's state, position, rows */

/* What to do with what the folder has. */
enum cnnrun_resume {
    CNNRUN_NEW = 0,        /* there must be no run in it */
    CNNRUN_RESUME = 1,     /* go on; refuse another pipeline, seed, or other data; other files of plugins,
                              version and instruction set are told as a warning */
    CNNRUN_FORCED = 2,     /* go on, refuse nothing, tell all */
    CNNRUN_STRICT = 3,     /* go on, refuse all that differs */
};

typedef struct cnnrun_begin {
    uint64_t struct_size;
    const char *out; /* the run's folder, made where it is missing. NULL: runs/NAME-001, -002, ..., where NAME is
                        the pipeline's: the first that is free, or with `resume` the newest that is unfinished */
    int resume;      /* enum cnnrun_resume */
} cnnrun_begin;

/* Makes or finds the folder and locks it against other processes, draws the first weights or takes those of
 * the newest sound checkpoint, and starts the workers. `begin` may be NULL. The pipeline must stay open
 * until the run is closed, and has one run at a time. */
CNNRUN_API cnnrun_run *cnnrun_run_begin(cnnrun_pipeline *pipeline, const cnnrun_begin *begin, cnnrun_error *error);
CNNRUN_API void cnnrun_run_close(cnnrun_run *run);

/* The folder, as given or made. */
CNNRUN_API const char *cnnrun_run_dir(const cnnrun_run *run);
/* The pipeline that the run has: the one that it began with, or for cnnrun_run_open one that the run owns. */
CNNRUN_API cnnrun_pipeline *cnnrun_run_pipeline(cnnrun_run *run);

/* A step that was taken. Figures are running means over the epoch so far. */
typedef struct cnnrun_step {
    uint64_t struct_size;
    uint64_t epoch, epochs;  /* from 1 */
    uint64_t step, steps;    /* of the epoch, from 1 */
    uint64_t samples, samples_per_epoch;
    double loss, accuracy;
} cnnrun_step;

#define CNNRUN_MAX_METRICS 32 /* values of all metrics */
/* A validation, a row of metrics.csv. One ends each epoch, and the training, where train.steps ends it within an
 * epoch. With train.validate_every there are others within epochs. */
typedef struct cnnrun_row {
    uint64_t struct_size;
    uint64_t epoch;            /* in which it ends, from 1; the file has the part of the epoch that was trained, too:
                                  2.5 is in the middle of the third */
    double loss, accuracy;     /* of the training, over its epoch so far, dropout on */
    double val_loss, val_accuracy;
    double learning_rate;      /* of the last step */
    double seconds;            /* of training in its epoch so far, and of its validation */
    double images_per_second;  /* of training alone */
    double metric[CNNRUN_MAX_METRICS], val_metric[CNNRUN_MAX_METRICS];
    uint64_t step;             /* steps taken since the beginning of the training */
} cnnrun_row;

/* How far a layer is that measures the training data before the first step (normalization). A training that is resumed
 * has done that before. */
typedef struct cnnrun_survey {
    uint64_t struct_size;
    const char *layer;       /* its name; valid during the call */
    uint64_t pass, passes;   /* over the data, from 1 */
    uint64_t samples, samples_per_pass;
} cnnrun_survey;

/* Who wants to see a training. The functions are called in the thread that called cnnrun_run_train, with no
 * step under way; those that are NULL are not called. They may read and write weights, read rows, predict,
 * and call cnnrun_run_stop; they may not close the run, or evaluate. The time that they take counts as the
 * training's. */
typedef struct cnnrun_observer {
    uint64_t struct_size;
    void *context; /* handed to each function */
    void (*step)(void *context, const cnnrun_step *step);
    void (*validating)(void *context, uint64_t epoch); /* a validation begins, in or after the epoch */
    void (*epoch)(void *context, const cnnrun_row *row); /* after each validation */
    void (*surveying)(void *context, const cnnrun_survey *survey); /* every thousand samples or so, before the first
                                                                      step */
} cnnrun_observer;

/* How a training ended. */
enum cnnrun_outcome {
    CNNRUN_COMPLETED = 0,
    CNNRUN_DIVERGED = 1,    /* a loss was not finite; `error` says where, with the code CNNRUN_NOT_FINITE */
    CNNRUN_INTERRUPTED = 2, /* by cnnrun_run_stop; the checkpoint holds the very step. There is none yet where a layer
                               still measured the training data, and the run begins again */
    CNNRUN_FAILED = 3,      /* a file could not be written, a plugin broke its contract, or wrong arguments */
};

/* Trains from where the run stands to its last step, measures the test data, looks for reasons why it does
 * not learn, and writes metrics.csv, checkpoints and summary.json. `observer` may be NULL. Once a run; to go
 * on with one that was interrupted, close it and begin again with CNNRUN_RESUME. */
CNNRUN_API int cnnrun_run_train(cnnrun_run *run, const cnnrun_observer *observer, cnnrun_error *error);

/* Makes the training of this run stop after the step under way, and save. `reason` is 1 or more, for the
 * caller's own use, as the number of a signal. A stop before the training began holds for it. May be called
 * from any thread and from a signal handler, as long as the run is open. */
CNNRUN_API void cnnrun_run_stop(cnnrun_run *run, int reason);
/* The last reason given, or 0. */
CNNRUN_API int cnnrun_run_stopped(const cnnrun_run *run);

/* Where a run stands, and what it came to. */
typedef struct cnnrun_standing {
    uint64_t struct_size;
    uint64_t epoch, step;  /* epochs done, and steps of the next one */
    uint64_t best_epoch;   /* from 1, with the highest validation accuracy at or before its end; 0: none measured */
    bool resumed;          /* it was begun from a checkpoint */
    uint64_t checkpoints;  /* that this process has written */
    double checkpoint_seconds, seconds; /* to write them; of the training so far in this process */
    uint64_t test_samples; /* 0: the test data were not measured */
    double test_loss, test_accuracy;
    const char *stopped_by;  /* the callback that has ended the training early; NULL: none has */
    const char *stop_reason; /* its reason, a sentence without a full stop; NULL: none has ended it */
} cnnrun_standing;

/* Of a run that was begun; false for one that was opened. The strings are the run's, until it is trained or
 * closed. */
CNNRUN_API bool cnnrun_run_standing(const cnnrun_run *run, cnnrun_standing *standing);
/* Row i of metrics.csv, from 0; false where there are not so many, or for a run that was opened. */
CNNRUN_API bool cnnrun_run_row(const cnnrun_run *run, uint64_t i, cnnrun_row *row);
/* After a training: sentence i on why the run does not learn; NULL where there are not so many. The first of a
 * run that diverged is the one that is in `error`. */
CNNRUN_API const char *cnnrun_run_finding(const cnnrun_run *run, size_t i);
/* A table of where the time of the training went, layer by layer. */
CNNRUN_API const char *cnnrun_run_profile(cnnrun_run *run);
/* After a training: whether the run's folder is still the one that was locked, and has the files of a run that has
 * ended. */
CNNRUN_API bool cnnrun_run_check(const cnnrun_run *run, cnnrun_error *error);

/* ---- a run that was trained ----------------------------------------------------------------- */

/* Opens the run of a folder: its pipeline and the weights of its newest sound checkpoint. It needs the plugins
 * of the pipeline, but not its data: the checkpoint says what the network takes. Checkpoints that the first
 * versions of cnnrun wrote do not say it; for these the data are opened. Of `options` (may be NULL) settings,
 * which must be assignments, are applied to the run's pipeline. Nothing in the folder is locked or changed. */
CNNRUN_API cnnrun_run *cnnrun_run_open(const char *dir, const cnnrun_options *options, cnnrun_error *error);
/* The same without pipeline and plugins: its weights can be read, and that is all. */
CNNRUN_API cnnrun_run *cnnrun_run_open_weights(const char *dir, cnnrun_error *error);

/* The network's outputs for `count` samples of cnnrun_input.size floats: count * cnnrun_input.outputs floats. */
CNNRUN_API bool cnnrun_run_predict(cnnrun_run *run, const float *samples, size_t count, float *outputs,
                                   cnnrun_error *error);
/* The class that an output speaks for: the first of the largest; `classes` where an element is NaN. */
CNNRUN_API uint64_t cnnrun_output_class(const float *output, uint64_t classes);

/* The splits are "train", "validation" and "test". These functions open the data of a run that was opened,
 * when the first of them is called. */

/* Opens the data. Faults: CNNRUN_DATA. Others call it where needed. */
CNNRUN_API bool cnnrun_run_open_data(cnnrun_run *run, cnnrun_error *error);
/* The number of samples; 0 where the pipeline has no such split, or the data are not open. */
CNNRUN_API uint64_t cnnrun_run_samples(const cnnrun_run *run, const char *split);

/* Of a split; accuracy is NaN where the targets are no classes. */
typedef struct cnnrun_scores {
    uint64_t struct_size;
    uint64_t samples;
    double loss, accuracy;
    double metric[CNNRUN_MAX_METRICS];
    double seconds;            /* of the measuring alone: data and workers were there */
} cnnrun_scores;

#define CNNRUN_MAX_CONFUSION 1024 /* classes; with more, no confusion matrix is made */

/* Measures a split, each sample once. `confusion`, if not NULL, gets classes * classes counts, rows true,
 * columns predicted; NULL where there are more than CNNRUN_MAX_CONFUSION classes, or none. Fails where a stop was
 * asked for. */
CNNRUN_API bool cnnrun_run_evaluate(cnnrun_run *run, const char *split, cnnrun_scores *scores, uint64_t *confusion,
                                    cnnrun_error *error);
/* The network's outputs for all samples of a split, in their order: samples * outputs floats. */
CNNRUN_API bool cnnrun_run_outputs(cnnrun_run *run, const char *split, float *outputs, cnnrun_error *error);
/* Sample i of a split as the network sees it (scale and offset applied), and its class, -1 where targets are
 * vectors; either may be NULL. */
CNNRUN_API bool cnnrun_run_sample(cnnrun_run *run, const char *split, uint64_t i, float *values, int32_t *label,
                                  cnnrun_error *error);

/* ---- weights -------------------------------------------------------------------------------- */

typedef struct cnnrun_weight {
    uint64_t struct_size;
    const char *name;          /* "conv2d/kernel" */
    uint64_t rank, dim[4];     /* row-major; those beyond rank are 0 */
    uint64_t count;            /* floats */
    bool trained;              /* false: a statistic, as a moving mean, or weights that the pipeline says are not to be
                                  trained; of cnnrun_run_open_weights always true */
} cnnrun_weight;

/* Fills *weight with weight i, in the order of the layers, or of their names for cnnrun_run_open_weights; false
 * where there are not so many. */
CNNRUN_API bool cnnrun_run_weight(const cnnrun_run *run, size_t i, cnnrun_weight *weight);
/* Copies the weight of that name out to, or in from, `count` floats, which must be as many as it has. Values
 * that are not finite are taken. An unknown name lists the nearest. Not for cnnrun_run_open_weights: set.
 * Within a training, these are the weights that it goes on with, and so are those of a prediction and of cnnrun_run_save;
 * the optimizer's option `ema` acts on validations and when it has ended. What is set becomes the mean, too. Weights that a
 * layer measures (normalization) are measured when the training begins, whatever was set. */
CNNRUN_API bool cnnrun_run_weight_get(const cnnrun_run *run, const char *name, float *values, size_t count,
                                      cnnrun_error *error);
CNNRUN_API bool cnnrun_run_weight_set(cnnrun_run *run, const char *name, const float *values, size_t count,
                                      cnnrun_error *error);
/* Makes a folder `dir`, in which there must be no run, with the pipeline and a checkpoint of the weights as
 * they are now. cnnrun_run_open opens it, and `cnnrun predict` and `evaluate` do; a training cannot go on
 * from it. */
CNNRUN_API bool cnnrun_run_save(cnnrun_run *run, const char *dir, cnnrun_error *error);

/* ---- plugins -------------------------------------------------------------------------------- */

/* The plugins that the search path holds, sorted by kind and name. */
typedef struct cnnrun_catalogue cnnrun_catalogue;

/* Of `options` (may be NULL) only plugin_paths are used. What cannot be read is in `error`, and the rest is
 * listed: not NULL does not mean that there was no fault. */
CNNRUN_API cnnrun_catalogue *cnnrun_catalogue_open(const cnnrun_options *options, cnnrun_error *error);
CNNRUN_API void cnnrun_catalogue_close(cnnrun_catalogue *catalogue);

/* Kinds of plugins are numbered from 1. The name of one, as "loss"; NULL where there are not so many. */
CNNRUN_API const char *cnnrun_kind_name(uint32_t kind);

/* Reads what a plugin's file says of its kind, ABI and compiler, and runs none of its code: whether it is a plugin that
 * fits this library, as far as that can be said. *kind is its kind, which may be one that the library does not know:
 * cnnrun_kind_name then gives NULL. A file that does not fit is a message with `file` and the code CNNRUN_PLUGIN, whose
 * `text` begins "is no plugin: " or "does not fit this cnnrun: ". */
CNNRUN_API bool cnnrun_plugin_kind(const char *path, uint32_t *kind, cnnrun_error *error);

/* A plugin's file, not opened. False where there are not so many. */
typedef struct cnnrun_entry {
    uint64_t struct_size;
    uint32_t kind;
    const char *name, *path;
} cnnrun_entry;
CNNRUN_API bool cnnrun_catalogue_entry(const cnnrun_catalogue *catalogue, size_t i, cnnrun_entry *entry);

typedef struct cnnrun_plugin {
    uint64_t struct_size;
    uint32_t kind;
    uint32_t abi_major, abi_minor;
    size_t parameter_count;
    const char *name, *summary;
    const char *doc;      /* the manual's paragraphs, or NULL */
    const char *file;     /* the file that was opened, of the variant for this processor */
    const char *sha256;   /* of the file, in hex */
    const char *compiler; /* "gcc 12.2.0" */
    const char *place;    /* what stands before it in a pipeline: "loss: "; where it ends in "- ", as
                             "callbacks:\n  - ", the plugin is an item of a list */
    size_t option_count;  /* what the host reads beside the parameters, for each plugin of its kind: of optimizers,
                             weight_decay and so on */
} cnnrun_plugin;
/* Opens plugin i of the catalogue, and says what it is. Faults: CNNRUN_PLUGIN. */
CNNRUN_API bool cnnrun_catalogue_plugin(cnnrun_catalogue *catalogue, size_t i, cnnrun_plugin *plugin,
                                        cnnrun_error *error);

typedef struct cnnrun_parameter {
    uint64_t struct_size;
    const char *name, *help;
    const char *type;      /* "bool", "integer", "real", "choice", "string", "shape", "integers", "reals",
                              "pairs", "numbers", "texts", "matrix" or "plugin" */
    const char *range;     /* in words: "a real in (0, 10]", "one of valid, same" */
    const char *fallback;  /* the default as YAML; NULL: required */
    const char *const *choices; /* of a choice, ended by NULL; else NULL */
    double min, max;       /* of a number, or of each number in a shape or list; may be infinite */
    bool above_min, below_max; /* the bound itself is outside */
    bool nullable;         /* null is allowed */
    bool path;             /* a string that is a file or folder */
} cnnrun_parameter;
/* Parameter `parameter` of plugin i, which cnnrun_catalogue_plugin has opened; false where there are not so
 * many, or it is not open. Behind the parameters follow the options, with the defaults that the plugin gives them. */
CNNRUN_API bool cnnrun_catalogue_parameter(cnnrun_catalogue *catalogue, size_t i, size_t parameter,
                                           cnnrun_parameter *description);

#ifdef __cplusplus
}
#endif
#endif
