/* memory.h - allocation: small things never fail, tensors can.
 *
 * A small allocation that fails ends the process, in a program of ours with "out of memory" and exit 1: nothing
 * of a run is lost by that, since its checkpoint is on disk. Tensors go through cnn_tensor_alloc, whose caller
 * says what was too large. Sizes multiply with overflow checks. */
#ifndef CNN_BASE_MEMORY_H
#define CNN_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Calls the handler, and abort() if that returns. Also for a library's call that failed for lack of memory: what
 * it had to say is not known, so nothing may be concluded from it. */
_Noreturn void cnn_out_of_memory(void);

/* Whether the process is ending by cnn_out_of_memory(). That may come from a call that a plugin made, which is then not to
 * blame. For signal handlers too. */
bool cnn_memory_has_ended(void);

/* Sets the handler, which must not allocate. NULL: prints "libcnnrun: out of memory" and calls abort(), as where
 * nobody has set one. */
void cnn_memory_on_shortage(void (*handler)(void));
/* A failed allocation inside of jansson calls the handler too. Otherwise jansson gives NULL or leaves an entry
 * out, and a file would be written without it. For the whole process, so a library may not do it unasked. */
void cnn_memory_guard_json(void);

/* Both, called first in the main() of a program of ours: the process prints "cnnrun: out of memory" and ends with
 * CNN_EXIT_SYSTEM. */
void cnn_memory_guard(void);

/* Zeroed; never NULL, also for 0 bytes. Freed with free(). */
void *cnn_alloc(size_t count, size_t size);
void *cnn_realloc(void *old, size_t count, size_t size);
char *cnn_strdup(const char *text);

/* Zeroed, 64-byte aligned; NULL when there is no memory or the size overflows. Freed with free(). */
void *cnn_tensor_alloc(uint64_t count, size_t size);

/* a * b or a + b into *out; false on overflow. */
bool cnn_mul(uint64_t a, uint64_t b, uint64_t *out);
bool cnn_add(uint64_t a, uint64_t b, uint64_t *out);

#endif
