/* evaluate.c - `cnnrun evaluate RUN_DIR`: loss, metrics and speed of a run on a split. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "command/command.h"
#include "record/summary.h"

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

/* What was measured of which split. */
typedef struct measured {
    const char *split;
    cnnrun_pipeline *pipeline; /* that has the names of metrics and classes */
    cnnrun_scores scores;
    double images_per_second;
    uint64_t *confusion; /* NULL: too many classes, or none */
    size_t classes;      /* 0: the targets are vectors */
} measured;

/* A class has its name behind its row, where that is not its number. */
static void print_confusion(const measured *seen)
{
    const size_t classes = seen->classes;
    printf("\nconfusion matrix (rows: true class, columns: predicted)\n     ");
    for (size_t c = 0; c < classes; c++)
        printf(" %5zu", c);
    for (size_t r = 0; r < classes; r++) {
        printf("\n%4zu ", r);
        for (size_t c = 0; c < classes; c++)
            printf(" %5llu", (unsigned long long)seen->confusion[r * classes + c]);
        const char *name = cnnrun_pipeline_class(seen->pipeline, r);
        char *number = cnn_format("%zu", r);
        if (strcmp(name, number) != 0)
            printf("  %s", name);
        free(number);
    }
    printf("\n");
}

static void print_text(const measured *seen)
{
    const cnnrun_scores *scores = &seen->scores;
    const char *metric;
    printf("%s: %llu images  loss %.6f", seen->split, (unsigned long long)scores->samples,
           scores->loss);
    if (seen->classes)
        printf("  accuracy %.4f", scores->accuracy);
    for (size_t m = 0; (metric = cnnrun_pipeline_metric(seen->pipeline, m)); m++)
        printf("  %s %.6f", metric, scores->metric[m]);
    printf("  %.0f images/s\n", seen->images_per_second);
    if (seen->confusion && seen->classes <= WIDEST_MATRIX)
        print_confusion(seen);
}

static void print_json(const measured *seen)
{
    const cnnrun_scores *scores = &seen->scores;
    const char *metric;
    json_t *root = json_pack("{s:s, s:I, s:o, s:o}", "split", seen->split, "samples",
                             (json_int_t)scores->samples, "loss", cnn_run_number(scores->loss),
                             "accuracy", cnn_run_number(scores->accuracy));
    for (size_t m = 0; (metric = cnnrun_pipeline_metric(seen->pipeline, m)); m++)
        json_object_set_new(root, metric, cnn_run_number(scores->metric[m]));
    json_object_set_new(root, "images_per_second", cnn_run_number(seen->images_per_second));
    json_object_set_new(root, "confusion_matrix",
                        cnn_run_confusion(seen->confusion, seen->classes));
    json_dumpf(root, stdout, JSON_INDENT(2));
    printf("\n");
    json_decref(root);
}

static void evaluate(cnnrun_run *opened, const char *split, cnnrun_error *error)
{
    measured seen = {.split = split,
                     .pipeline = cnnrun_run_pipeline(opened),
                     .scores = {.struct_size = sizeof seen.scores}};
    cnnrun_input input = {.struct_size = sizeof input};
    (void)cnnrun_pipeline_input(seen.pipeline, &input);
    seen.classes = (size_t)input.classes;
    if (seen.classes && seen.classes <= CNNRUN_MAX_CONFUSION)
        seen.confusion = cnn_alloc(seen.classes * seen.classes, sizeof *seen.confusion);
    if (cnnrun_run_evaluate(opened, split, &seen.scores, seen.confusion, error)) {
        seen.images_per_second = (double)seen.scores.samples / seen.scores.seconds;
        (given.json ? print_json : print_text)(&seen);
    }
    free(seen.confusion);
}

static int run(const cnn_call *call, cnn_report *report)
{
    const cnnrun_options how = {.struct_size = sizeof how,
                                .plugin_paths = given.plugin_path.items,
                                .plugin_path_count = given.plugin_path.count,
                                .threads = (uint64_t)given.threads.value};
    const char *split = given.data ? given.data : "test";
    cnnrun_name_crashes();
    cnnrun_error *error = cnnrun_error_new();
    cnnrun_run *opened = cnnrun_run_open(call->arguments[0], &how, error);
    const bool has_data = cnnrun_run_open_data(opened, error);
    if (cnnrun_run_samples(opened, split))
        evaluate(opened, split, error);
    cnn_command_take(error, report);
    if (has_data && !cnnrun_run_samples(opened, split))
        cnn_report_add(report, CNN_EXIT_USAGE, CNN_NOWHERE,
                       "--data is '%s'; it must be train, validation or test, and the run's "
                       "pipeline must have it",
                       split);
    cnnrun_run_close(opened);
    cnnrun_error_free(error);
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
