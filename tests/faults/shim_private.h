/* shim_private.h - between the shim's decisions and the calls that it stands in for. */
#ifndef SHIM_PRIVATE_H
#define SHIM_PRIVATE_H

#include <dlfcn.h>
#include <stdbool.h>

#include "shim.h"

/* One call under way. */
typedef struct shim_call {
    bool fails;      /* errno is set; do not do it */
    bool cut;        /* do half of it */
    bool kill_after; /* shim_end ends the process */
} shim_call;

/* Counts the call and says what is to become of it. `path` and `fd` say what it is about: NULL and -1 where
 * they do not apply. May not return. */
shim_call shim_begin(enum shim_class class, const char *name, const char *path, int fd);
/* The class of a read, write or close, by what the descriptor is. */
enum shim_class shim_class_of(int fd, enum shim_class regular);
/* To be called when the call was done. */
void shim_end(const shim_call *call);

/* The function behind ours, cast by the caller. NULL while it is being looked for in this thread. */
void *shim_find(const char *name);

/* REAL(close)(fd): looked up once. */
#define REAL(NAME)                                                                                 \
    (__extension__({                                                                               \
        static __typeof__(&NAME) real_##NAME;                                                      \
        if (!real_##NAME)                                                                          \
            *(void **)&real_##NAME = shim_find(#NAME);                                             \
        real_##NAME;                                                                               \
    }))

#endif
