/* check_environment.c - rules on the process: a plugin changes nothing in it. */
#include <stdlib.h>

#include "instance.h"
#include "state.h"

/* A whole life at defaults, with the state of the process before and after. */
static void live(const kit_case *c, uint32_t what)
{
    static const kit_layout plain = {.side = KIT_RIGHT, .prefill = KIT_PREFILL_ONE, .salt = 7};
    kit_bytes ignored = {0};
    kit_state before, made, ran, gone;
    kit_state_take(&before);
    kit_instance *instance = kit_make_any(c, &plain, NULL);
    kit_state_take(&made);
    kit_run(instance, &plain, &ignored);
    kit_state_take(&ran);
    kit_unmake(instance);
    kit_state_take(&gone);
    /* A dataset may keep a file open from open() to fini(). */
    const uint32_t lasting = what & ~(c->subject->kind == CNN_KIND_DATASET ? KIT_STATE_FILES : 0);
    kit_state_compare(&before, &made, lasting, "[setup] callbacks");
    kit_state_compare(&made, &ran, what, "[train] callbacks");
    kit_state_compare(&ran, &gone, lasting, "fini");
    kit_state_compare(&before, &gone, what, "from init to fini");
}

static void check_modes(kit_case *c)
{
    live(c, KIT_STATE_MODES);
}

static void check_locale(kit_case *c)
{
    live(c, KIT_STATE_LOCALE);
}

static void check_signals(kit_case *c)
{
    live(c, KIT_STATE_SIGNALS);
}

static void check_folder(kit_case *c)
{
    live(c, KIT_STATE_FOLDER);
}

static void check_files(kit_case *c)
{
    live(c, KIT_STATE_FILES | KIT_STATE_THREADS);
}

static void check_output(kit_case *c)
{
    live(c, KIT_STATE_OUTPUT);
}

const kit_check kit_environment_checks[] = {
    {"ENV-1", "floating-point modes are left", 3, 0, 0, check_modes},
    {"ENV-2", "the locale is left", 3, 0, 0, check_locale},
    {"ENV-3", "signal handlers and mask are left", 3, 0, 0, check_signals},
    {"ENV-4", "folder, umask, environment are left", 3, 0, 0, check_folder},
    {"ENV-5", "no descriptors, threads, processes stay", 3, 0, 0, check_files},
    {"ENV-6", "nothing is printed", 3, 0, 0, check_output},
    {0},
};
