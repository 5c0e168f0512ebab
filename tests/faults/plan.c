/* plan.c - which calls fail in which way: the plausible ones. */
#include "plan.h"

#include <stdlib.h>
#include <string.h>

/* Modes and errors that a class is walked with. */
static const struct way {
    enum shim_class class;
    enum shim_mode mode;
    const char *error;
} ways[] = {
    {SHIM_malloc, SHIM_ONCE, "ENOMEM"},
    {SHIM_malloc, SHIM_FROM, "ENOMEM"},
    {SHIM_calloc, SHIM_ONCE, "ENOMEM"},
    {SHIM_calloc, SHIM_FROM, "ENOMEM"},
    {SHIM_realloc, SHIM_ONCE, "ENOMEM"},
    {SHIM_realloc, SHIM_FROM, "ENOMEM"},
    {SHIM_memalign, SHIM_ONCE, "ENOMEM"},
    {SHIM_memalign, SHIM_FROM, "ENOMEM"},
    {SHIM_mmap, SHIM_ONCE, "ENOMEM"},
    {SHIM_mmap, SHIM_FROM, "ENOMEM"},
    {SHIM_open, SHIM_ONCE, "EMFILE"},
    {SHIM_open, SHIM_ONCE, "EIO"},
    {SHIM_open, SHIM_FROM, "EMFILE"},
    {SHIM_open, SHIM_FROM, "ENFILE"},
    {SHIM_read, SHIM_ONCE, "EIO"},
    {SHIM_read, SHIM_FROM, "EIO"},
    {SHIM_read, SHIM_ONCE, "EINTR"},
    {SHIM_read, SHIM_SHORT, "EIO"},
    {SHIM_read, SHIM_SHORT_FROM, "EIO"},
    {SHIM_write, SHIM_ONCE, "ENOSPC"},
    {SHIM_write, SHIM_ONCE, "EIO"},
    {SHIM_write, SHIM_FROM, "ENOSPC"},
    {SHIM_write, SHIM_ONCE, "EINTR"},
    {SHIM_write, SHIM_SHORT, "EIO"},
    {SHIM_write, SHIM_SHORT_FROM, "EIO"},
    {SHIM_fsync, SHIM_ONCE, "EIO"},
    {SHIM_fsync, SHIM_ONCE, "ENOSPC"},
    {SHIM_fsync, SHIM_FROM, "EIO"},
    {SHIM_rename, SHIM_ONCE, "EIO"},
    {SHIM_rename, SHIM_ONCE, "ENOSPC"},
    {SHIM_rename, SHIM_FROM, "EROFS"},
    {SHIM_link, SHIM_ONCE, "ENOSPC"},
    {SHIM_link, SHIM_FROM, "EPERM"},
    {SHIM_unlink, SHIM_ONCE, "EIO"},
    {SHIM_unlink, SHIM_FROM, "EROFS"},
    {SHIM_mkdir, SHIM_ONCE, "ENOSPC"},
    {SHIM_mkdir, SHIM_FROM, "EROFS"},
    {SHIM_close, SHIM_ONCE, "EIO"},
    {SHIM_close, SHIM_ONCE, "ENOSPC"},
    {SHIM_close, SHIM_FROM, "EIO"},
    {SHIM_flock, SHIM_ONCE, "ENOLCK"},
    {SHIM_flock, SHIM_ONCE, "EIO"},
    {SHIM_flock, SHIM_ONCE, "EINTR"},
    {SHIM_flock, SHIM_FROM, "ENOLCK"},
    {SHIM_stat, SHIM_ONCE, "EIO"},
    {SHIM_stat, SHIM_FROM, "EIO"},
    {SHIM_chdir, SHIM_ONCE, "EIO"},
    {SHIM_chdir, SHIM_FROM, "EIO"},
    {SHIM_scratch, SHIM_ONCE, "ENOSPC"},
    {SHIM_scratch, SHIM_FROM, "EIO"},
    {SHIM_terminal, SHIM_ONCE, "EIO"},
    {SHIM_terminal, SHIM_FROM, "EIO"},
    {SHIM_fork, SHIM_ONCE, "EAGAIN"},
    {SHIM_fork, SHIM_ONCE, "ENOMEM"},
    {SHIM_fork, SHIM_FROM, "EAGAIN"},
    {SHIM_pthread_create, SHIM_ONCE, "EAGAIN"},
    {SHIM_pthread_create, SHIM_FROM, "EAGAIN"},
    {SHIM_file, SHIM_KILL_BEFORE, "EIO"},
    {SHIM_file, SHIM_KILL_AFTER, "EIO"},
};

static bool is_wanted(const char *filter, const char *name)
{
    return !filter || strcmp(filter, name) == 0;
}

/* Every n-th call; 1: all. What fails from then on differs little from what fails once, where the
 * first lack of memory is the end. With gnuplot a page takes its time, and what matters is around
 * its files. */
static unsigned long step_of(const stage *g, const struct way *way)
{
    const bool memory = way->class <= SHIM_mmap;
    const unsigned long rarely = memory && way->mode == SHIM_FROM ? 8 : 1;
    if (g->s->gnuplot)
        return memory ? 64 : way->class == SHIM_file || way->class >= SHIM_fork ? 1 : 16;
    if (strcmp(g->s->name, "train2") == 0 && way->class != SHIM_pthread_create)
        return 16;
    return rarely;
}

/* The page writer's allocations are walked in `report`, and what an experiment's trainings call in
 * `train` and `resume`. So elsewhere those calls are walked whole in the first process only, and in
 * the processes that it starts every n-th; 0: this class is walked whole in all of them. */
static unsigned long thinned(const stage *g, enum shim_class class)
{
    const bool many = class == SHIM_open || class == SHIM_read || class == SHIM_close ||
                      class == SHIM_stat || class == SHIM_file;
    if (!g->s->starts_others)
        return 0;
    return class <= SHIM_mmap ? 32 : many && g->s->experiment ? 8 : 0;
}

static void add_stretch(plan *p, const plan_filter *filter, const stage *g, const struct way *way,
                        unsigned long step, bool first)
{
    plan_stretch *s = &p->stretches[p->count];
    const unsigned long calls = (first ? g->first_calls : g->calls)[way->class];
    const unsigned long every = step * filter->every;
    s->stage = g;
    s->fault = (fault){way->class, way->mode, filter->n, way->error, first};
    s->step = every;
    s->calls = calls;
    s->begin = p->points;
    s->points = filter->n ? 1 : (calls + every - 1) / every;
    if (s->points == 0)
        return;
    p->points += s->points;
    if (++p->count == PLAN_STRETCHES)
        walk_die("too many stretches");
}

static void add_stage(plan *p, const plan_filter *filter, const stage *g)
{
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        const unsigned long others = thinned(g, ways[i].class);
        const unsigned long step = step_of(g, &ways[i]);
        if (!is_wanted(filter->call, fault_class_name(ways[i].class)) ||
            !is_wanted(filter->mode, fault_mode_name(ways[i].mode)) ||
            !is_wanted(filter->error, ways[i].error))
            continue;
        if (filter->n) {
            add_stretch(p, filter, g, &ways[i], 1, filter->first);
            continue;
        }
        add_stretch(p, filter, g, &ways[i], step, others > 0);
        if (others)
            add_stretch(p, filter, g, &ways[i], others * step, false);
    }
}

plan *plan_make(const plan_filter *filter, const world *w)
{
    plan *p = calloc(1, sizeof *p);
    if (!p || scenario_count > PLAN_SCENARIOS)
        walk_die("too many scenarios");
    for (size_t i = 0; i < scenario_count; i++)
        if (is_wanted(filter->scenario, scenarios[i].name)) {
            stage *g = &p->stages[p->stage_count++];
            *g = stage_make(&scenarios[i], w);
            add_stage(p, filter, g);
        }
    return p;
}

plan_point plan_at(const plan *p, unsigned long number)
{
    const plan_stretch *s = p->stretches;
    while (number >= s->begin + s->points)
        s++;
    plan_point at = {s->stage, s->fault};
    if (at.fault.n)
        return at;
    /* The middle of each step: walks with other steps see other points. */
    const unsigned long middle = (s->step < s->calls ? s->step : s->calls) / 2;
    const unsigned long n = (number - s->begin) * s->step + middle;
    at.fault.n = 1 + (n < s->calls ? n : s->calls - 1);
    return at;
}
