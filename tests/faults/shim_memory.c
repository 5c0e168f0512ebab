/* shim_memory.c - the allocations that the shim stands in for. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "shim_private.h"

/* What dlsym, or the sanitizer's start, asks for while the real functions are still being looked
 * up. */
static _Alignas(64) char early[1 << 16];
static size_t early_used;

static void *early_alloc(size_t size)
{
    const size_t at = (early_used + 63) / 64 * 64;
    if (size > sizeof early - at)
        abort();
    early_used = at + size;
    return early + at;
}

static bool is_early(const void *memory)
{
    return (uintptr_t)memory >= (uintptr_t)early &&
           (uintptr_t)memory < (uintptr_t)early + sizeof early;
}

void *malloc(size_t size)
{
    void *(*real)(size_t) = REAL(malloc);
    if (!real)
        return early_alloc(size);
    const shim_call call = shim_begin(SHIM_malloc, "malloc", NULL, -1);
    return call.fails ? NULL : real(size);
}

void *calloc(size_t count, size_t size)
{
    void *(*real)(size_t, size_t) = REAL(calloc);
    if (!real)
        return early_alloc(count * size);
    const shim_call call = shim_begin(SHIM_calloc, "calloc", NULL, -1);
    return call.fails ? NULL : real(count, size);
}

void *realloc(void *old, size_t size)
{
    void *(*real)(void *, size_t) = REAL(realloc);
    if (!real || is_early(old)) {
        void *memory = real ? malloc(size) : early_alloc(size);
        if (memory && old) {
            const size_t held = (size_t)(early + sizeof early - (char *)old);
            memcpy(memory, old, held < size ? held : size);
        }
        return memory;
    }
    const shim_call call = shim_begin(SHIM_realloc, "realloc", NULL, -1);
    return call.fails ? NULL : real(old, size);
}

void free(void *memory)
{
    void (*real)(void *) = REAL(free);
    if (real && !is_early(memory))
        real(memory);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    const int kept = errno; /* it gives its error, and leaves errno */
    const shim_call call = shim_begin(SHIM_memalign, "posix_memalign", NULL, -1);
    errno = kept;
    return call.fails ? ENOMEM : REAL(posix_memalign)(memory, alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    const shim_call call = shim_begin(SHIM_memalign, "aligned_alloc", NULL, -1);
    return call.fails ? NULL : REAL(aligned_alloc)(alignment, size);
}

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
    const shim_call call = shim_begin(SHIM_mmap, "mmap", NULL, fd);
    return call.fails ? MAP_FAILED : REAL(mmap)(address, length, protection, flags, fd, offset);
}
