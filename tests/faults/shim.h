/* shim.h - what the preloaded shim and its driver share: classes of calls, and the counters' file.
 *
 * The shim is told by one environment variable what to do:
 *
 *   CNNRUN_FAULTS="state=FILE call=malloc n=17 mode=once errno=ENOMEM"
 *
 *   state  a file of sizeof(shim_state) bytes, mapped by every process of the run
 *   call   a class below, or `memory` or `file`, which count all of theirs in one sequence
 *   n      the call to act on, counted from 1 over all processes whose program's name begins with cnnrun
 *   mode   count (the default), once, from (this and all later ones), short and short_from (half of the
 *          bytes), kill_before, kill_after
 *   errno  what a call fails with; memory always with ENOMEM
 *   process  all (the default), or first: only the process that started first counts and fails */
#ifndef SHIM_H
#define SHIM_H

#include <stdatomic.h>
#include <stddef.h>

#define SHIM_VARIABLE "CNNRUN_FAULTS"

/* Memory first, then what is done to files by name or descriptor, then the rest. */
#define SHIM_CLASS_LIST(X)                                                                         \
    X(malloc) X(calloc) X(realloc) X(memalign) X(mmap)                                             \
    X(open) X(read) X(write) X(fsync) X(rename) X(link) X(unlink) X(mkdir) X(close) X(flock)       \
    X(stat) X(chdir)                                                                               \
    X(scratch)  /* of a file without a name (tmpfile): reads, writes, close */                     \
    X(terminal) /* of what is no regular file nor folder: output, pipes, devices */                \
    X(fork) X(pthread_create)                                                                      \
    X(memory) X(file)

enum shim_class {
#define SHIM_ENUM(name) SHIM_##name,
    SHIM_CLASS_LIST(SHIM_ENUM)
#undef SHIM_ENUM
    SHIM_CLASSES
};

enum shim_mode {
    SHIM_COUNT,
    SHIM_ONCE,
    SHIM_FROM,
    SHIM_SHORT,
    SHIM_SHORT_FROM,
    SHIM_KILL_BEFORE,
    SHIM_KILL_AFTER,
};
#define SHIM_MODE_NAMES {"count", "once", "from", "short", "short_from", "kill_before", "kill_after"}

typedef struct shim_state {
    atomic_ulong count[SHIM_CLASSES]; /* calls so far */
    atomic_int first;                 /* the process that came first */
    atomic_ulong hits;                /* calls that failed, were cut short, or ended the process */
    char what[512];                   /* the first of them: its name, and the file that it was about */
    char stack[3072];                 /* and who called it, a line "OBJECT+0xOFFSET" a frame */
} shim_state;

#endif
