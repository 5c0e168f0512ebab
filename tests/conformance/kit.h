/* kit.h - the conformance kit's frame: what a check is, where it runs, how it gives its verdict.
 *
 * Every check runs in a child process of its own, which is the first to open the plugin; the parent
 * only reads the file's ELF note. A check ends by one of the verdicts below, or by returning (PASS,
 * or WARN after kit_warn). A child that ends in any other way, even with exit status 0, has
 * crashed.
 *
 * libcheck runs the suite, one test a check, keeps the counts and writes its logs
 * ($CK_XML_LOG_FILE_NAME). Its own fork mode is not used: it takes the exit status for the verdict
 * (a plugin could call exit(0)), lets a plugin's prints into the report, kills the group only after
 * a timeout, and cannot say SKIP. */
#ifndef KIT_H
#define KIT_H

#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>

#include "base/memory.h"
#include "base/text.h"
#include "plugin/plugin.h"

/* ---- what is checked ------------------------------------------------------------------------ */

typedef struct kit_options {
    uint64_t seed;
    int level;
    double timeout; /* seconds that a check may take, less what it waits for a CPU */
    bool verbose, tap, quiet;
    const char *only;         /* one rule; NULL: all */
    const char *const *given; /* "NAME=VALUE", parameters of the plugin for every check */
    size_t given_count;
    cnn_plugins *plugins; /* where plugins that are parameters of others come from */
} kit_options;

/* The file under test. */
typedef struct kit_subject {
    char *path, *name;
    uint32_t kind; /* as its note says; 0: no note */
} kit_subject;

/* What a check gets, in its child. */
typedef struct kit_case {
    const kit_subject *subject;
    const kit_options *options;
    const cnn_plugin_file *file; /* opened, but for KIT_UNOPENED */
    cnn_random random;           /* this check's own stream */
    uint64_t drawn;              /* numbers taken from it */
    const cnn_yaml *setting;     /* parameters at other values than their defaults; NULL: none */
    bool golden; /* parameters come from the plugin's table: it is a fault if they do not fit */
} kit_case;

#define KIT_GATE 1u      /* when it fails, nothing after it makes sense */
#define KIT_MEMORY 2u    /* when it crashes, what follows would only crash again */
#define KIT_UNOPENED 4u  /* looks at the file, or opens it itself */
#define KIT_GUARDS 8u    /* no buffer is used again, inputs cannot be written: see arena.h */
#define KIT_DEFAULTS 16u /* it need not hold at other settings than the defaults: see vary.h */

typedef struct kit_check {
    const char *rule;  /* a section of CONFORMANCE.md */
    const char *title; /* what must hold, in a few words */
    int level;
    uint32_t kind; /* CNN_KIND_*, or 0 for all */
    uint32_t flags;
    void (*run)(kit_case *c);
} kit_check;

/* Every check, in the order in which they run; ended by rule NULL. */
const kit_check *kit_checks(size_t i);
/* Each file of checks has its table, ended by a rule of NULL. */
extern const kit_check kit_golden_checks[], kit_file_checks[], kit_param_checks[],
    kit_setting_checks[], kit_memory_checks[], kit_life_checks[], kit_environment_checks[],
    kit_repeat_checks[], kit_hot_checks[], kit_loss_checks[], kit_gradient_checks[],
    kit_initializer_checks[], kit_layer_checks[], kit_absorb_checks[], kit_told_checks[],
    kit_backward_checks[], kit_measure_checks[], kit_survey_checks[], kit_optimizer_checks[],
    kit_schedule_checks[], kit_dataset_checks[], kit_static_checks[], kit_callback_checks[],
    kit_metric_checks[];

/* The section of CONFORMANCE.md on this rule, heading included; NULL if there is none. The caller
 * frees. */
char *kit_rule_text(const char *rule);

/* ---- verdicts ------------------------------------------------------------------------------- */

typedef enum kit_status {
    KIT_PASS,
    KIT_WARN,
    KIT_FAIL,
    KIT_CRASH,
    KIT_HANG,
    KIT_SKIP,
    KIT_BLOCKED,
    KIT_TOOL_ERROR, /* a fault of the kit's, never blamed on the plugin */
    KIT_STATUSES,
} kit_status;

extern const char *const kit_status_words[KIT_STATUSES];

/* True for those that make the plugin fail. */
bool kit_status_is_bad(kit_status status);

/* For checks, in the child: end it with this verdict. One sentence: what was seen, what was
 * expected. */
__attribute__((format(printf, 1, 2))) _Noreturn void kit_fail(const char *format, ...);
__attribute__((format(printf, 1, 2))) _Noreturn void kit_skip(const char *format, ...);
__attribute__((format(printf, 1, 2))) _Noreturn void kit_tool_error(const char *format, ...);
/* From now on kit_skip jumps there; NULL: it ends the check. The reason that was given last. */
void kit_skip_to(jmp_buf *place);
const char *kit_skip_reason(void);
/* Keeps the first warning, and goes on. At other settings than the defaults nothing is kept. */
__attribute__((format(printf, 1, 2))) void kit_warn(const char *format, ...);

/* Says under which circumstances the next calls happen ("classes 10"); stands in every message. */
__attribute__((format(printf, 1, 2))) void kit_where(const char *format, ...);

/* Around every call into the plugin: its name for messages; `training` if its tag is [train]. */
void kit_enter(const char *callback, bool training);
void kit_leave(void);
#define KIT_SETUP false
#define KIT_TRAIN true

/* What became of a check. */
typedef struct kit_outcome {
    kit_status status;
    char message[2048];
    char where[256], phase[64];
    uint64_t cause; /* of a crash: the same for the same place in the plugin; 0: unknown */
    bool left_processes;
    char output[512]; /* what the child printed, its beginning */
} kit_outcome;

/* Runs a check in a child process; never returns in the child. */
void kit_child_run(const kit_check *check, const kit_subject *subject, const kit_options *options,
                   kit_outcome *outcome);

/* From now on SIGINT, SIGTERM and SIGHUP end the children first. */
void kit_child_end_with_us(void);

/* Runs all checks on a subject and prints the verdicts. KIT_PASS, KIT_FAIL when one is bad, or
 * KIT_TOOL_ERROR when the kit itself failed. */
kit_status kit_suite_run(const kit_subject *subject, const kit_options *options);

/* The subject's file, by path or by NAME or KIND/NAME in the search path. */
CNN_MUST_CHECK bool kit_find(cnn_plugins *plugins, const char *what, kit_subject *subject,
                             cnn_report *report);

/* ---- random numbers of a check -------------------------------------------------------------- */

double kit_uniform(kit_case *c);                     /* [0, 1) */
double kit_normal(kit_case *c);                      /* mean 0, variance 1 */
uint64_t kit_below(kit_case *c, uint64_t n);         /* [0, n) */
double kit_dyadic(kit_case *c, int range, int bits); /* a multiple of 2^-bits in [-range, range] */

#endif
