/* command.h - what every command has in common: its options, --help, its exit code, and its report printed
 * at the end. A command is a program; its main() is one call. */
#ifndef CNN_COMMAND_COMMAND_H
#define CNN_COMMAND_COMMAND_H

#include <cnnrun/cnnrun.h>

#include "command/option.h"

/* How a command was called. */
typedef struct cnn_call {
    const char *program;    /* cnnrun as it was called, for lines to type next */
    const char **arguments; /* what is no option */
    size_t count;
    char *const *words; /* all words as they were given, options too; NULL ends them */
} cnn_call;

typedef struct cnn_command {
    const char *name;          /* "evaluate"; NULL for the training, which has no word of its own */
    const char *prefix;        /* of messages; NULL: "cnnrun" */
    const char *usage;         /* the first paragraph of --help, which `cnnrun help` shows too */
    const char *notes;         /* the last paragraph of --help; NULL: none */
    const cnn_option *options; /* its table, without --help and --version */
    size_t min, max;           /* the number of arguments */
    const char *takes;         /* what the arguments are: "the folder of a run" */
    /* Returns the exit code. Faults are in the report, and are printed after what the command printed. */
    int (*run)(const cnn_call *call, cnn_report *report);
    void (*help)(void); /* prints --help, where usage, options and notes are not all of it; NULL: they are */
} cnn_command;

/* Set by cnnrun for its commands: the real path of cnnrun. A command that is a script calls it by this. */
#define CNN_PROGRAM_VARIABLE "CNNRUN_PROGRAM"

/* Reads the arguments of main(), runs the command, prints the report, and returns the exit code. */
int cnn_command_main(const cnn_command *command, int count, char **arguments);

/* The end of a command: flushes standard output, prints and frees the report, and returns the exit code, which
 * is `code` or CNN_EXIT_OUTPUT where not all could be printed. cnn_command_main does it. */
int cnn_command_end(cnn_report *report, int code);

/* Prints the report's warnings that were not printed yet, to standard error. Long commands call it, so
 * that a warning is not seen only at the end. */
void cnn_command_show_warnings(cnn_report *report);

/* What is printed was the result of another: standard output that cannot be written is then a warning.
 * Training calls it, whose result is its folder. */
void cnn_command_output_is_no_result(void);

/* "cnnrun: TEXT; see: cnnrun --help" on standard error; returns CNN_EXIT_USAGE. */
__attribute__((format(printf, 1, 2))) int cnn_command_refuse(const char *format, ...);

/* Adds what a function of the library had to say to a report, which the command prints in the end. */
void cnn_command_take(cnnrun_error *error, cnn_report *report);

#endif
