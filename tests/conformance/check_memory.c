/* check_memory.c - rules on memory: nothing beside the buffers, every output written, none read. */
#include <stdlib.h>
#include <string.h>

#include "instance.h"

/* Runs every variant that the plugin accepts. */
static void run_all(const kit_case *c, const kit_layout *layout, kit_bytes *out)
{
    cnn_error refusal;
    size_t accepted = 0;
    for (size_t v = 0; v < kit_driver_of(c->subject->kind)->variants; v++) {
        kit_instance *instance = kit_make(c, layout, NULL, v, &refusal);
        if (!instance)
            continue;
        accepted++;
        kit_run(instance, layout, out);
        kit_unmake(instance);
        kit_arena_reset(0);
    }
    if (!accepted)
        kit_skip("it accepts none of the kit's inputs: %s", refusal.text);
}

static void check_right(kit_case *c)
{
    kit_bytes ignored = {0};
    run_all(c, &(kit_layout){.side = KIT_RIGHT, .prefill = KIT_PREFILL_ONE, .salt = 1}, &ignored);
}

static void check_left(kit_case *c)
{
    kit_bytes ignored = {0};
    run_all(c, &(kit_layout){.side = KIT_LEFT, .prefill = KIT_PREFILL_ONE, .salt = 1}, &ignored);
}

static void check_inputs(kit_case *c)
{
    kit_bytes ignored = {0};
    run_all(
        c,
        &(kit_layout){.side = KIT_RIGHT, .readonly = true, .prefill = KIT_PREFILL_ONE, .salt = 2},
        &ignored);
}

static void check_written(kit_case *c)
{
    kit_bytes ignored = {0};
    run_all(c,
            &(kit_layout){
                .side = KIT_RIGHT, .prefill = KIT_PREFILL_NAN, .salt = 3, .demand_written = true},
            &ignored);
}

/* With a NaN alone, a plugin that adds to its output would look as if it had not written. */
static void check_unread(kit_case *c)
{
    const kit_layout one = {.side = KIT_RIGHT, .prefill = KIT_PREFILL_ONE, .salt = 4};
    kit_bytes a = {0}, again = {0}, b = {0};
    run_all(c, &one, &a);
    run_all(c, &one, &again);
    if (!kit_bytes_same(&a, &again))
        kit_skip("its results differ from call to call; see DET-1");
    run_all(c, &(kit_layout){.side = KIT_RIGHT, .prefill = KIT_PREFILL_ODD, .salt = 4}, &b);
    kit_expect_same(&a, &b, "with other contents of the outputs before the call");
}

/* A later cnnrun hands in longer structs; what is behind the known end must not matter. */
static void check_growth(kit_case *c)
{
    if (c->subject->kind == CNN_KIND_LOSS || c->subject->kind == CNN_KIND_INITIALIZER)
        kit_skip("this kind is handed no struct that can grow");
    const kit_layout known = {.side = KIT_RIGHT, .prefill = KIT_PREFILL_ONE, .salt = 5};
    kit_bytes a = {0}, again = {0}, b = {0};
    run_all(c, &known, &a);
    run_all(c, &known, &again);
    if (!kit_bytes_same(&a, &again))
        kit_skip("its results differ from call to call; see DET-1");
    run_all(c, &(kit_layout){.side = KIT_RIGHT, .prefill = KIT_PREFILL_ONE, .salt = 5, .extra = 64},
            &b);
    kit_expect_same(&a, &b, "with longer structs of arguments");
}

const kit_check kit_memory_checks[] = {
    {"MEM-1", "nothing past the end of a buffer", 2, 0, KIT_MEMORY | KIT_GUARDS, check_right},
    {"MEM-2", "nothing before the start of a buffer", 2, 0, KIT_MEMORY | KIT_GUARDS, check_left},
    {"MEM-3", "inputs and self are only read", 2, 0, KIT_MEMORY | KIT_GUARDS, check_inputs},
    {"MEM-4", "every element of the outputs is written", 2, 0, KIT_MEMORY, check_written},
    {"MEM-5", "what the outputs held before does not matter", 2, 0, KIT_MEMORY, check_unread},
    {"HOST-1", "longer structs of a later cnnrun change nothing", 3, 0, KIT_MEMORY, check_growth},
    {0},
};
