/* check_hot.c - rules on the hot path: [train] callbacks allocate nothing and call no kernel. */
#include "heap.h"
#include "instance.h"

static const kit_layout plain = {.side = KIT_RIGHT, .prefill = KIT_PREFILL_ONE, .salt = 9};

/* A callback is called while no worker is at work. */
static void skip_callbacks(const kit_case *c)
{
    if (c->subject->kind == CNN_KIND_CALLBACK)
        kit_skip("a callback is called between steps, where it may allocate, read files and take "
                 "its time");
}

static void check_allocations(kit_case *c)
{
    kit_bytes ignored = {0};
    skip_callbacks(c);
    if (!kit_heap_works())
        kit_skip("under this sanitizer malloc is not the kit's");
    kit_instance *instance = kit_make_any(c, &plain, NULL);
    kit_run(instance, &plain, &ignored);
    if (kit_heap_count_training() > 0)
        kit_fail("[train] callbacks allocated %llu times; they must not",
                 (unsigned long long)kit_heap_count_training());
}

static void check_system_calls(kit_case *c)
{
    kit_bytes ignored = {0};
    skip_callbacks(c);
    kit_instance *instance = kit_make_any(c, &plain, NULL);
    if (!kit_syscalls_guard())
        kit_skip("this kernel cannot hand system calls to the kit (Linux 5.11 can)");
    kit_run(instance, &plain, &ignored);
}

const kit_check kit_hot_checks[] = {
    {"HOT-1", "no allocation while training", 5, 0, 0, check_allocations},
    {"HOT-2", "no system call while training", 5, 0, 0, check_system_calls},
    {0},
};
