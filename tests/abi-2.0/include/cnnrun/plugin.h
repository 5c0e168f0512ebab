/* plugin.h - what every cnnrun plugin has in common: the descriptor, its parameters, its ABI note.
 *
 * A plugin is one .c file, compiled to one .so, that exports one const data symbol, `cnn_plugin`.
 * It includes the header of its kind (loss.h, layer.h, ...), which includes this one, and ends with
 * that kind's macro (CNN_LOSS, CNN_LAYER, ...). Nothing of a plugin runs before it is accepted: the
 * host reads the ELF note that the macro writes, then opens the file, then reads the descriptor.
 *
 * Rules for every callback of every kind
 *   Ownership  All pointers handed in belong to the host and are valid during the call only, unless
 *              the callback's comment says otherwise. Inputs are read only. Names, tables and other
 *              static data of a plugin must live as long as the process.
 *   Threads    A tag names thread and phase:
 *                [setup]  main thread, before training; may allocate and read files.
 *                [train]  any worker thread, at the same time as other calls on the same `self`.
 *                         `self` is const; the callback must not allocate, lock, sleep, or do I/O,
 *                         unless its comment says so (a dataset's sample()).
 *   Results    They are a function of the arguments alone: no clock, no rand(), no addresses, no
 *              static variables. So a run repeats to the bit, with any number of threads.
 *   Process    No printing, fork, signal handlers, setlocale, chdir, setenv, exit; floating-point
 *              modes are left as found. Do not compile with -ffast-math: such a file is refused.
 *
 * Growth       Structs grow at their end only, and carry their size. A plugin built with these headers
 *              works in every later cnnrun of the same CNN_ABI_MAJOR; functions that it did not know
 *              count as NULL, and NULL means what the comment at the function says. */
#ifndef CNNRUN_PLUGIN_H
#define CNNRUN_PLUGIN_H

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
#define CNN_EXPORT_ extern "C" __attribute__((visibility("default")))
#define CNN_STATIC_ASSERT static_assert
extern "C" {
#else
#define CNN_EXPORT_ extern __attribute__((visibility("default")))
#define CNN_STATIC_ASSERT _Static_assert
#endif

/* Major: anything that an older binary would misread. Minor: an appended field, function or value. */
#define CNN_ABI_MAJOR 2
#define CNN_ABI_MINOR 0

/* Whether a struct of the other side reaches to a field that a later minor version appended, noted
 * as [2.1] and so on: a plugin asks before it touches one of the host's, which may be older. TYPE is
 * the struct's type, POINTER points to it, and its first field is struct_size. */
#define CNN_REACHES(TYPE, POINTER, FIELD)                                                           \
    ((POINTER)->struct_size >= offsetof(TYPE, FIELD) + sizeof((POINTER)->FIELD))

/* ---- kinds ---------------------------------------------------------------------------------- */

/* The value of cnn_head.kind and of the note; the folder `plugins/<kind>/` has the same name. */
#define CNN_KIND_INITIALIZER 1u
#define CNN_KIND_LAYER 2u
#define CNN_KIND_LOSS 3u
#define CNN_KIND_OPTIMIZER 4u
#define CNN_KIND_SCHEDULE 5u
#define CNN_KIND_DATASET 6u
#define CNN_KIND_CALLBACK 7u
#define CNN_KIND_METRIC 8u

/* ---- errors --------------------------------------------------------------------------------- */

/* Filled by cnn_fail() or cnn_fail_at(); owned by the caller of the callback. One full sentence without a full stop:
 * what is wrong and what was expected ("pool_size is [3, 3], larger than the input [2, 2, 8]").
 * The host adds file, line and plugin. */
typedef struct cnn_error {
    char text[1024];    /* NUL-terminated UTF-8; longer messages are cut */
    char parameter[72]; /* the name of the parameter that it is about; empty: of none, or of several */
    uint64_t column;    /* of a string: the byte of it that is wrong, counted from 1; 0: all of it */
} cnn_error;

#if defined __GNUC__
__attribute__((format(printf, 2, 3), unused))
#endif
/* Writes the message and returns -1, so that a callback can end with `return cnn_fail(error, ...)`. */
static inline int
cnn_fail(cnn_error *error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
    error->parameter[0] = '\0';
    error->column = 0;
    return -1;
}

#if defined __GNUC__
__attribute__((format(printf, 4, 5), unused))
#endif
/* The same for what is wrong with one parameter of the plugin: the host then gives the place of its value in the
 * pipeline, and with a column that of the byte in a string's text, so that "cnn_fail_at(error, "formula",
 * (uint64_t)(at - self->formula) + 1, ...)" points to the character at `at`. Where the value is a default, the place
 * is the plugin's. Where the file does not hold the text as the plugin sees it (escapes, several lines, a path), the
 * place is the value's, and the message tells the character's number. */
static inline int
cnn_fail_at(cnn_error *error, const char *parameter, uint64_t column, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
    (void)snprintf(error->parameter, sizeof error->parameter, "%s", parameter);
    error->column = column;
    return -1;
}

/* Where a callback may return -1 by cnn_fail(), it may return this by cnn_fail_memory(): it found no
 * memory. The run then ends with "out of memory" and exit 1, and not as if its data or its pipeline were
 * wrong. */
#define CNN_NO_MEMORY (-2)

#if defined __GNUC__
__attribute__((unused))
#endif
/* For `return cnn_fail_memory(error, bytes);` after malloc() gave NULL. */
static inline int
cnn_fail_memory(cnn_error *error, uint64_t bytes)
{
    (void)cnn_fail(error, "there is no memory for %llu bytes", (unsigned long long)bytes);
    return CNN_NO_MEMORY;
}

/* ---- shapes --------------------------------------------------------------------------------- */

#define CNN_MAX_RANK 4u

/* The extents of a tensor, outermost first, row-major. Images are (height, width, channels): the
 * sample index is never part of a shape. Unused extents are 0. rank 0 is "no shape". */
typedef struct cnn_shape {
    uint64_t rank;              /* 0 to CNN_MAX_RANK */
    uint64_t dim[CNN_MAX_RANK]; /* each 1 or more */
} cnn_shape;

/* Number of elements; 1 for rank 0. The host has checked that it does not overflow. */
static inline uint64_t cnn_shape_count(const cnn_shape *shape)
{
    uint64_t count = 1;
    for (uint64_t i = 0; i < shape->rank; i++)
        count *= shape->dim[i];
    return count;
}

/* ---- parameters ----------------------------------------------------------------------------- */

/* A plugin never parses: it declares a table, and the host reads the pipeline, checks type and range,
 * fills the plugin's own struct at the offsets given, and prints the help. The field's C type is
 * fixed by the parameter's type: */
#define CNN_BOOL 1u     /* int32_t: 0 or 1 */
#define CNN_INTEGER 2u  /* int64_t; null is INT64_MIN */
#define CNN_REAL 3u     /* double, finite; null is NaN */
#define CNN_CHOICE 4u   /* int32_t: index into `choices`; null is -1 */
#define CNN_STRING 5u   /* const char *, UTF-8, not empty; null is NULL */
#define CNN_SHAPE 6u    /* cnn_shape; a single integer n stands for [n, n]; null is rank 0 */
#define CNN_INTEGERS 7u /* cnn_integers */
#define CNN_REALS 8u    /* cnn_reals */
#define CNN_PAIRS 9u    /* cnn_pairs: [[7, 1], [8, 3]] */
#define CNN_NUMBERS 10u /* cnn_numbers: {7: 1.3, cat: 2}; each name once */
#define CNN_TEXTS 11u   /* cnn_texts: [cat, dog]; each is not empty */
#define CNN_MATRIX 12u  /* cnn_matrix: [[0, 1], [2, 0]]; rows of the same length, of 1 or more; or [] */
#define CNN_PLUGIN 13u  /* const cnn_handle *: a plugin of the entry's `kind`, written as everywhere, as NAME or
                           NAME: {parameters}; null is NULL */

/* The null of a list, a map and a matrix has items NULL and count 0. What `items` points to belongs to the
 * host, and is valid as long as self. */
typedef struct cnn_integers {
    const int64_t *items;
    uint64_t count;
} cnn_integers;

typedef struct cnn_reals {
    const double *items;
    uint64_t count;
} cnn_reals;

typedef struct cnn_pairs {
    const int64_t (*items)[2];
    uint64_t count;
} cnn_pairs;

/* A name is the text of the key as it is written: 7 and "7" are both "7", and true is "true". */
typedef struct cnn_number {
    const char *name;
    double value;
} cnn_number;

typedef struct cnn_numbers {
    const cnn_number *items; /* in the order of the file */
    uint64_t count;
} cnn_numbers;

typedef struct cnn_texts {
    const char *const *items; /* UTF-8 */
    uint64_t count;
} cnn_texts;

typedef struct cnn_matrix {
    const double *items;    /* row by row: row r, column c is items[r * columns + c] */
    uint64_t rows, columns; /* both 0 where it is empty or null */
} cnn_matrix;

/* Another plugin, ready to be called: its parameters are in, and its init has succeeded. Nothing else was
 * called: a plugin that takes one of another kind makes the calls of that kind's header itself, with the
 * arguments, in the order and in the phases that are told there. It and what it points to belong to the host,
 * which calls the other plugin's fini after that of the plugin that has the handle. */
typedef struct cnn_handle {
    const void *plugin; /* the descriptor of its kind, such as const cnn_schedule *: the host's copy, in which
                           functions that the other plugin did not know are NULL */
    void *self;         /* its self, for those calls; NULL where it has none */
} cnn_handle;

/* Flags of a parameter. Unknown bits are refused. */
#define CNN_ABOVE_MIN 1u /* the value must be greater than min, not equal */
#define CNN_BELOW_MAX 2u /* the value must be less than max, not equal */
#define CNN_NULLABLE 4u  /* null is allowed */
#define CNN_PATH 8u      /* a string that is a file or folder, counted from the current folder; the
                            host makes it absolute before the plugin sees it */

/* One parameter. Names are [a-z][a-z0-9_]*; `name`, `input`, `inputs`, `activation`, `kernel_initializer`,
 * `bias_initializer`, `trainable`, `lr_mult`, `decay_mult`, `limit` and `class_weight` are the host's. Written with the CNN_PARAM macros below. */
typedef struct cnn_param {
    const char *name;
    const char *help;           /* one or two sentences; where PyTorch differs, says so */
    const char *fallback;       /* the default, as it would stand in YAML; NULL: required */
    const char *const *choices; /* CNN_CHOICE: names, ended by NULL; else NULL */
    double min, max;            /* of a number, or of each number in a shape, list, map or matrix; +-INFINITY */
    uint64_t offset;            /* of the field in the plugin's struct */
    uint64_t size;              /* of the field; the host checks it against the type */
    uint32_t type;
    uint32_t flags;
    uint32_t kind;              /* CNN_PLUGIN: CNN_KIND_*; else 0 */
    uint32_t reserved0;         /* 0 */
} cnn_param;

/* The general form: struct, field, type, default (as YAML text or NULL), min, max, flags, help. */
#define CNN_PARAM(STRUCT, FIELD, TYPE, FALLBACK, MIN, MAX, FLAGS, HELP)                             \
    {                                                                                               \
        #FIELD, HELP, FALLBACK, NULL, (double)(MIN), (double)(MAX), offsetof(STRUCT, FIELD),        \
            sizeof(((STRUCT *)0)->FIELD), TYPE, FLAGS, 0, 0                                         \
    }
/* A choice among names: CHOICES is a `static const char *const []` ended by NULL. */
#define CNN_PARAM_CHOICE(STRUCT, FIELD, FALLBACK, CHOICES, HELP)                                    \
    {                                                                                               \
        #FIELD, HELP, FALLBACK, CHOICES, 0, 0, offsetof(STRUCT, FIELD),                             \
            sizeof(((STRUCT *)0)->FIELD), CNN_CHOICE, 0, 0, 0                                       \
    }
/* A plugin of KIND, CNN_KIND_*. A default, such as "constant", is a plugin with its own defaults. */
#define CNN_PARAM_PLUGIN(STRUCT, FIELD, KIND, FALLBACK, FLAGS, HELP)                                \
    {                                                                                               \
        #FIELD, HELP, FALLBACK, NULL, 0, 0, offsetof(STRUCT, FIELD),                                \
            sizeof(((STRUCT *)0)->FIELD), CNN_PLUGIN, FLAGS, KIND, 0                                \
    }
#define CNN_PARAM_BOOL(STRUCT, FIELD, FALLBACK, HELP)                                               \
    CNN_PARAM(STRUCT, FIELD, CNN_BOOL, FALLBACK, 0, 1, 0, HELP)
/* The table's last entry. */
#define CNN_PARAM_END                                                                               \
    {                                                                                               \
        NULL, NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0                                              \
    }

/* ---- golden cases --------------------------------------------------------------------------- */

/* A plugin may bring a short table of cases: parameters, inputs, and what must come out, computed by other means
 * (PyTorch, a script of the paper's formula; say which beside the table). Only the conformance kit reads it, and
 * runs each case. The arrays by kind, those before the arrow required, but for "fans", "steps" and "training":
 *
 *   layer        x, dy, each weight by its name -> y, dx, d with a weight's name (dkernel). `shape` is that of a
 *                sample, and x has one sample or more. The layer has one input and draws no random numbers
 *   loss         output, target -> value, gradient
 *   initializer  fans (in and out; 1 and 1) -> weights. `shape` is the tensor's; its role is that of a kernel
 *   optimizer    weight, gradient (of each step, one behind the other), rate (one a step) -> result, and each slot
 *                by its name, after the last step
 *   schedule     steps, training (steps of an epoch, steps in all, base) -> rates
 *
 * What comes out may be left out, but not all of it. A number is right if it differs by at most `tolerance` times
 * the largest of its array, or `tolerance` where all are 0. */
typedef struct cnn_golden_array {
    const char *name;
    uint64_t count;
    const double *values;
} cnn_golden_array;

#define CNN_MAX_GOLDEN_ARRAYS 12u

/* Static, as all of a descriptor. A table ends with a case whose `parameters` is NULL: CNN_GOLDEN_END. */
typedef struct cnn_golden {
    const char *parameters; /* as in a pipeline: "{units: 3}", "{}" */
    double tolerance;       /* 0 or more */
    cnn_shape shape;        /* rank 0 where the kind has none */
    cnn_golden_array arrays[CNN_MAX_GOLDEN_ARRAYS]; /* up to the first without a name */
} cnn_golden;

/* An array of a case, in C: CNN_VALUES("x", 0.5, -1). C++ has no such literals; name static arrays there. */
#define CNN_VALUES(NAME, ...)                                                                       \
    {                                                                                               \
        NAME, sizeof((const double[]){__VA_ARGS__}) / sizeof(double), (const double[])              \
        {                                                                                           \
            __VA_ARGS__                                                                             \
        }                                                                                           \
    }
#define CNN_GOLDEN_END                                                                              \
    {                                                                                               \
        NULL, 0, {0, {0}}, {{NULL, 0, NULL}}                                                        \
    }

/* ---- the descriptor ------------------------------------------------------------------------- */

/* The fields that open every kind's descriptor, in this order. The CNN_<KIND> macros fill the first
 * four; a plugin names the others where it has them.
 *
 *   struct_size, param_size  sizes as the plugin's compiler saw them
 *   kind                     CNN_KIND_*
 *   name                     [a-z][a-z0-9_]*, the same as the file's and as in the pipeline
 *   summary                  one line for lists
 *   doc                      the manual's paragraphs: formula, source, when to use it; or NULL
 *   params                   the table, ended by CNN_PARAM_END; NULL: no parameters
 *   self_size                sizeof the plugin's struct, which holds its parameters and whatever it
 *                            derives from them; 0 for none (then self is NULL)
 *   init(self, error)        [setup] called once the parameters are in; checks what spans several of
 *                            them and derives values; returns 0, or fails. After a failure
 *                            fini is not called. NULL: nothing to do
 *   fini(self)               [setup] gives back what init or later [setup] calls acquired; NULL: none
 *   golden                   the table of golden cases, ended by CNN_GOLDEN_END; NULL: none
 *
 * `self` is allocated by the host (64-byte aligned, zeroed) and freed after fini. One plugin may have
 * many selves at once: each layer, each metric has its own. */
#define CNN_HEAD_FIELDS                                                                             \
    uint32_t struct_size;                                                                           \
    uint32_t param_size;                                                                            \
    uint32_t kind;                                                                                  \
    uint32_t reserved0; /* 0 */                                                                     \
    const char *name;                                                                               \
    const char *summary;                                                                            \
    const char *doc;                                                                                \
    const cnn_param *params;                                                                        \
    uint64_t self_size;                                                                             \
    int (*init)(void *self, cnn_error *error);                                                      \
    void (*fini)(void *self);                                                                       \
    const cnn_golden *golden;                                                                       \
    const void *reserved[3]; /* NULL */

typedef struct cnn_head {
    CNN_HEAD_FIELDS
} cnn_head;

/* ---- the ABI note --------------------------------------------------------------------------- */

#define CNN_FLAG_FAST_MATH 1u /* -ffast-math or -ffinite-math-only: refused */
#define CNN_FLAG_ASAN 2u      /* AddressSanitizer: needs a host built with it */
#define CNN_FLAG_TSAN 4u      /* ThreadSanitizer: likewise */

/* Facts of the build, read from the file before any of its code runs. This layout never changes: a
 * new one gets a new magic. */
typedef struct cnn_abi {
    char magic[8];      /* "CNNPLUG1", no NUL */
    uint32_t length;    /* sizeof(cnn_abi) */
    uint16_t major;     /* must equal the host's */
    uint16_t minor;     /* newer ones load; the host uses what it knows */
    uint8_t pointer_bytes, size_t_bytes, long_bytes, little_endian;
    uint8_t float_bytes, float_radix, float_digits, float_eval; /* FLT_RADIX, FLT_MANT_DIG, FLT_EVAL_METHOD */
    uint32_t kind;
    uint32_t flags;     /* CNN_FLAG_* */
    uint32_t head_size, param_size, kind_size; /* sizeof cnn_head, cnn_param, the kind's descriptor */
    char compiler[64];  /* for messages only */
} cnn_abi;
CNN_STATIC_ASSERT(sizeof(cnn_abi) == 108, "the note's layout never changes");

typedef struct cnn_abi_note {
    uint32_t name_size, abi_size, type;
    char name[8]; /* "cnnrun" */
    cnn_abi abi;
} cnn_abi_note;

#define CNN_NOTE_TYPE 1u

#if defined __SANITIZE_ADDRESS__
#define CNN_ASAN_ CNN_FLAG_ASAN
#elif defined __has_feature
#if __has_feature(address_sanitizer)
#define CNN_ASAN_ CNN_FLAG_ASAN
#endif
#endif
#ifndef CNN_ASAN_
#define CNN_ASAN_ 0u
#endif
#if defined __SANITIZE_THREAD__
#define CNN_TSAN_ CNN_FLAG_TSAN
#elif defined __has_feature
#if __has_feature(thread_sanitizer)
#define CNN_TSAN_ CNN_FLAG_TSAN
#endif
#endif
#ifndef CNN_TSAN_
#define CNN_TSAN_ 0u
#endif
#if defined __FAST_MATH__ || (defined __FINITE_MATH_ONLY__ && __FINITE_MATH_ONLY__)
#define CNN_FAST_MATH_ CNN_FLAG_FAST_MATH
#else
#define CNN_FAST_MATH_ 0u
#endif
#if defined __clang__
#define CNN_COMPILER_ "clang " __clang_version__
#define CNN_NO_ASAN_ __attribute__((no_sanitize("address")))
#else
#define CNN_COMPILER_ "gcc " __VERSION__
#define CNN_NO_ASAN_
#endif
#define CNN_ABI_FACTS_(KIND, TYPE)                                                                  \
    {                                                                                               \
        {'C', 'N', 'N', 'P', 'L', 'U', 'G', '1'}, (uint32_t)sizeof(cnn_abi), CNN_ABI_MAJOR,         \
            CNN_ABI_MINOR, (uint8_t)sizeof(void *), (uint8_t)sizeof(size_t),                        \
            (uint8_t)sizeof(long), __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,                       \
            (uint8_t)sizeof(float), FLT_RADIX, FLT_MANT_DIG, (uint8_t)FLT_EVAL_METHOD, KIND,        \
            CNN_FAST_MATH_ | CNN_ASAN_ | CNN_TSAN_, (uint32_t)sizeof(cnn_head),                     \
            (uint32_t)sizeof(cnn_param), (uint32_t)sizeof(TYPE), CNN_COMPILER_                      \
    }

/* What the CNN_<KIND> macros expand to. The variadic part are designated initializers of TYPE: C11,
 * or C++20. In C++17, write CNN_PLUGIN_NOTE and define `cnn_plugin` with positional initializers. */
#define CNN_PLUGIN_NOTE(KIND, TYPE)                                                                 \
    __attribute__((section(".note.cnnrun"), used, aligned(4))) CNN_NO_ASAN_ static const            \
        cnn_abi_note cnn_note_ = {8, sizeof(cnn_abi), CNN_NOTE_TYPE, "cnnrun", CNN_ABI_FACTS_(KIND, TYPE)};
#define CNN_PLUGIN_(KIND, TYPE, NAME, SUMMARY, ...)                                                 \
    CNN_PLUGIN_NOTE(KIND, TYPE)                                                                     \
    CNN_EXPORT_ const TYPE cnn_plugin;                                                              \
    const TYPE cnn_plugin = {.struct_size = sizeof(TYPE),                                           \
                             .param_size = sizeof(cnn_param),                                       \
                             .kind = KIND,                                                          \
                             .name = NAME,                                                          \
                             .summary = SUMMARY,                                                    \
                             __VA_ARGS__};

#ifdef __cplusplus
}
#endif
#endif
