/* judge.c - what a run may do at a point of failure, and what it must leave. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "walk.h"

/* One point under judgement. */
typedef struct trial {
    const stage *g;
    const world *w;
    const fault *f;
    outcome *o;
    char *folder;
    print after;
    char *check, *detail;
} trial;

/* The first thing that is wrong is what counts. Always false. */
static bool blame(trial *t, const char *check, char *detail)
{
    t->check = walk_text("%s", check);
    t->detail = detail;
    return false;
}

static bool is_memory(const fault *f)
{
    return f->class <= SHIM_mmap || f->class == SHIM_memory;
}

static bool is_kill(const fault *f)
{
    return f->mode == SHIM_KILL_BEFORE || f->mode == SHIM_KILL_AFTER;
}

/* What a program has to get over: it may fail for nothing of this. */
static bool must_be_harmless(const fault *f)
{
    return f->mode == SHIM_SHORT || f->mode == SHIM_SHORT_FROM || strcmp(f->error, "EINTR") == 0;
}

static const char *reason_of(const fault *f)
{
    static const struct {
        const char *name;
        int value;
    } known[] = {{"EMFILE", EMFILE}, {"ENFILE", ENFILE}, {"EIO", EIO},       {"ENOSPC", ENOSPC},
                 {"EROFS", EROFS},   {"EAGAIN", EAGAIN}, {"ENOLCK", ENOLCK}, {"ENOMEM", ENOMEM},
                 {"EPERM", EPERM},   {"EINTR", EINTR}};
    if (is_memory(f) || strcmp(f->error, "ENOMEM") == 0)
        return "out of memory";
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i].name, f->error) == 0)
            return strerror(known[i].value);
    walk_die("no reason is known for %s", f->error);
}

static bool is_of_page(const char *name)
{
    const char *slash = strrchr(name, '/'), *base = slash ? slash + 1 : name;
    return strncmp(base, "report.html", 11) == 0 || strncmp(name, "plots", 5) == 0 ||
           strstr(name, "/plots") != NULL;
}

/* ---- the exit code and the words ------------------------------------------------------------- */

static bool is_allowed(const trial *t, int code)
{
    const fault *f = t->f;
    if (code == 8)
        return t->g->s->experiment;
    if (is_memory(f) || f->class == SHIM_fork || f->class == SHIM_pthread_create)
        return code == 1;
    if (f->class == SHIM_write || f->class == SHIM_fsync || f->class == SHIM_rename ||
        f->class == SHIM_link || f->class == SHIM_mkdir)
        return code == 7;
    return code == 1 || code == 3 || code == 4 || code == 5 || code == 7;
}

static bool check_code(trial *t)
{
    const int code = t->o->code;
    if (t->o->hung)
        return blame(t, "hangs", walk_text("not through after a minute"));
    if (strstr(t->o->err, "Sanitizer") || strstr(t->o->err, "runtime error:"))
        return blame(t, "sanitizer", walk_text("a sanitizer's message"));
    if (is_kill(t->f) && (code == -9 || code == 8))
        return code == -9 || t->g->s->experiment || blame(t, "exit code", walk_text("8"));
    if (code < 0)
        return blame(t, "crash", walk_text("ended by signal %d", -code));
    if (must_be_harmless(t->f) && code != 0)
        return blame(t, "gives up", walk_text("exit %d, where it should go on", code));
    if (code != 0 && !is_allowed(t, code))
        return blame(t, "exit code", walk_text("exit %d does not fit", code));
    return true;
}

/* The last part of the path that the failed call was about, ".tmp" left out. */
static char *name_of_what(const trial *t)
{
    const char *what = t->w->state->what, *path = strchr(what, ' ') + 1;
    const char *slash = strrchr(path, '/');
    char *name = walk_text("%s", slash && slash[1] ? slash + 1 : path);
    const size_t length = strlen(name);
    if (length > 4 && strcmp(name + length - 4, ".tmp") == 0)
        name[length - 4] = '\0';
    return name;
}

static bool check_words(trial *t)
{
    const char *err = t->o->err, *reason = reason_of(t->f);
    if (t->o->code <= 0 || is_kill(t->f))
        return true;
    if (!*err)
        return blame(t, "silent", walk_text("exit %d without a word", t->o->code));
    if (t->o->code != 8 && is_memory(t->f) && strncmp(err, "cnnrun: ", 8) != 0)
        return blame(t, "reason", walk_text("it begins not with 'cnnrun: '"));
    /* POSIX has pthread_create say EAGAIN for a lack of memory too. */
    const bool thread = is_memory(t->f) && strstr(err, "does not start: ") != NULL;
    if (!strstr(err, thread ? strerror(EAGAIN) : reason))
        return blame(t, "reason", walk_text("'%s' is not said", reason));
    /* From then on: the first that failed may not have mattered. */
    const bool nameless = is_memory(t->f) || t->f->class >= SHIM_scratch || t->f->mode == SHIM_FROM;
    char *name = name_of_what(t);
    const bool named = nameless || strstr(err, name);
    free(name);
    return named || blame(t, "name", walk_text("what failed is not named: %s", t->w->state->what));
}

/* ---- the folder ------------------------------------------------------------------------------ */

static bool is_one_of(const print *p, const char *value, const char *end)
{
    const size_t wanted = strlen(end);
    for (size_t i = 0; i < p->count; i++) {
        const size_t length = strlen(p->files[i].name);
        if (length >= wanted && strcmp(p->files[i].name + length - wanted, end) == 0 &&
            strcmp(p->files[i].value, value) == 0)
            return true;
    }
    return false;
}

static bool starts_with(const char *text, const char *start)
{
    return text && strncmp(text, start, strlen(start)) == 0;
}

/* Old or new: metrics.csv may have fewer rows than the golden one; a summary is new with each end;
 * an experiment's training that lost its parent saves wherever it is. */
static bool is_old_or_new(const trial *t, const print_file *file)
{
    const char *name = file->name;
    const char *golden = print_value(&t->g->golden, name), *old = print_value(&t->g->before, name);
    const size_t length = strlen(name);
    if ((golden && strcmp(golden, file->value) == 0) || (old && strcmp(old, file->value) == 0))
        return true;
    if (strcmp(file->value, "temporary") == 0 || strstr(name, ".inline.svg"))
        return true;
    if (length > 12 && strcmp(name + length - 12, ".safetensors") == 0)
        return t->g->s->experiment || is_one_of(&t->g->golden, file->value, ".safetensors") ||
               is_one_of(&t->g->before, file->value, ".safetensors");
    if (strstr(name, "metrics.csv"))
        return starts_with(golden, file->value);
    if (t->g->s->experiment && is_of_page(name)) /* of the trainings that there are */
        return true;
    return golden && (strstr(name, "summary.json") || strstr(name, "results.csv"));
}

static bool check_files(trial *t)
{
    for (size_t i = 0; i < t->after.count; i++) {
        const print_file *file = &t->after.files[i];
        if (file->damaged)
            return blame(t, "damaged file", walk_text("%s: %s", file->name, file->value));
        if (!is_old_or_new(t, file))
            return blame(
                t, "wrong file",
                walk_text("%s is neither the old nor the new: %.200s", file->name, file->value));
    }
    char *unlike = print_epochs(&t->after, &t->g->before);
    return !unlike || blame(t, "epochs", unlike);
}

static bool is_previous(const char *name)
{
    return strstr(name, "checkpoint.previous.safetensors") != NULL;
}

static bool is_page_or_previous(const char *name)
{
    return is_of_page(name) || is_previous(name);
}

/* What distinguishes the golden folder from this one. The checkpoint before the last may be any of
 * the run. */
static char *difference_of(const trial *t, const print *p, bool page_too)
{
    for (size_t i = 0; i < p->count; i++)
        if (is_previous(p->files[i].name) && !is_old_or_new(t, &p->files[i]))
            return walk_text("%s is of no state of this run", p->files[i].name);
    for (size_t i = 0; i < t->g->golden.count; i++)
        if (is_previous(t->g->golden.files[i].name) && !print_value(p, t->g->golden.files[i].name))
            return walk_text("%s is missing", t->g->golden.files[i].name);
    return print_difference(&t->g->golden, p, page_too ? is_previous : is_page_or_previous);
}

/* Whether it is said that the page of this file's folder lacks something: "run/adam: its page ...",
 * "run/adam/plots: plots ...", "run/adam/metrics.csv: ...; the page goes without it". */
static bool is_told(const trial *t, const char *name)
{
    const char *of = strstr(name, "plots"), *slash = strrchr(name, '/');
    const int length = of ? (int)(of - name) : slash ? (int)(slash - name) + 1 : 0;
    char *with = walk_text("%s/%.*s", t->g->s->folder, length, name);
    char *bare = walk_text("%.*s:", (int)strlen(with) - 1, with);
    const char *err = t->o->err;
    const bool told =
        (strstr(err, with) || strstr(err, bare)) && (strstr(err, "page") || strstr(err, "plots"));
    free(with);
    free(bare);
    return told;
}

/* A file of a page, or NULL, that is not what it is in the golden folder, of which nothing is said.
 */
static const char *silent_difference(const trial *t)
{
    const print *golden = &t->g->golden;
    for (size_t i = 0; i < golden->count; i++) {
        const print_file *file = &golden->files[i];
        const char *found = print_value(&t->after, file->name);
        if (is_of_page(file->name) && (!found || strcmp(found, file->value) != 0) &&
            !is_told(t, file->name))
            return file->name;
    }
    for (size_t i = 0; i < t->after.count; i++)
        if (!print_value(golden, t->after.files[i].name) && !is_told(t, t->after.files[i].name))
            return t->after.files[i].name;
    return NULL;
}

/* Exit 0: all is there; a page that could not be written is said. */
static bool check_result(trial *t)
{
    if (t->o->code != 0)
        return true;
    char *difference = difference_of(t, &t->after, false);
    if (difference)
        return blame(t, "exit 0, files differ", difference);
    const char *silent = silent_difference(t);
    if (silent)
        return blame(t, "exit 0, page in silence", walk_text("nothing is said of %s", silent));
    if (!t->g->s->prints)
        return true;
    char *expected = print_json(t->g->golden_out), *found = print_json(t->o->out);
    const bool same = found && strcmp(expected, found) == 0;
    free(expected);
    free(found);
    /* A checkpoint that cannot be read is replaced by the one before, and that is said. */
    return same || strstr(t->o->err, "is used instead") ||
           blame(t, "exit 0, output differs", walk_text("%.200s", t->o->out));
}

/* ---- going on -------------------------------------------------------------------------------- */

/* States from which going on was seen to come to the golden result: the same need not be tried
 * twice. */
static struct {
    const stage *g;
    char *key;
} known_good[4096];
static size_t known_count;

static bool is_known_good(const stage *g, const char *key)
{
    if (strcmp(key, g->before_key) == 0)
        return true;
    for (size_t i = 0; i < known_count; i++)
        if (known_good[i].g == g && strcmp(known_good[i].key, key) == 0)
            return true;
    return false;
}

static bool holds(const trial *t, const char *name)
{
    char *path = walk_text("%s/%s", t->folder, name);
    const bool there = access(path, F_OK) == 0;
    free(path);
    return there;
}

static bool check_going_on(trial *t)
{
    const scenario *s = t->g->s;
    char *key = print_key(&t->after), *difference = NULL;
    if (is_known_good(t->g, key)) {
        free(key);
        return true;
    }
    const bool begun = holds(t, s->experiment ? "experiment.yaml" : "pipeline.yaml") ||
                       holds(t, "checkpoint.safetensors");
    outcome o = process_run(t->w, begun && s->resume ? s->resume : s->arguments, NULL);
    print end = print_take(t->folder);
    if (o.code != 0)
        difference = walk_text("exit %d: %s", o.code, o.err);
    else
        difference = difference_of(t, &end, true);
    if (!difference && known_count < sizeof known_good / sizeof known_good[0]) {
        known_good[known_count].g = t->g;
        known_good[known_count++].key = key;
    } else {
        free(key);
    }
    outcome_free(&o);
    print_free(&end);
    return !difference || blame(t, "going on", difference);
}

bool judge_point(const stage *g, const world *w, const fault *f, outcome *o, char **check,
                 char **detail, bool *hit)
{
    trial t = {g, w, f, o, walk_text("%s/%s", w->here, g->s->folder), {0}, NULL, NULL};
    tree_remove(w->here);
    tree_copy(g->start, w->here);
    walk_gnuplot = g->s->gnuplot;
    *o = process_run(w, g->s->arguments, f);
    *hit = atomic_load(&w->state->hits) > 0;
    t.after = print_take(t.folder);
    const shim_state kept = *w->state; /* going on runs without the shim, but clears this */
    const bool good = check_code(&t) && check_words(&t) && check_files(&t) && check_result(&t) &&
                      check_going_on(&t);
    memcpy(w->state->what, kept.what, sizeof kept.what);
    memcpy(w->state->stack, kept.stack, sizeof kept.stack);
    print_free(&t.after);
    free(t.folder);
    *check = t.check;
    *detail = t.detail;
    return good;
}
