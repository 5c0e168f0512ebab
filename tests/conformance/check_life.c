/* check_life.c - rules on making and giving back: leaks, selves never used, memory running out. */
#define _GNU_SOURCE
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"
#include "instance.h"
#include "shared.h"
#include "state.h"

static const kit_layout plain = {
    .side = KIT_RIGHT, .readonly = true, .prefill = KIT_PREFILL_ONE, .salt = 6};

static void live_once(const kit_case *c, size_t variant, bool used)
{
    kit_bytes ignored = {0};
    kit_instance *instance = kit_make(c, &plain, NULL, variant, NULL);
    if (used)
        kit_run(instance, &plain, &ignored);
    kit_bytes_free(&ignored);
    kit_unmake(instance);
    kit_arena_reset(0);
}

/* The kind's first accepted variant. */
static size_t variant_of(const kit_case *c)
{
    kit_instance *instance = kit_make_any(c, &plain, NULL);
    const size_t variant = instance->variant;
    kit_unmake(instance);
    kit_arena_reset(0);
    return variant;
}

static void check_leak(kit_case *c)
{
    const size_t variant = variant_of(c);
    if (!kit_heap_works())
        kit_skip("under this sanitizer malloc is not the kit's");
    live_once(c, variant, true);
    const uint64_t before = kit_heap_live();
    for (size_t i = 0; i < 50; i++)
        live_once(c, variant, i % 10 == 0);
    const uint64_t after = kit_heap_live();
    if (after > before)
        kit_fail("50 selves made and given back leave %llu blocks from malloc behind; fini must "
                 "free what "
                 "the self acquired",
                 (unsigned long long)(after - before));
}

static void check_unused(kit_case *c)
{
    const size_t variant = variant_of(c);
    for (size_t i = 0; i < 3; i++)
        live_once(c, variant, false);
}

/* Makes the plugin while the n-th allocation fails, for every n. */
static void check_no_memory(kit_case *c)
{
    if (!kit_heap_works())
        kit_skip("under this sanitizer malloc is not the kit's");
    const size_t variant = variant_of(c);
    const uint64_t start = kit_heap_count();
    live_once(c, variant, false);
    const uint64_t needed = kit_heap_count() - start;
    if (needed == 0)
        kit_skip("it allocates nothing in [setup]");
    for (uint64_t n = 1; n <= needed && n <= 200; n++) {
        cnn_error refusal = {0};
        kit_where("allocation %llu fails", (unsigned long long)n);
        const uint64_t live = kit_heap_live();
        kit_heap_fail_at(n);
        kit_instance *instance = kit_make(c, &plain, NULL, variant, &refusal);
        kit_heap_fail_at(0);
        kit_unmake(instance);
        kit_arena_reset(0);
        if (kit_heap_live() > live)
            kit_fail("it leaves %llu blocks from malloc behind when memory runs out",
                     (unsigned long long)(kit_heap_live() - live));
    }
    kit_where("%s", "");
}

typedef struct elsewhere {
    kit_instance *instance;
    kit_bytes out;
} elsewhere;

static void *run_elsewhere(void *argument)
{
    elsewhere *e = argument;
    kit_thread_begin();
    kit_run(e->instance, &plain, &e->out);
    return NULL;
}

static void check_thread(kit_case *c)
{
    elsewhere e = {kit_make_any(c, &plain, NULL), {0}};
    kit_bytes here = {0};
    pthread_t thread;
    kit_run(e.instance, &plain, &here);
    if (pthread_create(&thread, NULL, run_elsewhere, &e) != 0)
        kit_tool_error("no thread");
    pthread_join(thread, NULL);
    kit_expect_same(&here, &e.out, "in another thread than it was made in");
    kit_unmake(e.instance);
}

const kit_check kit_life_checks[] = {
    {"LIFE-1", "made and given back often, nothing stays", 2, 0, 0, check_leak},
    {"LIFE-2", "made and given back without use", 2, 0, 0, check_unused},
    {"LIFE-3", "memory running out is an error, no crash", 3, 0, 0, check_no_memory},
    {"LIFE-4", "used in another thread than made in", 4, 0, 0, check_thread},
    {0},
};
