/* process.h - the one way to start another program; the CPUs that this process may use.
 *
 * A process that goes on with our own code, without another program, is a fork: plugin/probe.c has the only one,
 * since it tries files by the very functions that open them here. */
#ifndef CNN_BASE_PROCESS_H
#define CNN_BASE_PROCESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/report.h"

/* What stands for a descriptor in cnn_launch.streams. */
enum { CNN_STREAM_OURS = 0, CNN_STREAM_NONE = -1 /* /dev/null */ };

/* A program to start. What is zero is as it is here. */
typedef struct cnn_launch {
    const char *program;         /* a path, or a name without '/' that is searched in PATH */
    char *const *arguments;      /* the program's name first, NULL last */
    const char *const *settings; /* "NAME=value" to have in its environment, NULL last; NULL: none */
    int streams[3];              /* its standard input, output and error: a descriptor, or one of the above */
    bool own_group;              /* a terminal's Ctrl-C does not reach it */
    double seconds;              /* cnn_process_run ends it by SIGKILL after this time; 0: no limit */
    size_t file_bytes;           /* cnn_process_run: a longer file ends it by SIGXFSZ; 0: no limit */
} cnn_launch;

/* Starts it without waiting. Signals that we catch end it, and those that we ignore are ignored. 0, or an error of
 * errno: the program did not start. */
CNN_MUST_CHECK int cnn_process_start(const cnn_launch *launch, pid_t *child);
/* Starts it and waits for its end; *status is as waitpid has it. 0 or an error of errno, as above. */
CNN_MUST_CHECK int cnn_process_run(const cnn_launch *launch, int *status);
/* Becomes the program at that path; comes back only with a fault of CNN_EXIT_SYSTEM, which it returns. */
int cnn_process_become(const char *program, char *const *arguments, cnn_report *report);

/* The number of CPUs that this process may use; 1 or more. */
size_t cnn_process_cpus(void);

/* The bytes of the caches of the first (data), second and third level; usual sizes where the system does not
 * say. */
void cnn_process_caches(uint64_t bytes[3]);

#endif
