/* command.h - the commands of the program, one file each, and what the command line gave them. */
#ifndef CNN_COMMAND_COMMAND_H
#define CNN_COMMAND_COMMAND_H

#include "run/session.h"
#include "run/stamp.h"

/* The command line, read. What a command does not take stays zero. */
typedef struct cnn_options {
    const char **arguments; /* what is no option */
    size_t argument_count;
    cnn_session_options session;
    const char *out, *data; /* NULL: not given */
    size_t threads, jobs;    /* 0: not given */
    const char *const *only; /* runs of an experiment */
    size_t only_count;
    cnn_resume resume_mode;
    bool resume, dry_run, quiet, json, profile, verbose, invert;
    const char *program; /* as it was called, for lines to type next */
} cnn_options;

/* Each runs one command and returns the program's exit code. Faults are in the report; main prints
 * them, after what the command printed. */
int cnn_command_train(const cnn_options *options, cnn_report *report);
int cnn_command_evaluate(const cnn_options *options, cnn_report *report);
int cnn_command_build(const cnn_options *options, cnn_report *report);
int cnn_command_new(const cnn_options *options, cnn_report *report);
int cnn_command_predict(const cnn_options *options, cnn_report *report);
int cnn_command_report(const cnn_options *options, cnn_report *report);
int cnn_command_plugins(const cnn_options *options, cnn_report *report);

/* `arguments` begin with the command's own name and end with NULL; the kit reads them itself. Returns
 * only when the kit cannot be started. */
int cnn_command_check(char **arguments, cnn_report *report);

/* What cnn_command_train does with a file that names runs; command/experiment.h. */
int cnn_command_experiment(const cnn_options *options, cnn_report *report);

/* "cnnrun FILE OPTIONS --resume --out DIR", as a shell wants it: what is typed to go on. The caller frees. */
char *cnn_command_resume_line(const cnn_options *options, const char *dir);

/* Writes DIR/report.html for a run or an experiment that has ended. What fails is a warning, and false: the
 * run is what it is without its page. */
bool cnn_command_write_page(const char *dir, const cnn_options *options, cnn_report *report);

/* Prints the report's warnings that were not printed yet, to standard error. Long commands call it, so
 * that a warning is not seen only at the end. */
void cnn_command_show_warnings(cnn_report *report);

#endif
