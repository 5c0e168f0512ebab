/* walk.h - the parts of the driver: processes, folders, what is in them, scenarios, judgement.
 *
 * A walk runs cnnrun again and again in a folder of its own (a world), each time with another fault, and
 * judges what it left. What is wrong with the driver itself ends it at once (walk_die). */
#ifndef WALK_H
#define WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shim.h"

__attribute__((format(printf, 1, 2))) _Noreturn void walk_die(const char *format, ...);
__attribute__((format(printf, 1, 2))) char *walk_text(const char *format, ...); /* caller frees */
/* The bytes of a file with a NUL behind them; NULL if it cannot be read. The caller frees. */
char *walk_file(const char *path, size_t *size);
bool walk_stopped(void); /* told by a signal to end */

/* ---- folders (tree.c) ------------------------------------------------------------------------ */

void tree_remove(const char *path);
void tree_copy(const char *from, const char *to); /* `to` is new */
/* All files below a folder, as names counted from it, sorted; NULL at the end. None if it is not there. A
 * folder whose name ends in .tmp is one too, with a slash behind it: nobody may leave it there. */
char **tree_list(const char *path);
void tree_list_free(char **list);

/* ---- what is in a folder (print.c) ----------------------------------------------------------- */

/* A file, and what it says with all that differs from run to run left out. */
typedef struct print_file {
    char *name, *value;
    bool damaged; /* value says in what way */
} print_file;

typedef struct print {
    print_file *files; /* by name */
    size_t count;
} print;

/* `safetensors`, JSON and CSV files are read whole and checked. */
print print_take(const char *folder);
void print_free(print *p);
const char *print_value(const print *p, const char *name); /* NULL: no such file */
/* What distinguishes b from a, in words; NULL: nothing. Files that `ignore` takes are passed over. The caller
 * frees. */
char *print_difference(const print *a, const print *b, bool (*ignore)(const char *name));
/* In words, where a summary that is not as it was before tells of more or fewer epochs than metrics.csv has rows;
 * NULL: nowhere. The caller frees. */
char *print_epochs(const print *p, const print *before);
/* One text that is equal for equal prints; the caller frees. */
char *print_key(const print *p);
/* JSON without the values that differ from run to run, keys sorted; NULL if it is none. The caller frees. */
char *print_json(const char *text);

/* ---- processes (process.c) ------------------------------------------------------------------- */

typedef struct fault {
    enum shim_class class;
    enum shim_mode mode;
    unsigned long n;
    const char *error; /* as EIO */
    bool first;        /* count in the first process only */
} fault;

/* Where one worker runs things: `here` is their current folder. */
typedef struct world {
    char *root, *here, *out, *err, *state_path;
    shim_state *state;
} world;

typedef struct outcome {
    int code; /* -N: ended by signal N */
    bool hung;
    char *out, *err;
} outcome;

extern char walk_build[]; /* absolute */
extern bool walk_gnuplot; /* leave it in PATH */
extern const char *walk_stop_at; /* the step at which a run is interrupted; NULL: none */

world world_make(const char *parent, unsigned number);
/* Runs "cnnrun ARGUMENTS" (words parted by blanks) to the end of all its processes. `f` NULL: without the
 * shim. */
outcome process_run(const world *w, const char *arguments, const fault *f);
void outcome_free(outcome *o);
/* Starts it without a shim and comes back at once; process_wait waits for the end of it and of all that it
 * left behind. */
int process_start(const world *w, const char *arguments);
outcome process_wait(const world *w, int pid);

/* ---- scenarios (scenario.c) ------------------------------------------------------------------ */

typedef struct scenario {
    const char *name;
    const char *arguments; /* what is walked */
    const char *resume;    /* how it goes on when there is a run; NULL: by the same command */
    const char *folder;    /* that is judged */
    void (*prepare)(const world *w); /* makes the starting state in w->here */
    bool experiment, starts_others;
    bool prints;  /* its output is its result */
    bool gnuplot; /* can be found */
} scenario;

extern const scenario scenarios[];
extern const size_t scenario_count;

/* A scenario with what it is judged by. */
typedef struct stage {
    const scenario *s;
    char *start;  /* a folder that holds the starting state */
    print before, golden;
    char *before_key, *golden_out;
    unsigned long calls[SHIM_CLASSES], first_calls[SHIM_CLASSES];
} stage;

/* Prepares, runs untouched, and counts. */
stage stage_make(const scenario *s, const world *w);

/* ---- judgement (judge.c) --------------------------------------------------------------------- */

/* Runs one point. True if there was nothing wrong; else *check names what is, and *detail tells more (the
 * caller frees both). *hit is false where the run ended before the n-th call. */
bool judge_point(const stage *g, const world *w, const fault *f, outcome *o, char **check,
                 char **detail, bool *hit);

/* The name of a class or a mode. */
const char *fault_class_name(enum shim_class class);
const char *fault_mode_name(enum shim_mode mode);

/* ---- failures (failures.c) ------------------------------------------------------------------- */

/* Prints one failed point and files it for the summary. */
void failures_add(int file, const stage *g, const world *w, const fault *f, const outcome *o,
                  const char *check, const char *detail);
/* Prints the causes of all failures filed, most frequent first. */
void failures_summarize(const char *path);

/* ---- random kills (kills.c) ------------------------------------------------------------------ */

/* Kills a training, or an experiment, at random moments until it completes; the number that did not end as an
 * untouched run does. */
unsigned kills_training(const world *w, unsigned count, uint64_t *random);
unsigned kills_experiment(const world *w, unsigned count, uint64_t *random);

#endif
