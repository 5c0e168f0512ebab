/* fuzz_experiment.c - any text as an experiment's file: for training, which writes out what it
 * read, and for a page, which names its runs. */
#include "command/request.h"
#include "experiment/file.h"
#include "fuzz.h"
#include "record/folder.h"
#include "report/group.h"
#include "report/origin.h"

static const char base[] = "name: base\nseed: 7\nloss: hinge\n";
static const cnn_settings none = {0};

/* What an experiment keeps of its file is an experiment again, and all of it. */
static void read_again(const cnn_experiment *e)
{
    cnn_report report = {0};
    cnn_experiment again;
    char *kept = cnn_yaml_emit(e->root), *path = fuzz_file("kept.yaml", kept, strlen(kept));
    CNN_BUG_IF(!cnn_experiment_read(&again, path, &none, &report) || report.count > 0);
    char *twice = cnn_yaml_emit(again.root);
    CNN_BUG_IF(strcmp(kept, twice) != 0 || strcmp(e->name, again.name) != 0);
    cnn_experiment_close(&again);
    free(twice);
    free(kept);
    free(path);
}

/* The pipelines of the runs, as far as paths and values go. */
static void apply_settings(const cnn_experiment *e)
{
    for (size_t run = 0; run < e->runs->count; run++) {
        const cnn_yaml *settings = e->runs->items[run];
        cnn_yaml *tree = cnn_yaml_copy(e->base);
        cnn_report report = {0};
        bool good = true;
        CNN_BUG_IF(!cnn_yaml_get(settings, "seed") || !cnn_is_run_name(e->runs->keys[run]->text));
        for (size_t i = 0; i < settings->count; i++)
            good =
                cnn_yaml_set_node(tree, settings->keys[i]->text, cnn_yaml_copy(settings->items[i]),
                                  settings->keys[i]->mark, &report) &&
                good;
        fuzz_check(&report, good, CNN_EXIT_PIPELINE, CNN_EXIT_USAGE);
        cnn_report_free(&report);
        cnn_yaml_free(tree);
    }
}

/* Every run of the file stands in the page, once. */
static void check_groups(const cnn_experiment *e, bool good)
{
    page_groups groups = {0};
    cnn_report report = {0};
    char *name = page_origin_experiment(fuzz_folder(), &groups.source, &report);
    CNN_BUG_IF(!page_groups_is_experiment(fuzz_folder(), &report) || !groups.source);
    page_groups_add_experiment(&groups, fuzz_folder());
    for (size_t g = 0; g < groups.count; g++) {
        char *status = page_group_status(&groups.groups[g]);
        CNN_BUG_IF(strcmp(status, "not started") != 0);
        free(status);
        for (size_t other = 0; other < g; other++)
            CNN_BUG_IF(strcmp(groups.groups[g].name, groups.groups[other].name) == 0);
    }
    if (good) {
        CNN_BUG_IF(groups.count != e->runs->count || groups.note_count != 0);
        CNN_BUG_IF(cnn_yaml_get(e->root, "name")->mark.line && strcmp(name, e->name) != 0);
    }
    page_groups_free(&groups);
    cnn_report_free(&report);
    free(name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cnn_report report = {0};
    cnn_experiment experiment;
    free(fuzz_file("base.yaml", base, sizeof base - 1));
    char *path = fuzz_file("experiment.yaml", data, size);
    const bool good = cnn_experiment_read(&experiment, path, &none, &report);
    fuzz_check(&report, good, CNN_EXIT_PIPELINE, 0);
    CNN_BUG_IF(good && cnn_experiment_look(path, &report) != CNN_FILE_EXPERIMENT);
    if (good) {
        read_again(&experiment);
        apply_settings(&experiment);
    }
    check_groups(&experiment, good);
    cnn_experiment_close(&experiment);
    cnn_report_free(&report);
    free(path);
    return 0;
}
