/* check_callback.c - rules on callbacks: what they may ask for, and that a resumed run is the same.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "callback.h"
#include "shared.h"

static const kit_layout plain = {
    .side = KIT_RIGHT, .readonly = true, .prefill = KIT_PREFILL_ONE, .salt = 41};

static void check_any(kit_case *c)
{
    const cnn_callback *plugin = &c->file->callback;
    if (!plugin->begin && !plugin->step && !plugin->epoch && !plugin->end)
        kit_fail("begin, step, epoch and end are all NULL; one of them must be there");
}

/* ---- the plan ------------------------------------------------------------------------------- */

static void check_plan(kit_case *c)
{
    kit_instance *instance = kit_make_any(c, &plain, NULL);
    const cnn_callback_plan *first = &instance->callback_plan;
    cnn_callback_plan again;
    cnn_error error = {0};
    kit_training *t = kit_training_new(instance, &plain, KIT_CURVE_TURNS);
    if (!kit_training_plan(t, &again, &error))
        kit_fail("plan refuses when it is asked for the second time: %s", error.text);
    if (again.step_interval != first->step_interval || again.state_count != first->state_count ||
        again.wants_gradients != first->wants_gradients ||
        again.keeps_weights != first->keeps_weights)
        kit_fail("plan, asked twice, gives two plans; it must be a function of the parameters and "
                 "the training");
    if (first->wants_gradients > 1 || first->keeps_weights > 1)
        kit_fail("wants_gradients is %u and keeps_weights %u; both must be 0 or 1",
                 first->wants_gradients, first->keeps_weights);
    if (first->step_interval && !c->file->callback.step)
        kit_fail("the plan's step_interval is %llu, but there is no function step",
                 (unsigned long long)first->step_interval);
    if (!first->step_interval && c->file->callback.step)
        kit_warn("there is a function step, but the plan's step_interval is 0, so it is never "
                 "called");
}

/* ---- what it asks for ----------------------------------------------------------------------- */

/* Trainings with these curves, each to its end, and one that is interrupted at once. */
static void run_curves(kit_case *c, kit_curve first, kit_curve last,
                       void (*judge)(const kit_training *t))
{
    for (kit_curve curve = first; curve <= last; curve++)
        for (uint64_t steps = 0; steps < 2; steps++) {
            kit_instance *instance = kit_make_any(c, &plain, NULL);
            kit_training *t = kit_training_new(instance, &plain, curve);
            cnn_callback_plan ignored;
            cnn_error error;
            (void)kit_training_plan(t, &ignored, &error);
            kit_training_run(t, steps ? UINT64_MAX : 0);
            judge(t);
            kit_training_free(t);
            kit_unmake(instance);
            kit_arena_reset(0);
        }
}

static void judge_place(const kit_training *t)
{
    if (*t->misplaced)
        kit_fail("%s", t->misplaced);
}

static void judge_arguments(const kit_training *t)
{
    if (*t->illegal)
        kit_fail("%s", t->illegal);
}

static void check_places(kit_case *c)
{
    run_curves(c, KIT_CURVE_TURNS, KIT_CURVE_LEVEL, judge_place);
}

static void check_arguments(kit_case *c)
{
    run_curves(c, KIT_CURVE_TURNS, KIT_CURVE_LEVEL, judge_arguments);
}

static void check_not_finite(kit_case *c)
{
    run_curves(c, KIT_CURVE_NAN, KIT_CURVE_INFINITE, judge_arguments);
}

/* Every variant is planned and run, or refused with a sentence, which kit_make sees to. */
static void check_trainings(kit_case *c)
{
    for (size_t v = 0; v < kit_driver_of(CNN_KIND_CALLBACK)->variants; v++) {
        cnn_error refusal;
        kit_bytes ignored = {0};
        kit_where("%s", v == 0   ? "with validation data"
                        : v == 1 ? "without validation data"
                                 : "with the columns of a metric");
        kit_instance *instance = kit_make(c, &plain, NULL, v, &refusal);
        if (instance)
            kit_run(instance, &plain, &ignored);
        kit_bytes_free(&ignored);
        kit_unmake(instance);
        kit_arena_reset(0);
    }
}

/* ---- resuming ------------------------------------------------------------------------------- */

/* What a checkpoint holds. */
typedef struct saved {
    kit_moment now;
    double *state;
    size_t actions; /* bytes of them until then */
} saved;

static saved save(const kit_training *t)
{
    const uint64_t count = t->instance->callback_plan.state_count;
    saved s = {t->now, cnn_alloc(count + 1, sizeof *s.state), t->actions.count};
    if (count)
        memcpy(s.state, t->state, count * sizeof *s.state);
    return s;
}

/* A new self goes on from a checkpoint; its actions from there on must be those of `whole`. */
static void resume(kit_case *c, kit_curve curve, const saved *from, const kit_training *whole)
{
    const uint32_t mark = kit_arena_mark();
    kit_instance *instance = kit_make_any(c, &plain, NULL);
    kit_training *t = kit_training_new(instance, &plain, curve);
    t->now = from->now;
    kit_training_weights(t, from->now.weights);
    if (t->state)
        memcpy(t->state, from->state, instance->callback_plan.state_count * sizeof *t->state);
    kit_training_begin(t);
    t->actions.count = 0; /* what begin finds, it found before, too */
    while (kit_training_step(t))
        ;
    kit_training_end(t, t->now.stopped ? CNN_ENDED_STOPPED : CNN_ENDED_COMPLETED);
    const kit_bytes rest = {whole->actions.data + from->actions,
                            whole->actions.count - from->actions, 0};
    if (!kit_bytes_same(&rest, &t->actions))
        kit_fail(
            "resumed after step %llu (epoch %llu), it asks for other things or leaves other "
            "files, weights or state than in the run that was not interrupted; what lasts must "
            "be in state, and begin of a resumed run must add nothing to a file",
            (unsigned long long)from->now.step, (unsigned long long)from->now.epoch);
    kit_training_free(t);
    kit_unmake(instance);
    kit_arena_reset(mark);
}

static void check_resumed(kit_case *c)
{
    enum { MOST = 64 };
    for (kit_curve curve = KIT_CURVE_TURNS; curve <= KIT_CURVE_LEVEL; curve++) {
        saved points[MOST];
        size_t count = 0;
        kit_instance *instance = kit_make_any(c, &plain, NULL);
        kit_training *t = kit_training_new(instance, &plain, curve);
        const uint64_t apart = t->seen->steps_per_epoch / 5; /* 40 points in 8 epochs */
        kit_training_begin(t);
        while (kit_training_step(t))
            if (count < MOST && t->now.step % apart == 0)
                points[count++] = save(t);
        kit_training_end(t, t->now.stopped ? CNN_ENDED_STOPPED : CNN_ENDED_COMPLETED);
        for (size_t i = 0; i < count; i++) {
            resume(c, curve, &points[i], t);
            free(points[i].state);
        }
        kit_training_free(t);
        kit_unmake(instance);
        kit_arena_reset(0);
    }
}

/* ---- files ---------------------------------------------------------------------------------- */

static void wrote(int number)
{
    (void)number;
    kit_fail("it writes into a file itself; files must be written by write_file and append_file");
}

/* From a folder of its own, where no file may grow. */
static void check_files(kit_case *c)
{
    char folder[] = "/tmp/cnnrun-check-XXXXXX";
    kit_bytes ignored = {0};
    kit_instance *instance = kit_make_any(c, &plain, NULL);
    if (!mkdtemp(folder) || chdir(folder) != 0)
        kit_tool_error("no folder in /tmp");
    snprintf(kit_page->folder, sizeof kit_page->folder, "%s", folder);
    const struct rlimit none = {0, 0};
    signal(SIGXFSZ, wrote);
    if (setrlimit(RLIMIT_FSIZE, &none) != 0)
        kit_tool_error("no limit for files");
    kit_run(instance, &plain, &ignored);
    kit_unmake(instance);
    DIR *dir = opendir(".");
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            kit_fail("it makes the file %s in the current folder; files must be written by "
                     "write_file and append_file",
                     entry->d_name);
    if (dir)
        closedir(dir);
}

const kit_check kit_callback_checks[] = {
    {"CB-1", "there is something to call", 2, CNN_KIND_CALLBACK, 0, check_any},
    {"CB-2", "the plan is sane, and asked twice the same", 3, CNN_KIND_CALLBACK, 0, check_plan},
    {"CB-3", "each function where it is allowed", 3, CNN_KIND_CALLBACK, 0, check_places},
    {"CB-4", "what it asks for is legal", 3, CNN_KIND_CALLBACK, 0, check_arguments},
    {"CB-5", "nan and infinity in the rows do no harm", 3, CNN_KIND_CALLBACK, 0, check_not_finite},
    {"CB-6", "other trainings are observed or refused", 3, CNN_KIND_CALLBACK, 0, check_trainings},
    {"CB-7", "files are written by the host alone", 3, CNN_KIND_CALLBACK, 0, check_files},
    {"CB-8", "resumed anywhere, it does the same", 4, CNN_KIND_CALLBACK, 0, check_resumed},
    {0},
};
