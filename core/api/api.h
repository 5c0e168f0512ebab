/* api.h - what stands behind the types of cnnrun.h, and how each public function begins and ends. */
#ifndef CNN_API_API_H
#define CNN_API_API_H

#include <locale.h>

#include <cnnrun/cnnrun.h>

#include "run/conduct.h"

/* Texts that live as long as the object that was asked for them. */
typedef struct cnn_strings {
    char **items;
    size_t count;
} cnn_strings;

/* Takes over a text, and returns it. */
const char *cnn_strings_keep(cnn_strings *strings, char *text);
void cnn_strings_free(cnn_strings *strings);

struct cnnrun_error {
    cnn_report report;
    cnn_strings lines;
};

struct cnnrun_pipeline {
    cnn_session session;
    uint64_t threads;     /* of the options; 0: not asked */
    cnnrun_run *run;      /* that keeps a pointer to this, or NULL */
    cnn_settings settings; /* whose origins marks of the session point to */
    cnn_strings strings;  /* names that marks of the session point to, and what was handed out */
    const char *network;  /* the table, once it was asked for */
    const char **classes; /* their names, once they were asked for */
};

struct cnnrun_run {
    cnnrun_pipeline *pipeline;  /* NULL: weights alone */
    bool owns_pipeline;
    bool begun, trained, resumed;
    cnn_run folder;             /* dir; locked where it was begun */
    cnn_conduct conduct;        /* where it was begun */
    cnnrun_observer observer;   /* while it trains */
    volatile sig_atomic_t stop; /* the reason */
    cnn_engine *engine;         /* of a run that was opened, once it is needed */
    cnn_checkpoint checkpoint;  /* of weights alone */
};

/* A call under way: where its messages go, and what it puts back. */
typedef struct cnn_call {
    cnn_report *report;
    cnn_report unheard; /* the report where the caller gave none */
    locale_t before;
} cnn_call;

void cnn_call_begin(cnn_call *call, cnnrun_error *error);
/* Returns `result`. */
bool cnn_call_end(cnn_call *call, bool result);

/* Plugins are opened, and closed, by one thread at a time: the process that tries them is shared. */
void cnn_call_lock(void);
void cnn_call_unlock(void);

/* Copies a caller's struct (NULL: nothing) of its own size into ours, which is zeroed, of `size` bytes. False with a
 * fault of CNN_EXIT_USAGE where it says that its size is 0. */
CNN_MUST_CHECK bool cnn_struct_take(void *ours, size_t size, const void *theirs, const char *type,
                                    cnn_report *report);
/* Copies ours into theirs, as far as that reaches; false where it says that its size is 0. */
bool cnn_struct_give(void *theirs, const void *ours, size_t size);

/* The options of a session; pipeline.c. The arrays are freed by cnn_api_options_free. */
CNN_MUST_CHECK bool cnn_api_options(cnnrun_options *own, cnn_session_options *session, const cnnrun_options *given,
                                    cnn_report *report);
void cnn_api_options_free(cnn_session_options *session);

/* Closes it although a run has it. */
void cnn_api_pipeline_free(cnnrun_pipeline *pipeline);

/* The engine that evaluates and predicts; made where there is none yet. NULL with a fault. */
cnn_engine *cnn_api_engine(cnnrun_run *run, cnn_report *report);

/* A row as the public struct has it. */
cnnrun_row cnn_api_row(const cnn_row *row);

#endif
