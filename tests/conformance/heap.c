/* heap.c - the kit's own malloc: counts what a plugin allocates, fails on demand, guards each
 * block.
 *
 * The program exports these names (-rdynamic), so that every .so gets them too. Blocks handed out
 * within a callback are 8 bytes longer than asked for and end in a canary. */
#define _GNU_SOURCE
#include "heap.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "kit.h"
#include "syscalls.h"

#define BLOCKS 65536u /* live blocks that are watched; more are not */

static _Thread_local int depth;     /* in a callback */
static _Thread_local bool in_train; /* one of [train] */

static atomic_ullong count, count_training, live, failed, fail_at;

void kit_heap_enter(bool training)
{
    depth = 1;
    in_train = training;
    kit_syscalls_enter(training);
}

void kit_heap_leave(void)
{
    kit_syscalls_leave();
    const bool was_in = depth != 0;
    depth = 0;
    in_train = false;
    if (was_in && atomic_load(&live) > 0)
        kit_heap_check();
}

uint64_t kit_heap_count(void)
{
    return atomic_load(&count);
}

uint64_t kit_heap_count_training(void)
{
    return atomic_load(&count_training);
}

uint64_t kit_heap_live(void)
{
    return atomic_load(&live);
}

uint64_t kit_heap_failed(void)
{
    return atomic_load(&failed);
}

void kit_heap_fail_at(uint64_t n)
{
    atomic_store(&fail_at, n ? atomic_load(&count) + n : 0);
    atomic_store(&failed, 0);
}

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define OWN_MALLOC 0
#elif defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define OWN_MALLOC 0
#endif
#endif
#if !defined OWN_MALLOC && defined __GLIBC__
#define OWN_MALLOC 1
#elif !defined OWN_MALLOC
#define OWN_MALLOC 0
#endif

bool kit_heap_works(void)
{
    return OWN_MALLOC;
}

#if !OWN_MALLOC

void kit_heap_check(void)
{
}

#else

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *block);

static const unsigned char canary[8] = {0xA5, 0x5A, 0xC3, 0x3C, 0x96, 0x69, 0xF0, 0x0F};

/* Open addressing by the block's address, and the places that are used, without gaps; `lock` guards
 * both. */
static struct {
    unsigned char *block;
    size_t size;
    uint32_t place; /* in `used` */
} table[BLOCKS];
static uint32_t used[BLOCKS / 2];
static uint32_t used_count;
static atomic_flag lock = ATOMIC_FLAG_INIT;

static void take(void)
{
    while (atomic_flag_test_and_set(&lock))
        ;
}

static void give(void)
{
    atomic_flag_clear(&lock);
}

static size_t slot_of(const void *block)
{
    return (size_t)((uintptr_t)block * 0x9E3779B97F4A7C15u >> 48) % BLOCKS;
}

#define TOMB ((unsigned char *)1)

static size_t find(const void *block)
{
    size_t i = slot_of(block);
    for (size_t n = 0; n < BLOCKS && table[i].block; n++, i = (i + 1) % BLOCKS)
        if (table[i].block == block)
            return i;
    return BLOCKS;
}

static void watch(unsigned char *block, size_t size)
{
    memcpy(block + size, canary, sizeof canary);
    take();
    size_t i = slot_of(block), n = 0;
    while (n < BLOCKS && table[i].block > TOMB) {
        i = (i + 1) % BLOCKS;
        n++;
    }
    if (n < BLOCKS && used_count < BLOCKS / 2) {
        table[i].block = block;
        table[i].size = size;
        table[i].place = used_count;
        used[used_count++] = (uint32_t)i;
    }
    give();
    atomic_fetch_add(&live, 1);
}

/* True, with its size, if the block was ours; it is no longer watched. */
static bool unwatch(void *block, size_t *size)
{
    bool known = false, intact = true;
    if (atomic_load(&live) == 0)
        return false;
    take();
    const size_t i = find(block);
    if (i < BLOCKS) {
        known = true;
        *size = table[i].size;
        intact = memcmp(table[i].block + *size, canary, sizeof canary) == 0;
        table[i].block = TOMB;
        const uint32_t last = used[--used_count];
        table[last].place = table[i].place;
        used[table[i].place] = last;
    }
    give();
    if (known)
        atomic_fetch_sub(&live, 1);
    if (!intact)
        kit_fail("it wrote past the end of the %zu bytes that it got from malloc", *size);
    return known;
}

void kit_heap_check(void)
{
    size_t damaged = 0;
    bool intact = true;
    take();
    for (uint32_t k = 0; k < used_count && intact; k++) {
        const uint32_t i = used[k];
        intact = memcmp(table[i].block + table[i].size, canary, sizeof canary) == 0;
        damaged = table[i].size;
    }
    give();
    if (!intact)
        kit_fail("it wrote past the end of the %zu bytes that it got from malloc", damaged);
}

/* Counts an allocation of the plugin's; false if it shall fail. */
static bool admit(void)
{
    const unsigned long long n = atomic_fetch_add(&count, 1) + 1, limit = atomic_load(&fail_at);
    if (in_train)
        atomic_fetch_add(&count_training, 1);
    if (limit == 0 || n < limit)
        return true;
    atomic_fetch_add(&failed, 1);
    errno = ENOMEM;
    return false;
}

static void *guarded(size_t size, bool zeroed)
{
    if (!admit())
        return NULL;
    if (size > SIZE_MAX - sizeof canary) {
        errno = ENOMEM;
        return NULL;
    }
    unsigned char *block =
        zeroed ? __libc_calloc(1, size + sizeof canary) : __libc_malloc(size + sizeof canary);
    if (block)
        watch(block, size);
    return block;
}

void *malloc(size_t size)
{
    return depth ? guarded(size, false) : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    if (!depth)
        return __libc_calloc(n, size);
    if (size && n > SIZE_MAX / size) {
        errno = ENOMEM;
        return NULL;
    }
    return guarded(n * size, true);
}

void free(void *block)
{
    size_t size;
    if (block)
        (void)unwatch(block, &size);
    __libc_free(block);
}

void *realloc(void *old, size_t size)
{
    size_t before = 0;
    if (!old)
        return malloc(size);
    take();
    const size_t i = atomic_load(&live) ? find(old) : BLOCKS;
    const bool known = i < BLOCKS;
    before = known ? table[i].size : 0;
    give();
    if (!known && !depth)
        return __libc_realloc(old, size);
    if (!known)
        before = malloc_usable_size(old);
    void *block = malloc(size);
    if (!block)
        return NULL;
    memcpy(block, old, before < size ? before : size);
    free(old);
    return block;
}

static void *aligned(size_t alignment, size_t size)
{
    if (!depth)
        return __libc_memalign(alignment, size);
    if (!admit() || size > SIZE_MAX - sizeof canary)
        return NULL;
    unsigned char *block = __libc_memalign(alignment, size + sizeof canary);
    if (block)
        watch(block, size);
    return block;
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return aligned(alignment, size);
}

void *memalign(size_t alignment, size_t size)
{
    return aligned(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
    void *block = aligned(alignment, size);
    if (block)
        *out = block;
    return block ? 0 : ENOMEM;
}

#endif
