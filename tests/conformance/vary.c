/* vary.c - a check at other settings than the defaults: each parameter alone, then pairs of them.
 *
 * The order depends on the plugin's table and the seed alone; how far it goes, on the time. */
#include "vary.h"

#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "instance.h"
#include "shared.h"

#define MOST_VALUES 512
#define MOST_PAIRS 200
#define STRIDE 7919 /* a prime: pairs that follow each other have little in common */

/* A parameter and a value of it, as YAML text. */
typedef struct single {
    const char *name;
    char *value;
    size_t rank; /* which of the parameter's values: all first ones are tried before the second */
} single;

static bool is_fixed(const kit_case *c, const cnn_param *p)
{
    return kit_param_is_given(c, p->name) ||
           (c->subject->kind == CNN_KIND_OPTIMIZER && strcmp(p->name, "learning_rate") == 0);
}

static int by_rank(const void *a, const void *b)
{
    const single *one = a, *other = b;
    return one->rank < other->rank ? -1 : one->rank > other->rank;
}

/* All values to be tried, in the order in which they are. */
static size_t gather(const kit_case *c, single *found)
{
    const cnn_param *p;
    size_t count = 0;
    for (size_t i = 0; (p = cnn_param_at(&c->file->head, i)); i++) {
        char *value;
        for (size_t k = 0; !is_fixed(c, p) && count < MOST_VALUES; k++) {
            if (!(value = kit_param_usual(p, k)))
                break;
            if (p->fallback && strcmp(p->fallback, value) == 0)
                free(value);
            else
                found[count++] = (single){p->name, value, k * MOST_VALUES + i};
        }
    }
    qsort(found, count, sizeof *found, by_rank);
    return count;
}

bool kit_varies(const kit_check *check)
{
    return check->level >= 3 && check->kind && !(check->flags & KIT_DEFAULTS) &&
           check->kind != CNN_KIND_DATASET && check->kind != CNN_KIND_CALLBACK;
}

/* The CPU time for other settings in this check. A plugin's checks share it. */
static double budget(const kit_case *c)
{
    const kit_check *check;
    const bool layer = c->subject->kind == CNN_KIND_LAYER, quick = c->options->level <= 3;
    double sharing = 0;
    for (size_t i = 0; (check = kit_checks(i)); i++)
        sharing += kit_varies(check) && check->kind == c->subject->kind;
    return (layer ? quick ? 2 : 12 : quick ? 1 : 2.5) / fmax(1, sharing);
}

static double cpu_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Runs the check at its present setting; true if it was not skipped. */
static bool run_once(const kit_check *check, kit_case *c)
{
    jmp_buf skipped;
    volatile bool done = false;
    kit_skip_to(&skipped);
    if (setjmp(skipped) == 0) {
        check->run(c);
        done = true;
    }
    kit_skip_to(NULL);
    kit_arena_reset(0);
    kit_where("%s", "");
    return done;
}

static bool run_at(const kit_check *check, kit_case *c, const single *a, const single *b)
{
    cnn_yaml *setting = cnn_yaml_new(CNN_YAML_MAP);
    kit_param_set(setting, a->name, a->value);
    if (b)
        kit_param_set(setting, b->name, b->value);
    c->setting = setting;
    snprintf(kit_page->setting, sizeof kit_page->setting, "%s", kit_setting_text(setting));
    const bool done = run_once(check, c);
    kit_page->setting[0] = '\0';
    c->setting = NULL;
    cnn_yaml_free(setting);
    return done;
}

static bool run_pairs(const kit_check *check, kit_case *c, const single *found, size_t count,
                      double end)
{
    const size_t pairs = count * count;
    bool done = false;
    for (size_t k = 0; k < pairs && k < MOST_PAIRS && cpu_time() < end; k++) {
        const size_t at = (k + 1 + (size_t)c->options->seed) * STRIDE % pairs;
        const single *a = &found[at / count], *b = &found[at % count];
        if (strcmp(a->name, b->name) < 0)
            done |= run_at(check, c, a, b);
    }
    return done;
}

void kit_vary(const kit_check *check, kit_case *c)
{
    static single found[MOST_VALUES];
    char reason[sizeof kit_page->where];
    const size_t count = gather(c, found);
    const double end = cpu_time() + budget(c);
    bool done = run_once(check, c);
    snprintf(reason, sizeof reason, "%s", kit_skip_reason());
    for (size_t i = 0; i < count && cpu_time() < end; i++)
        done |= run_at(check, c, &found[i], NULL);
    done |= run_pairs(check, c, found, count, end);
    for (size_t i = 0; i < count; i++)
        free(found[i].value);
    if (!done)
        kit_skip("%s", reason);
}
