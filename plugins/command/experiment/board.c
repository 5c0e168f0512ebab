/* board.c - runs the trainings of an experiment: starts, awaits, and on a signal stops them. */
#include "experiment/board.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/process.h"
#include "base/signal.h"
#include "base/text.h"

/* Threads that a child is told: those asked for, else its share of the CPUs; 0: none. */
static size_t threads_of(const cnn_board *b, const cnn_child *c)
{
    const size_t jobs = b->request->jobs ? b->request->jobs : 1, cpus = cnn_process_cpus();
    if (b->request->threads || c->threads || jobs == 1)
        return b->request->threads;
    return cpus > jobs ? cpus / jobs : 1;
}

static bool start(cnn_board *b, size_t t, cnn_report *report)
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

static void fail(cnn_board *b, size_t t, const char *reason, cnn_report *report)
{
    cnn_standing_fail(&b->standings[t], b->children[t].dir, b->experiment.trials[t].seed, reason,
                      report);
    b->failed = true;
}

/* A child has ended: shows its messages if it failed, and records it. */
static void finish(cnn_board *b, size_t t, int status, cnn_report *report)
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
static void look(cnn_board *b)
{
    for (size_t t = 0; t < b->experiment.trial_count; t++) {
        cnn_standing *s = &b->standings[t];
        cnn_progress_at at;
        if (s->running && cnn_child_progress(&b->children[t], &at)) {
            s->first = at.begun;
            s->done = at.now;
            s->epochs = at.all;
        }
    }
}

bool cnn_board_is_open(const cnn_board *b, size_t t)
{
    const cnn_standing *s = &b->standings[t];
    const char *dir = b->children[t].dir;
    return s->selected && (!cnn_standing_ended(s) || !cnn_run_has(dir, CNN_RUN_PAGE) ||
                           !cnn_run_has(dir, CNN_RUN_PLOTTED));
}

void cnn_board_run(cnn_board *b, cnn_report *report)
{
    const size_t jobs = b->request->jobs ? b->request->jobs : 1, count = b->experiment.trial_count;
    size_t next = 0, running = 0;
    bool told = false, good = true;
    while (running > 0 || (next < count && !cnn_signals_caught() && good)) {
        for (; running < jobs && next < count && !cnn_signals_caught() && good; next++)
            if (cnn_board_is_open(b, next)) {
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
