/* file.c - an experiment's file: a base pipeline, and runs that each change some of its
 * settings. */
#include "experiment/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/tree.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "command/command.h"
#include "record/folder.h"

#define MOST_SEEDS 1000
#define MOST_TRIALS 10000u

/* ---- reading -------------------------------------------------------------------------------- */

/* "is 3; it must be WHAT", at the node, or that it is missing. */
static bool refuse(const cnn_experiment *e, const cnn_yaml *node, const char *what,
                   const char *wanted, cnn_report *report)
{
    char *seen = node ? cnn_yaml_describe(node) : NULL;
    if (node)
        cnn_report_add(report, CNN_EXIT_PIPELINE, node->mark, "%s is %s; it must be %s", what, seen,
                       wanted);
    else
        cnn_report_add(report, CNN_EXIT_PIPELINE, e->root->mark, "'%s' is missing; it must be %s",
                       what, wanted);
    free(seen);
    return false;
}

/* The file's name without folder and ".yaml". */
static char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    return cnn_format("%.*s", (int)(dot && dot != name ? (size_t)(dot - name) : strlen(name)),
                      name);
}

static void check_run(const cnn_yaml *key, const cnn_yaml *settings, cnn_report *report)
{
    static const char *const files[] = {CNN_RUN_EXPERIMENT, CNN_RUN_RESULTS, CNN_RUN_PAGE,
                                        CNN_RUN_PLOTS};
    if (!cnn_is_run_name(key->text))
        cnn_report_add(report, CNN_EXIT_PIPELINE, key->mark,
                       "runs: the name '%s' must match [A-Za-z0-9_-][A-Za-z0-9_.-]*, at most 64 "
                       "long, since it "
                       "becomes a folder",
                       key->text);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        if (strcmp(key->text, files[i]) == 0)
            cnn_report_add(report, CNN_EXIT_PIPELINE, key->mark,
                           "runs: the name '%s' is that of a file that an experiment leaves",
                           key->text);
    if (settings->type == CNN_YAML_MAP || settings->type == CNN_YAML_NULL)
        return;
    char *seen = cnn_yaml_describe(settings);
    cnn_report_add(report, CNN_EXIT_PIPELINE, settings->mark,
                   "run '%s' is %s; it must be a map of settings, PATH: VALUE", key->text, seen);
    free(seen);
}

static bool check_keys(cnn_experiment *e, cnn_report *report)
{
    static const char *const known[] = {"name", "base", "runs", "repeat"};
    const cnn_yaml *root = e->root, *runs = cnn_yaml_get(root, "runs"),
                   *repeat = cnn_yaml_get(root, "repeat");
    const cnn_yaml *name = cnn_yaml_get(root, "name"), *base = cnn_yaml_get(root, "base");
    const size_t errors = report->errors;
    for (size_t i = 0; i < root->count; i++) {
        const char *key = root->keys[i]->text;
        size_t k = 0;
        while (k < 4 && strcmp(key, known[k]) != 0)
            k++;
        char *hint = cnn_suggest(key, known, 4);
        if (k == 4)
            cnn_report_add(report, CNN_EXIT_PIPELINE, root->keys[i]->mark,
                           "experiment: unknown key '%s'%s", key, hint);
        free(hint);
    }
    if (!name)
        e->name = name_of(e->path);
    else if (name->type == CNN_YAML_STRING)
        e->name = cnn_strdup(name->text);
    if (!e->name || !cnn_is_run_name(e->name))
        refuse(e, name, "name",
               "[A-Za-z0-9_-][A-Za-z0-9_.-]*, at most 64 long, since it becomes a folder", report);
    if (!base || (base->type != CNN_YAML_MAP && (base->type != CNN_YAML_STRING || !base->text[0])))
        refuse(e, base, "base", "the path of a pipeline, from this file's folder", report);
    if (repeat &&
        (repeat->type != CNN_YAML_INTEGER || repeat->integer < 1 || repeat->integer > MOST_SEEDS))
        refuse(e, repeat, "repeat", "the number of seeds, 1 to 1000", report);
    if (!runs || runs->type != CNN_YAML_MAP || runs->count == 0)
        return refuse(e, runs, "runs", "a map of at least one run, NAME: {PATH: VALUE}", report);
    for (size_t i = 0; i < runs->count; i++)
        check_run(runs->keys[i], runs->items[i], report);
    return report->errors == errors;
}

/* Puts the base pipeline itself in the place of its path. */
static bool read_base(cnn_experiment *e, const cnn_settings *settings, cnn_report *report)
{
    cnn_yaml *base = cnn_yaml_get(e->root, "base");
    if (base->type == CNN_YAML_STRING) {
        const char *slash = base->text[0] == '/' ? NULL : strrchr(e->path, '/');
        e->base_path =
            cnn_format("%.*s%s", slash ? (int)(slash - e->path + 1) : 0, e->path, base->text);
        const cnn_mark mark = base->mark;
        if (access(e->base_path, R_OK) != 0)
            return cnn_report_add(
                report, CNN_EXIT_PIPELINE, mark,
                "base: %s cannot be read: %s; it must be the path of a pipeline, from this "
                "file's folder",
                e->base_path, strerror(errno));
        base = cnn_yaml_read(e->base_path, report);
        if (!base)
            return false;
        cnn_yaml_put(e->root, "base", base);
        if (cnn_yaml_get(base, "base") || cnn_yaml_get(base, "runs"))
            return cnn_report_add(report, CNN_EXIT_PIPELINE, mark,
                                  "base: %s is an experiment; it must be a pipeline", e->base_path);
    }
    return cnn_settings_apply(settings, CNN_SETTING_FIRST, base, report);
}

/* Makes PATH: VALUE a run's last setting. */
static void set_last(cnn_yaml *runs, size_t run, const char *path, cnn_yaml *value, cnn_mark mark)
{
    cnn_yaml *all = cnn_yaml_new(CNN_YAML_MAP), *old = runs->items[run],
             *key = cnn_yaml_string(path);
    all->mark = old->mark;
    key->mark = value->mark = mark;
    for (size_t i = 0; i < old->count; i++)
        if (strcmp(old->keys[i]->text, path) != 0)
            cnn_yaml_append(all, cnn_yaml_copy(old->keys[i]), cnn_yaml_copy(old->items[i]));
    cnn_yaml_append(all, key, value);
    cnn_yaml_free(old);
    runs->items[run] = all;
}

/* The seed, written out, so that it is known of an experiment that is resumed; --seed and --epochs
 * come behind the run's own settings. */
static void complete_run(cnn_experiment *e, cnn_yaml *runs, size_t run, const cnn_settings *given)
{
    const cnn_yaml *seed = cnn_yaml_get(cnn_yaml_get(e->root, "base"), "seed");
    if (!cnn_yaml_get(runs->items[run], "seed"))
        set_last(runs, run, "seed", seed ? cnn_yaml_copy(seed) : cnn_yaml_integer(1),
                 seed ? seed->mark : runs->keys[run]->mark);
    for (size_t i = 0; i < given->count; i++) {
        const cnn_setting *setting = &given->items[i];
        if (setting->when == CNN_SETTING_LAST)
            set_last(runs, run, setting->path, cnn_yaml_plain(setting->value),
                     (cnn_mark){setting->origin, 0, 0});
    }
}

bool cnn_experiment_read(cnn_experiment *e, const char *path, const cnn_settings *settings,
                         cnn_report *report)
{
    *e = (cnn_experiment){.path = cnn_strdup(path)};
    e->root = cnn_yaml_read(e->path, report);
    if (!e->root)
        return false;
    if (e->root->type != CNN_YAML_MAP)
        return refuse(e, e->root, "the experiment", "a map with base and runs", report);
    if (!check_keys(e, report) || !read_base(e, settings, report))
        return false;
    cnn_yaml *runs = cnn_yaml_get(e->root, "runs");
    const cnn_yaml *repeat = cnn_yaml_get(e->root, "repeat");
    for (size_t i = 0; i < runs->count; i++)
        complete_run(e, runs, i, settings);
    cnn_yaml_put(e->root, "name", cnn_yaml_string(e->name));
    e->base = cnn_yaml_get(e->root, "base");
    e->runs = runs;
    e->repeat = repeat ? repeat->integer : 0;
    if (runs->count * (size_t)(repeat ? e->repeat : 1) <= MOST_TRIALS)
        return true;
    return cnn_report_add(report, CNN_EXIT_PIPELINE, runs->mark,
                          "runs times repeat is more than %u trainings", MOST_TRIALS);
}

/* ---- resolving ------------------------------------------------------------------------------ */

/* Hands on what was reported of a run. Faults outside of the experiment's file name the run; those
 * that were `known` from a run before are left out. */
static void pass_on(const cnn_experiment *e, size_t run, cnn_report *from, cnn_report *known,
                    cnn_report *report)
{
    for (size_t i = 0; i < from->count; i++) {
        const cnn_problem *p = &from->problems[i];
        const size_t before = known->count;
        const bool ours = p->mark.file && strcmp(p->mark.file, e->path) == 0;
        cnn_report_add(known, p->code, p->mark, "%s", p->text);
        if (known->count > before && ours)
            cnn_report_add(report, p->code, p->mark, "%s", p->text);
        else if (known->count > before)
            cnn_report_add(report, p->code, p->mark, "run '%s': %s", e->runs->keys[run]->text,
                           p->text);
    }
    cnn_report_free(from);
}

/* The resolved pipeline with another seed. */
static char *with_seed(const char *resolved, int64_t seed)
{
    cnn_report ignored = {0};
    cnn_yaml *root = cnn_yaml_parse(resolved, strlen(resolved), "", &ignored);
    CNN_BUG_IF(!root);
    cnn_yaml_put(root, "seed", cnn_yaml_integer(seed));
    char *text = cnn_yaml_emit(root);
    cnn_yaml_free(root);
    return text;
}

static void add_trials(cnn_experiment *e, size_t run, int64_t seed, const char *resolved)
{
    for (int64_t i = 0; i < (e->repeat ? e->repeat : 1); i++) {
        e->trials = cnn_realloc(e->trials, e->trial_count + 1, sizeof *e->trials);
        cnn_trial *trial = &e->trials[e->trial_count++];
        trial->run = e->runs->keys[run]->text;
        trial->seed = seed + i;
        trial->dir = e->repeat ? cnn_format("%s/%lld", trial->run, (long long)trial->seed)
                               : cnn_strdup(trial->run);
        trial->resolved = resolved ? with_seed(resolved, trial->seed) : NULL;
    }
}

/* The trials of a run whose pipelines are in the experiment's folder already; false, and none, if
 * one is not. */
static bool take_stored(cnn_experiment *e, size_t run, const char *dir)
{
    const size_t before = e->trial_count;
    const cnn_yaml *seed = cnn_yaml_get(e->runs->items[run], "seed");
    bool there = dir && seed;
    if (there)
        add_trials(e, run, seed->integer, NULL);
    for (size_t i = before; i < e->trial_count; i++) {
        char *path = cnn_path_join(dir, e->trials[i].dir);
        there = there && cnn_run_has(path, CNN_RUN_PIPELINE);
        free(path);
    }
    while (!there && e->trial_count > before)
        free(e->trials[--e->trial_count].dir);
    return there;
}

/* Opens a run's pipeline; its faults go to `report`. */
static void resolve_run(cnn_experiment *e, size_t run, const cnnrun_options *options,
                        cnn_experiment_visit *visit, void *context, cnn_report *report)
{
    const cnn_yaml *settings = e->runs->items[run];
    cnn_yaml *tree = cnn_yaml_copy(e->base);
    bool good = true;
    for (size_t i = 0; i < settings->count; i++)
        good = cnn_yaml_set_node(tree, settings->keys[i]->text, cnn_yaml_copy(settings->items[i]),
                                 settings->keys[i]->mark, report) &&
               good;
    if (!good) {
        cnn_yaml_free(tree);
        return;
    }
    cnnrun_error *error = cnnrun_error_new();
    cnnrun_facts facts = {.struct_size = sizeof facts};
    cnnrun_pipeline *pipeline = cnn_tree_open(tree, e->path, options, error);
    cnn_command_take(error, report);
    cnnrun_error_free(error);
    if (cnnrun_pipeline_facts(pipeline, &facts)) {
        const long long seed = facts.seed;
        if (seed > (INT64_C(1) << 53) - e->repeat)
            cnn_report_add(
                report, CNN_EXIT_PIPELINE, cnn_yaml_get(settings, "seed")->mark,
                "seed is %lld; repeat needs %lld seeds from there on that are at most 2^53", seed,
                (long long)e->repeat);
        add_trials(e, run, seed, cnnrun_pipeline_text(pipeline));
        if (visit)
            visit(context, e, run, &facts);
    }
    cnnrun_pipeline_close(pipeline);
}

bool cnn_experiment_resolve(cnn_experiment *e, const char *dir, const cnnrun_options *options,
                            cnn_experiment_visit *visit, void *context, cnn_report *report)
{
    cnn_report known = {0};
    const size_t errors = report->errors;
    for (size_t run = 0; run < e->runs->count; run++) {
        cnn_report own = {0};
        if (take_stored(e, run, dir))
            continue;
        resolve_run(e, run, options, visit, context, &own);
        pass_on(e, run, &own, &known, report);
    }
    cnn_report_free(&known);
    return report->errors == errors;
}

void cnn_experiment_close(cnn_experiment *e)
{
    for (size_t i = 0; i < e->trial_count; i++) {
        free(e->trials[i].dir);
        free(e->trials[i].resolved);
    }
    free(e->trials);
    cnn_yaml_free(e->root);
    free(e->path);
    free(e->base_path);
    free(e->name);
}
