/* request.h - what the command line asks of a training or an experiment: one table of options for both. */
#ifndef CNN_COMMAND_REQUEST_H
#define CNN_COMMAND_REQUEST_H

#include "command/command.h"
#include "yaml/settings.h"

typedef struct cnn_request {
    const char *program; /* cnnrun as it was called, for lines to type next */
    const char *file;    /* the pipeline or the experiment */
    cnn_settings settings;
    cnn_words plugin_paths;
    const char *out;               /* NULL: not given */
    size_t threads, jobs;          /* 0: not given */
    cnn_words only;                /* runs of an experiment */
    bool resume;         /* asked for, in one of its forms */
    bool forced, strict; /* --force-resume, --strict-resume */
    bool dry_run, json, quiet, profile;
} cnn_request;

/* An experiment has `base` or `runs`; other YAML counts as a pipeline. What cannot be read is a fault. */
typedef enum cnn_file_kind {
    CNN_FILE_UNREADABLE,
    CNN_FILE_PIPELINE,
    CNN_FILE_EXPERIMENT,
} cnn_file_kind;
cnn_file_kind cnn_experiment_look(const char *path, cnn_report *report);

extern const cnn_option cnn_request_options[];

/* Fills the request from what cnn_options_read has put into the places of the table. CNN_EXIT_DONE, or the
 * exit code of a mistake that was said on standard error. Free it in either case. */
int cnn_request_take(cnn_request *request, const cnn_call *call);
void cnn_request_free(cnn_request *request);

/* "cnnrun FILE OPTIONS --resume --out DIR", as a shell wants it: what is typed to go on. The caller frees. */
char *cnn_request_resume_line(const cnn_request *request, const char *dir);

/* Writes DIR/report.html for a run or an experiment that has ended, by the command `report`. What fails is a
 * warning, and false: the run is what it is without its page. */
bool cnn_request_write_page(const cnn_request *request, const char *dir, cnn_report *report);

#endif
