/* main.c - runs an experiment: each training a child process, so that none ends
 * another. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/process.h"
#include "base/signal.h"
#include "base/text.h"
#include "experiment/causes.h"
#include "experiment/child.h"
#include "experiment/file.h"
#include "experiment/table.h"
#include "plugin/crash.h"
#include "record/folder.h"

typedef struct board {
    const cnn_request *request;
    cnn_session_options options;
    cnn_experiment experiment;
    cnn_run run;
    cnn_child *children; /* one a trial */
    cnn_standing *standings;
    cnn_table table;
    bool failed;
} board;

/* ---- children ------------------------------------------------------------------------------- */

/* Threads that a child is told: those asked for, else its share of the CPUs; 0: none. */
static size_t threads_of(const board *b, const cnn_child *c)
{
    const size_t jobs = b->request->jobs ? b->request->jobs : 1, cpus = cnn_process_cpus();
    if (b->request->threads || c->threads || jobs == 1)
        return b->request->threads;
    return cpus > jobs ? cpus / jobs : 1;
}

static bool start(board *b, size_t t, cnn_report *report)
{
    const cnn_words *paths = &b->request->plugin_paths;
    cnn_child *c = &b->children[t];
    const size_t threads = threads_of(b, c);
    char **arguments = cnn_alloc(paths->count + 9, sizeof *arguments);
    size_t count = 0;
    arguments[count++] = cnn_strdup("cnnrun");
    arguments[count++] = cnn_strdup("--resume");
    arguments[count++] = cnn_format("--out=%s", c->dir);
    if (b->request->forced || b->request->strict)
        arguments[count++] = cnn_strdup(b->request->forced ? "--force-resume" : "--strict-resume");
    if (threads)
        arguments[count++] = cnn_format("--threads=%zu", threads);
    for (size_t i = 0; i < paths->count; i++)
        arguments[count++] = cnn_format("--plugin-path=%s", paths->items[i]);
    arguments[count++] = cnn_strdup("--");
    arguments[count++] = cnn_path_join(c->dir, CNN_RUN_PIPELINE);
    b->standings[t].running = cnn_child_start(c, arguments, report);
    for (size_t i = 0; i < count; i++)
        free(arguments[i]);
    free(arguments);
    return b->standings[t].running;
}

/* Why a child failed: the signal that ended it, else the last line that it said. The caller frees.
 */
static char *reason_of(const char *text, int status)
{
    const char *line = strrchr(text, '\n');
    if (WIFSIGNALED(status))
        return cnn_format("ended by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    return *text ? cnn_printable(line ? line + 1 : text, "")
                 : cnn_format("exit %d", WEXITSTATUS(status));
}

static void fail(board *b, size_t t, const char *reason, cnn_report *report)
{
    cnn_standing_fail(&b->standings[t], b->children[t].dir, b->experiment.trials[t].seed, reason,
                      report);
    b->failed = true;
}

/* A child has ended: shows its messages if it failed, and records it. */
static void finish(board *b, size_t t, int status, cnn_report *report)
{
    cnn_child *c = &b->children[t];
    cnn_standing *s = &b->standings[t];
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    char *text = cnn_child_close(c);
    s->running = false;
    cnn_standing_read(s, c->dir, report);
    const bool stopped = code > 128 || (cnn_signals_caught() && code < 0);
    if (code != 0 && code != CNN_EXIT_DIVERGED && !stopped) {
        char *reason = reason_of(text, status);
        fail(b, t, reason, report);
        cnn_table_wipe(&b->table);
        cnn_print(stderr, "cnnrun: run '%s', seed %lld failed: %s%s%s\n",
                  b->experiment.trials[t].run, (long long)b->experiment.trials[t].seed, text,
                  *text && code < 0 ? "\n" : "", *text && code > 0 ? "" : reason);
        free(reason);
    } else if (code == 0 && *text) { /* warnings: of its page, of a checkpoint that was damaged */
        cnn_table_wipe(&b->table);
        cnn_print(stderr, "cnnrun: run '%s', seed %lld: %s\n", b->experiment.trials[t].run,
                  (long long)b->experiment.trials[t].seed, text);
    }
    free(text);
    b->failed |= !cnn_standing_ended(s) && !cnn_signals_caught();
    cnn_standing_write(&b->run, &b->experiment, b->standings, report);
    if (!b->request->quiet)
        cnn_table_end(&b->table, &b->experiment, t, s);
}

/* How far the trainings are that run. */
static void look(board *b)
{
    for (size_t t = 0; t < b->experiment.trial_count; t++) {
        cnn_standing *s = &b->standings[t];
        cnn_progress_at at;
        if (s->running && cnn_child_progress(&b->children[t], &at)) {
            s->first = at.begun;
            s->done = at.now;
        }
    }
}

/* Whether there is something to do for a training: to go on with it, or to write its page with its
 * plots, before which it may have been killed, or there was no room for it. */
static bool is_open(const board *b, size_t t)
{
    const cnn_standing *s = &b->standings[t];
    const char *dir = b->children[t].dir;
    return s->selected && (!cnn_standing_ended(s) || !cnn_run_has(dir, CNN_RUN_PAGE) ||
                           !cnn_run_has(dir, CNN_RUN_PLOTTED));
}

/* Starts, awaits, and on a signal stops the children, until all are through. */
static void run_all(board *b, cnn_report *report)
{
    const size_t jobs = b->request->jobs ? b->request->jobs : 1, count = b->experiment.trial_count;
    size_t next = 0, running = 0;
    bool told = false, good = true;
    while (running > 0 || (next < count && !cnn_signals_caught() && good)) {
        for (; running < jobs && next < count && !cnn_signals_caught() && good; next++)
            if (is_open(b, next)) {
                good = start(b, next, report);
                running += good;
                if (!good)
                    fail(b, next, report->problems[report->count - 1].text, report);
            }
        for (size_t t = 0; t < next; t++) {
            int status;
            if (b->children[t].pid && cnn_signals_caught() && !told)
                kill(b->children[t].pid, cnn_signals_caught());
            if (b->children[t].pid && waitpid(b->children[t].pid, &status, WNOHANG) > 0) {
                finish(b, t, status, report);
                running--;
            }
        }
        told = cnn_signals_caught() != 0;
        look(b);
        cnn_table_draw(&b->table, &b->run, &b->experiment, b->standings);
        cnn_clock_sleep(0.01);
    }
    cnn_table_wipe(&b->table);
}

/* ---- the folder ----------------------------------------------------------------------------- */

static bool is_selected(const cnn_request *request, const char *run)
{
    bool selected = request->only.count == 0;
    for (size_t o = 0; o < request->only.count; o++)
        selected |= strcmp(request->only.items[o], run) == 0;
    return selected;
}

/* --only: true if all its names are runs. */
static bool select_runs(board *b, cnn_report *report)
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

/* Each trial's folder with its pipeline, and what is known of it. */
static bool set_up(board *b, cnn_report *report)
{
    cnn_signals_defer(); /* from now on trainings may run, which a signal stops */
    bool good = cnn_run_lock_with_trainings(b->run.dir, cnn_signals_stop(), report);
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
        s->selected = is_selected(b->request, trial->run);
        cnn_standing_read(s, c->dir, report);
        good = good && root && report->errors == errors;
        s->epochs = epochs ? epochs->real : 0;
        s->first = cnn_standing_ended(s) ? s->epochs : fmax(0, s->value[CNN_STANDING_EPOCHS]);
        cnn_yaml_free(root);
        free(path);
    }
    return good;
}

/* A new experiment: its folder, in which none of its runs may be, and the file as it was read. */
static bool create(board *b, cnn_report *report)
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

/* An experiment that was begun: it goes on as its folder has it, whatever the file says today. */
static bool reopen(board *b, cnn_report *report)
{
    cnn_experiment today = b->experiment;
    const cnn_session_options plain = {.plugin_paths = b->options.plugin_paths,
                                       .plugin_path_count = b->options.plugin_path_count};
    b->experiment = (cnn_experiment){0};
    bool good = cnn_run_find(&b->run, b->request->out, today.name, true, report);
    char *path = good ? cnn_path_join(b->run.dir, CNN_RUN_EXPERIMENT) : NULL;
    good = good && cnn_experiment_read(&b->experiment, path, &plain, report);
    char *then = good ? cnn_yaml_emit(b->experiment.root) : NULL;
    char *now_text = today.runs ? cnn_yaml_emit(today.root) : NULL;
    if (good && (!now_text || strcmp(then, now_text) != 0))
        cnn_report_add(
            report, 0, CNN_NOWHERE,
            "%s: goes on as it was begun; %s or the options are no longer what they were then",
            b->run.dir, today.path);
    good = good && cnn_experiment_resolve(&b->experiment, b->run.dir, &plain, NULL, NULL, report);
    free(then);
    free(now_text);
    free(path);
    cnn_experiment_close(&today);
    return good;
}

/* What --dry-run shows. */
typedef struct show {
    const cnn_request *request;
    cnn_text text;
} show;

static void show_run(void *context, const cnn_experiment *e, size_t run, const cnn_session *session)
{
    show *s = context;
    const cnn_pipeline *p = session->pipeline;
    cnn_text *text = &s->text;
    if (!is_selected(s->request, e->runs->keys[run]->text))
        return;
    cnn_text_add(text, "%-20s seed %lld", e->runs->keys[run]->text, (long long)p->seed);
    if (e->repeat > 1)
        cnn_text_add(text, " to %lld", (long long)(p->seed + e->repeat - 1));
    cnn_text_add(text, ", %lld epoch%s, %llu parameters, loss %s, optimizer %s\n",
                 (long long)p->train.epochs, p->train.epochs == 1 ? "" : "s",
                 (unsigned long long)session->network->parameters, p->loss->file->head.name,
                 p->optimizer->file->head.name);
}

static bool dry_run(board *b, cnn_report *report)
{
    show s = {.request = b->request};
    const bool good =
        select_runs(b, report) &&
        cnn_experiment_resolve(&b->experiment, NULL, &b->options, show_run, &s, report);
    if (good)
        cnn_print(stdout, "%s", s.text.data);
    cnn_text_free(&s.text);
    return good;
}

/* "runs/losses-001: 6 of 27 trainings" */
static void introduce(board *b)
{
    const size_t count = b->experiment.trial_count;
    size_t selected = 0, left = 0;
    for (size_t t = 0; t < count; t++) {
        selected += b->standings[t].selected;
        left += is_open(b, t);
    }
    if (!left)
        cnn_print(stdout, "%s: all %zu trainings have ended already\n", b->run.dir, selected);
    else if (selected < count)
        cnn_print(stdout, "%s: %zu of %zu trainings\n", b->run.dir, selected, count);
    else
        cnn_print(stdout, "%s: %zu training%s\n", b->run.dir, count, count == 1 ? "" : "s");
    cnn_table_begin(&b->table, &b->experiment);
}

/* The last lines: causes, table, and what to look at or to type next. */
static void conclude(board *b, cnn_report *report)
{
    const bool quiet = b->request->quiet;
    if (!quiet) {
        printf("\n");
        if (cnn_causes_print(&b->run, &b->experiment, b->standings))
            printf("\n");
        cnn_table_print(&b->experiment, b->standings);
    }
    const bool page =
        !cnn_signals_caught() && cnn_request_write_page(b->request, b->run.dir, report);
    if (!quiet && page)
        cnn_print(stdout, "%s/" CNN_RUN_PAGE "  %s/" CNN_RUN_RESULTS "\n", b->run.dir, b->run.dir);
    else if (!quiet)
        cnn_print(stdout, "%s/" CNN_RUN_RESULTS "\n", b->run.dir);
    if (!quiet && cnn_signals_caught()) {
        char *line = cnn_request_resume_line(b->request, b->run.dir);
        cnn_print(stdout, "interrupted; go on with: %s\n", line);
        free(line);
    }
    fflush(stdout);
}

static int conduct(board *b, cnn_report *report)
{
    cnn_command_show_warnings(report);
    if (!b->request->quiet)
        introduce(b);
    run_all(b, report);
    cnn_standing_write(&b->run, &b->experiment, b->standings, report);
    conclude(b, report);
    (void)(cnn_signals_caught() ||
           cnn_run_check(&b->run, true, report)); /* a fault is in the report */
    if (cnn_signals_caught())
        return 128 + cnn_signals_caught();
    return report->errors ? cnn_report_code(report) : b->failed ? CNN_EXIT_RUNS : CNN_EXIT_DONE;
}

static int run_experiment(const cnn_request *request, cnn_report *report)
{
    board b = {.request = request,
               .options = {.plugin_paths = request->plugin_paths.items,
                           .plugin_path_count = request->plugin_paths.count,
                           .settings = request->settings},
               .run = {.lock = -1}};
    cnn_report ignored = {0};
    if (request->profile) {
        cnn_report_add(report, CNN_EXIT_USAGE, CNN_NOWHERE,
                       "--profile is for one training, and %s is an experiment", request->file);
        return CNN_EXIT_USAGE;
    }
    if (!request->dry_run && !cnn_signals_catch(report))
        return cnn_report_code(report);
    /* One that is resumed does not need its file, but where the name says which one is meant. */
    const bool elsewhere = request->resume && request->out && !request->dry_run;
    bool good = cnn_experiment_read(&b.experiment, request->file, &b.options,
                                    elsewhere ? &ignored : report);
    if (elsewhere || good)
        good = request->dry_run ? dry_run(&b, report)
               : request->resume
                   ? reopen(&b, report) && select_runs(&b, report) && set_up(&b, report)
                   : select_runs(&b, report) && create(&b, report) && set_up(&b, report);
    const int code = good && !request->dry_run ? conduct(&b, report) : cnn_report_code(report);
    for (size_t t = 0; b.children && t < b.experiment.trial_count; t++)
        free(b.children[t].dir);
    free(b.children);
    cnn_standing_free(b.standings, b.experiment.trial_count);
    cnn_run_close(&b.run);
    cnn_experiment_close(&b.experiment);
    cnn_report_free(&ignored);
    return code;
}

static int run(const cnn_call *call, cnn_report *report)
{
    cnn_request request;
    int code = cnn_request_take(&request, call);
    cnn_crash_catch();
    if (!request.dry_run)
        cnn_command_output_is_no_result();
    if (code == CNN_EXIT_DONE)
        code = run_experiment(&request, report);
    cnn_request_free(&request);
    return code;
}

int main(int count, char **arguments)
{
    static const cnn_command command = {
        .name = "experiment",
        .usage = "usage: cnnrun experiment FILE.yaml [options]\n"
                 "                                          run an experiment, as cnnrun FILE.yaml "
                 "does",
        .options = cnn_request_options,
        .min = 1,
        .max = 1,
        .takes = "the file of an experiment",
        .run = run,
    };
    return cnn_command_main(&command, count, arguments);
}
