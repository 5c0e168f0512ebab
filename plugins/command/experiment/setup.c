/* setup.c - an experiment before its first training: which runs are asked for, its folder, and what
 * lies in it. */
#include "experiment/setup.h"

#include <glob.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/signal.h"
#include "base/text.h"
#include "record/summary.h"

bool cnn_setup_selects(const cnn_request *request, const char *run)
{
    bool selected = request->only.count == 0;
    for (size_t o = 0; o < request->only.count; o++)
        selected |= strcmp(request->only.items[o], run) == 0;
    return selected;
}

bool cnn_setup_check_only(const cnn_board *b, cnn_report *report)
{
    const cnn_yaml *runs = b->experiment.runs;
    const cnn_request *request = b->request;
    const char **names = cnn_alloc(runs->count, sizeof *names);
    bool good = true;
    for (size_t i = 0; i < runs->count; i++)
        names[i] = runs->keys[i]->text;
    for (size_t o = 0; o < request->only.count; o++) {
        if (cnn_yaml_get(runs, request->only.items[o]))
            continue;
        char *hint = cnn_suggest(request->only.items[o], names, runs->count);
        good = cnn_report_add(report, CNN_EXIT_USAGE, CNN_NOWHERE,
                              "--only %s: there is no such run%s", request->only.items[o], hint);
        free(hint);
    }
    free(names);
    return good;
}

static bool is_there(const char *dir)
{
    return cnn_run_has(dir, CNN_RUN_EXPERIMENT);
}

/* True unless all its runs, in DIR/RUN/ or DIR/RUN/SEED/, are there and have ended. `dir` holds no
 * letter that glob reads as a pattern. */
static bool is_unfinished(const char *dir, cnn_report *report)
{
    glob_t found = {0};
    char *shallow = cnn_format("%s/*/" CNN_RUN_PIPELINE, dir);
    char *deep = cnn_format("%s/*/*/" CNN_RUN_PIPELINE, dir);
    if (glob(shallow, 0, NULL, &found) == GLOB_NOSPACE ||
        glob(deep, GLOB_APPEND, NULL, &found) == GLOB_NOSPACE)
        cnn_out_of_memory();
    bool unfinished = found.gl_pathc == 0;
    for (size_t i = 0; i < found.gl_pathc && !unfinished; i++) {
        *strrchr(found.gl_pathv[i], '/') = '\0';
        unfinished = !cnn_outcome_is_final(cnn_summary_outcome(found.gl_pathv[i], report));
    }
    globfree(&found);
    free(shallow);
    free(deep);
    return unfinished;
}

static const char *const files[] = {CNN_RUN_EXPERIMENT, CNN_RUN_RESULTS, NULL};

const cnn_folder_kind cnn_setup_folder = {"experiment", is_there, is_unfinished, files};

bool cnn_setup_create(cnn_board *b, cnn_report *report)
{
    cnn_experiment *e = &b->experiment;
    if (!cnn_experiment_resolve(e, NULL, &b->options, NULL, NULL, report) ||
        !cnn_run_create(&b->run, b->request->out, e->name, report))
        return false;
    for (size_t t = 0; t < e->trial_count; t++) {
        cnn_run run;
        char *dir = cnn_path_join(b->run.dir, e->trials[t].dir);
        const bool good = cnn_run_create(&run, dir, "", report);
        cnn_run_close(&run);
        free(dir);
        if (!good)
            return false;
    }
    char *text = cnn_yaml_emit(e->root);
    const bool good = cnn_run_write(&b->run, CNN_RUN_EXPERIMENT, text, report);
    free(text);
    return good;
}

bool cnn_setup_reopen(cnn_board *b, cnn_report *report)
{
    cnn_experiment today = b->experiment;
    const cnn_settings none = {0}; /* the settings are in its file already */
    b->experiment = (cnn_experiment){0};
    bool good = cnn_run_find(&b->run, b->request->out, today.name, &cnn_setup_folder, report);
    char *path = good ? cnn_path_join(b->run.dir, CNN_RUN_EXPERIMENT) : NULL;
    good = good && cnn_experiment_read(&b->experiment, path, &none, report);
    char *then = good ? cnn_yaml_emit(b->experiment.root) : NULL;
    char *now_text = today.runs ? cnn_yaml_emit(today.root) : NULL;
    if (good && (!now_text || strcmp(then, now_text) != 0))
        cnn_report_add(
            report, 0, CNN_NOWHERE,
            "%s: goes on as it was begun; %s or the options are no longer what they were then",
            b->run.dir, today.path);
    good =
        good && cnn_experiment_resolve(&b->experiment, b->run.dir, &b->options, NULL, NULL, report);
    free(then);
    free(now_text);
    free(path);
    cnn_experiment_close(&today);
    return good;
}

bool cnn_setup_trials(cnn_board *b, cnn_report *report)
{
    cnn_signals_defer(); /* from now on trainings may run, which a signal stops */
    bool good = cnn_child_lock_all(b->run.dir, report);
    const size_t count = b->experiment.trial_count, errors = report->errors;
    b->children = cnn_alloc(count, sizeof *b->children);
    b->standings = cnn_alloc(count, sizeof *b->standings);
    for (size_t t = 0; t < count && good; t++) {
        const cnn_trial *trial = &b->experiment.trials[t];
        cnn_child *c = &b->children[t];
        cnn_standing *s = &b->standings[t];
        const cnn_run run = {.dir = c->dir = cnn_path_join(b->run.dir, trial->dir), .lock = -1};
        if (trial->resolved)
            good = cnn_folder_make(c->dir, report) &&
                   cnn_run_write(&run, CNN_RUN_PIPELINE, trial->resolved, report);
        char *path = cnn_path_join(c->dir, CNN_RUN_PIPELINE);
        cnn_yaml *root = good ? cnn_yaml_read(path, report) : NULL;
        const cnn_yaml *train = cnn_yaml_get(root, "train"),
                       *epochs = cnn_yaml_get(train, "epochs");
        const cnn_yaml *threads = cnn_yaml_get(train, "threads");
        c->threads = threads ? threads->integer : 0;
        s->selected = cnn_setup_selects(b->request, trial->run);
        cnn_standing_read(s, c->dir, report);
        good = good && root && report->errors == errors;
        s->epochs = epochs ? epochs->real : 0;
        if (!epochs) /* steps: known once it trains; until then as if it had what it will have */
            s->epochs = fmax(0, s->value[CNN_STANDING_EPOCHS]);
        s->first = cnn_standing_ended(s) ? s->epochs : fmax(0, s->value[CNN_STANDING_EPOCHS]);
        cnn_yaml_free(root);
        free(path);
    }
    return good;
}
