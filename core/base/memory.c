/* memory.c - allocation: small things never fail, tensors can. */
#define _DEFAULT_SOURCE /* madvise */
#include "base/memory.h"

#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/report.h"

#define TENSOR_ALIGNMENT 64
#define HUGE_PAGE (2u << 20)

/* write() and not stdio, which may need memory for its buffer. */
static void end_by_abort(void)
{
    static const char line[] = "libcnnrun: out of memory\n";
    if (write(STDERR_FILENO, line, sizeof line - 1) < 0)
        abort();
}

/* What was printed before is kept. */
static void end_program(void)
{
    static const char line[] = "cnnrun: out of memory\n";
    if (write(STDERR_FILENO, line, sizeof line - 1) < 0)
        _exit(CNN_EXIT_SYSTEM);
    exit(CNN_EXIT_SYSTEM);
}

static void (*shortage)(void) = end_by_abort;
static volatile sig_atomic_t has_ended;

void cnn_out_of_memory(void)
{
    has_ended = 1;
    shortage();
    abort();
}

bool cnn_memory_has_ended(void)
{
    return has_ended != 0;
}

void cnn_memory_on_shortage(void (*handler)(void))
{
    shortage = handler ? handler : end_by_abort;
}

static void *json_memory(size_t size)
{
    void *memory = malloc(size ? size : 1);
    if (!memory)
        cnn_out_of_memory();
    return memory;
}

void cnn_memory_guard_json(void)
{
    json_set_alloc_funcs(json_memory, free);
}

void cnn_memory_guard(void)
{
    cnn_memory_on_shortage(end_program);
    cnn_memory_guard_json();
}

void *cnn_alloc(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size ? size : 1);
    if (!memory)
        cnn_out_of_memory();
    return memory;
}

void *cnn_realloc(void *old, size_t count, size_t size)
{
    uint64_t bytes;
    if (!cnn_mul(count, size, &bytes))
        cnn_out_of_memory();
    void *memory = realloc(old, bytes ? bytes : 1);
    if (!memory)
        cnn_out_of_memory();
    return memory;
}

char *cnn_strdup(const char *text)
{
    const size_t size = strlen(text) + 1;
    return memcpy(cnn_alloc(size, 1), text, size);
}

/* Large tensors ask for huge pages: a step walks over all of them, and page tables of small pages
 * would take their share of the caches. */
void *cnn_tensor_alloc(uint64_t count, size_t size)
{
    uint64_t bytes;
    if (!cnn_mul(count, size, &bytes))
        return NULL;
    const size_t alignment = bytes >= HUGE_PAGE ? HUGE_PAGE : TENSOR_ALIGNMENT;
    if (!cnn_add(bytes ? bytes : 1, TENSOR_ALIGNMENT - 1, &bytes) || bytes > PTRDIFF_MAX)
        return NULL;
    bytes -= bytes % TENSOR_ALIGNMENT;
    void *memory = NULL;
    if (posix_memalign(&memory, alignment, bytes) != 0)
        return NULL;
#ifdef MADV_HUGEPAGE
    if (alignment == HUGE_PAGE)
        (void)madvise(memory, bytes, MADV_HUGEPAGE);
#endif
    return memset(memory, 0, bytes);
}

bool cnn_mul(uint64_t a, uint64_t b, uint64_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}

bool cnn_add(uint64_t a, uint64_t b, uint64_t *out)
{
    return !__builtin_add_overflow(a, b, out);
}
