/* fuzz_folder.c - any files as what an experiment left, and the page of it.
 *
 * The input is text: a line "== NAME" begins a file, where NAME is one of those below. */
#include <math.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "experiment/standing.h"
#include "fuzz.h"
#include "page_check.h"
#include "report/origin.h"
#include "report/sections.h"

static const char *const names[] = {"experiment.yaml", "results.csv",       "a/1/summary.json",
                                    "a/1/metrics.csv", "a/1/pipeline.yaml", "a/2/summary.json",
                                    "a/2/metrics.csv", "b/summary.json",    "b/metrics.csv",
                                    "b/pipeline.yaml"};
#define NAMES (sizeof names / sizeof names[0])
static const char *const folders[] = {"a", "a/1", "a/2", "b"};

static void begin(void)
{
    static bool made;
    for (size_t i = 0; i < sizeof folders / sizeof folders[0] && !made; i++) {
        char *path = cnn_path_join(fuzz_folder(), folders[i]);
        CNN_BUG_IF(mkdir(path, 0700) != 0);
        free(path);
    }
    made = true;
    for (size_t i = 0; i < NAMES; i++) {
        char *path = cnn_path_join(fuzz_folder(), names[i]);
        (void)unlink(path);
        free(path);
    }
}

/* The file that a line names, or NULL. */
static const char *named(const char *line, const char *end)
{
    for (size_t i = 0; i < NAMES && end - line > 3 && memcmp(line, "== ", 3) == 0; i++)
        if ((size_t)(end - line) - 3 == strlen(names[i]) &&
            memcmp(line + 3, names[i], (size_t)(end - line) - 3) == 0)
            return names[i];
    return NULL;
}

static const char *end_of_line(const char *at, const char *end)
{
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    return newline ? newline : end;
}

static void unpack(const char *data, size_t size)
{
    const char *end = data + size, *name = NULL, *from = data;
    for (const char *at = data; at < end;) {
        const char *stop = end_of_line(at, end), *next = named(at, stop);
        if (next && name)
            free(fuzz_file(name, from, (size_t)(at - from)));
        at = stop < end ? stop + 1 : end;
        if (next) {
            name = next;
            from = at;
        }
    }
    if (name)
        free(fuzz_file(name, from, (size_t)(end - from)));
}

static void check_groups(const page_groups *groups)
{
    static page_figure *const figures[] = {page_figure_best_accuracy, page_figure_final_accuracy,
                                           page_figure_best_loss,     page_figure_final_loss,
                                           page_figure_test_accuracy, page_figure_to_95,
                                           page_figure_to_98,         page_figure_seconds};
    for (size_t g = 0; g < groups->count; g++) {
        const page_group *group = &groups->groups[g];
        char *status = page_group_status(group);
        CNN_BUG_IF(!status || !status[0] || group->completed > group->count);
        free(status);
        for (size_t f = 0; f < sizeof figures / sizeof figures[0]; f++) {
            const page_mean mean = page_group_mean(group, figures[f]);
            CNN_BUG_IF(mean.count > group->count || (mean.count == 0) != isnan(mean.mean));
            CNN_BUG_IF(mean.deviation < 0 || (mean.count < 2 && !isnan(mean.deviation)));
        }
        for (size_t m = 0; m < group->count; m++) {
            cnn_standing standing = {0};
            cnn_report ignored = {0};
            cnn_standing_read(&standing, group->members[m].dir, &ignored);
            cnn_standing_follow(&standing, group->members[m].dir);
            if (group->members[m].completed)
                CNN_BUG_IF(!cnn_standing_ended(&standing));
            free(standing.reason);
            cnn_report_free(&ignored);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    page_groups groups = {.dir = fuzz_folder()};
    page_plots plots = {.link = "plots", .trouble = cnn_strdup("nothing is drawn here")};
    cnn_text out = {0};
    cnn_report report = {0};
    begin();
    unpack((const char *)data, size);
    page_groups_add_experiment(&groups, groups.dir);
    char *title = page_origin_experiment(groups.dir, &groups.source, &report);
    page_groups_note(&groups, &report);
    check_groups(&groups);
    page_groups_plots(&plots, &groups);
    page_groups_write(&out, &plots, &groups, title, groups.dir);
    page_check(&out, &plots);
    page_plots_free(&plots);
    page_groups_free(&groups);
    cnn_text_free(&out);
    free(title);
    return 0;
}
