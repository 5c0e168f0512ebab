/* evaluate.c - `cnnrun evaluate RUN_DIR`: loss, metrics and speed of a run on a split. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "command/command.h"
#include "engine/engine.h"
#include "plugin/crash.h"
#include "record/summary.h"
#include "run/reopen.h"

#define WIDEST_MATRIX 20u /* classes that a terminal shows as a table */

static struct given {
    cnn_words plugin_path;
    const char *data;
    cnn_integer threads;
    bool json;
} given;

static const cnn_option options[] = {
    {"data", 0, CNN_OPTION_TEXT, "SPLIT", &given.data, 0, 0,
     "train, validation or test (default: test)"},
    {"json", 0, CNN_OPTION_FLAG, NULL, &given.json, 0, 0, "print JSON"},
    {"threads", 0, CNN_OPTION_INTEGER, "N", &given.threads, 1, 1024,
     "worker threads (default: the CPUs allowed); does not change results"},
    {"plugin-path", 0, CNN_OPTION_WORDS, "DIR", &given.plugin_path, 0, 0,
     "look for plugins here first; repeatable"},
    {0},
};

/* What a pass over a split gave. */
typedef struct measured {
    cnn_totals totals;
    uint64_t *confusion; /* NULL: too many classes */
    double images_per_second;
} measured;

static void print_confusion(const uint64_t *confusion, size_t classes)
{
    printf("\nconfusion matrix (rows: true class, columns: predicted)\n     ");
    for (size_t c = 0; c < classes; c++)
        printf(" %5zu", c);
    for (size_t r = 0; r < classes; r++) {
        printf("\n%4zu ", r);
        for (size_t c = 0; c < classes; c++)
            printf(" %5llu", (unsigned long long)confusion[r * classes + c]);
    }
    printf("\n");
}

static void print_text(const cnn_session *session, const cnn_split *split, const measured *seen)
{
    const cnn_totals *totals = &seen->totals;
    const double samples = (double)totals->samples;
    printf("%s: %llu images  loss %.6f  accuracy %.4f", split->name,
           (unsigned long long)totals->samples, totals->loss / samples,
           (double)totals->correct / samples);
    for (size_t m = 0; m < session->pipeline->metric_count; m++)
        printf("  %s %.6f", cnn_pipeline_metric_name(session->pipeline, m),
               totals->metric[m] / samples);
    printf("  %.0f images/s\n", seen->images_per_second);
    if (seen->confusion && session->network->classes <= WIDEST_MATRIX)
        print_confusion(seen->confusion, session->network->classes);
}

static void print_json(const cnn_session *session, const cnn_split *split, const measured *seen)
{
    const cnn_totals *totals = &seen->totals;
    const double samples = (double)totals->samples;
    json_t *root =
        json_pack("{s:s, s:I, s:o, s:o}", "split", split->name, "samples",
                  (json_int_t)totals->samples, "loss", cnn_run_number(totals->loss / samples),
                  "accuracy", cnn_run_number((double)totals->correct / samples));
    for (size_t m = 0; m < session->pipeline->metric_count; m++)
        json_object_set_new(root, cnn_pipeline_metric_name(session->pipeline, m),
                            cnn_run_number(totals->metric[m] / samples));
    json_object_set_new(root, "images_per_second", cnn_run_number(seen->images_per_second));
    json_object_set_new(root, "confusion_matrix",
                        cnn_run_confusion(seen->confusion, session->network->classes));
    json_dumpf(root, stdout, JSON_INDENT(2));
    printf("\n");
    json_decref(root);
}

static int evaluate(cnn_session *session, const cnn_split *split, cnn_report *report)
{
    const size_t classes = session->network->classes;
    measured seen = {0};
    cnn_engine *engine =
        cnn_engine_new(session->pipeline, session->network, &session->data,
                       cnn_session_threads(session, (size_t)given.threads.value), false, report);
    if (!engine)
        return cnn_report_code(report);
    if (classes <= CNN_MAX_CONFUSION)
        seen.confusion = cnn_alloc(classes * classes, sizeof *seen.confusion);
    const double start = cnn_clock_now();
    if (cnn_engine_evaluate(engine, split, &seen.totals, seen.confusion, NULL)) {
        seen.images_per_second = (double)seen.totals.samples / (cnn_clock_now() - start);
        (given.json ? print_json : print_text)(session, split, &seen);
    }
    free(seen.confusion);
    cnn_engine_free(engine);
    return CNN_EXIT_DONE;
}

static int run(const cnn_call *call, cnn_report *report)
{
    const cnn_session_options paths = {.plugin_paths = given.plugin_path.items,
                                       .plugin_path_count = given.plugin_path.count};
    const char *name = given.data ? given.data : "test";
    cnn_session session = {0};
    cnn_crash_catch();
    if (cnn_session_reopen(&session, call->arguments[0], &paths, report) &&
        cnn_session_open_data(&session, report)) {
        const cnn_split *split = cnn_data_split(&session.data, name);
        if (split)
            evaluate(&session, split, report);
        else
            cnn_report_add(report, CNN_EXIT_USAGE, CNN_NOWHERE,
                           "--data is '%s'; it must be train, validation or test, and the run's "
                           "pipeline must have it",
                           name);
    }
    cnn_session_close(&session);
    cnn_words_free(&given.plugin_path);
    return cnn_report_code(report);
}

int main(int count, char **arguments)
{
    static const cnn_command command = {
        .name = "evaluate",
        .usage = "usage: cnnrun evaluate RUN_DIR [options]  loss and metrics of a run",
        .options = options,
        .min = 1,
        .max = 1,
        .takes = "the folder of a run",
        .run = run,
    };
    return cnn_command_main(&command, count, arguments);
}
