/* group.c - runs side by side: an experiment's, or several folders', seeds of one run together. */
#include "report/group.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "record/folder.h"
#include "report/origin.h"
#include "yaml/tree.h"

#define MOST_RUNS 10000u
#define DEEPEST 64u /* folders in each other, of a path that names a group */

static bool is_folder(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
}

/* Numbers by value, before names, which are in byte order. */
static int by_name(const void *a, const void *b)
{
    const char *left = *(char *const *)a, *right = *(char *const *)b;
    char *left_end, *right_end;
    const unsigned long long left_number = strtoull(left, &left_end, 10);
    const unsigned long long right_number = strtoull(right, &right_end, 10);
    if (!*left_end && !*right_end && left_number != right_number)
        return left_number < right_number ? -1 : 1;
    return strcmp(left, right);
}

/* The folders in a folder, in order; the caller frees them and the list. What is a folder and
 * cannot be read is a fault. */
static char **folders_in(const char *dir, size_t *count, cnn_report *report)
{
    char **names = NULL;
    DIR *stream = opendir(dir);
    *count = 0;
    int error = stream || errno == ENOENT || errno == ENOTDIR ? 0 : errno;
    while (stream && *count < MOST_RUNS) {
        errno = 0;
        const struct dirent *entry = readdir(stream);
        error = entry ? 0 : errno;
        if (!entry)
            break;
        char *path = cnn_path_join(dir, entry->d_name);
        if (entry->d_name[0] != '.' && is_folder(path)) {
            names = cnn_realloc(names, *count + 1, sizeof *names);
            names[(*count)++] = cnn_strdup(entry->d_name);
        }
        free(path);
    }
    if (stream)
        closedir(stream);
    errno = error;
    if (error)
        cnn_errno_fault(dir, "cannot be read", CNN_EXIT_OUTPUT, CNN_NOWHERE, report);
    if (names)
        qsort(names, *count, sizeof *names, by_name);
    return names;
}

static void free_names(char **names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
}

static page_group *add_group(page_groups *groups, const char *dir, const char *name)
{
    groups->groups = cnn_realloc(groups->groups, groups->count + 1, sizeof *groups->groups);
    page_group *group = &groups->groups[groups->count++];
    *group = (page_group){.name = cnn_strdup(name), .dir = cnn_path_join(dir, name)};
    return group;
}

static void add_member(page_group *group, const char *dir)
{
    group->members = cnn_realloc(group->members, group->count + 1, sizeof *group->members);
    page_record *member = &group->members[group->count++];
    page_record_read(member, dir);
    group->completed += member->completed;
}

/* DIR/NAME is a run, or holds a run a seed. False if neither. */
static bool add_named(page_groups *groups, const char *dir, const char *name, cnn_report *report)
{
    char *path = cnn_path_join(dir, name);
    page_group *group = NULL;
    if (page_record_is_run(path)) {
        group = add_group(groups, dir, name);
        add_member(group, path);
    } else {
        size_t count;
        char **seeds = folders_in(path, &count, report);
        for (size_t i = 0; i < count; i++) {
            char *seed = cnn_path_join(path, seeds[i]);
            if (page_record_is_run(seed)) {
                group = group ? group : add_group(groups, dir, name);
                add_member(group, seed);
            }
            free(seed);
        }
        free_names(seeds, count);
    }
    free(path);
    return group != NULL;
}

bool page_groups_is_experiment(const char *dir, cnn_report *report)
{
    if (cnn_run_has(dir, CNN_RUN_EXPERIMENT))
        return true;
    page_groups found = {0};
    size_t count;
    char **names = folders_in(dir, &count, report);
    bool any = false;
    for (size_t i = 0; i < count && !any; i++)
        any = add_named(&found, dir, names[i], report);
    free_names(names, count);
    page_groups_free(&found);
    return any;
}

static bool is_there(const page_groups *groups, size_t first, const char *name)
{
    for (size_t i = first; i < groups->count; i++)
        if (strcmp(groups->groups[i].name, name) == 0)
            return true;
    return false;
}

void page_groups_note(page_groups *groups, cnn_report *report)
{
    for (size_t i = 0; i < report->count; i++) {
        char *line = cnn_report_line(report, i);
        size_t known = 0;
        while (known < groups->note_count && strcmp(groups->notes[known], line) != 0)
            known++;
        if (known < groups->note_count) {
            free(line);
            continue;
        }
        groups->notes = cnn_realloc(groups->notes, groups->note_count + 1, sizeof *groups->notes);
        groups->notes[groups->note_count++] = line;
    }
    cnn_report_free(report);
}

void page_groups_add_experiment(page_groups *groups, const char *dir)
{
    cnn_report report = {0};
    const size_t first = groups->count;
    char *path = cnn_path_join(dir, CNN_RUN_EXPERIMENT);
    cnn_yaml *root = cnn_yaml_read(path, &report);
    const cnn_yaml *runs = cnn_yaml_get(root, "runs");
    for (size_t i = 0; runs && runs->type == CNN_YAML_MAP && i < runs->count; i++)
        if (cnn_is_run_name(runs->keys[i]->text) &&
            !add_named(groups, dir, runs->keys[i]->text, &report))
            add_group(groups, dir, runs->keys[i]->text);
    size_t count;
    char **names = folders_in(dir, &count, &report);
    for (size_t i = 0; i < count; i++)
        if (!is_there(groups, first, names[i]))
            (void)add_named(groups, dir, names[i], &report);
    free_names(names, count);
    cnn_yaml_free(root);
    page_groups_note(groups, &report);
    free(path);
}

void page_groups_add_run(page_groups *groups, const char *dir)
{
    page_group *group = add_group(groups, dir, "");
    add_member(group, dir);
    group->single = true;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names each group by so many last names of its folder; returns how many differ. */
static size_t name_all(page_groups *groups, size_t parts)
{
    size_t distinct = 0;
    char **sorted = cnn_alloc(groups->count, sizeof *sorted);
    for (size_t g = 0; g < groups->count; g++) {
        free(groups->groups[g].name);
        groups->groups[g].name = sorted[g] = page_origin_tail(groups->groups[g].dir, parts);
    }
    qsort(sorted, groups->count, sizeof *sorted, by_bytes);
    for (size_t g = 0; g < groups->count; g++)
        distinct += g == 0 || strcmp(sorted[g - 1], sorted[g]) != 0;
    free(sorted);
    return distinct;
}

/* A seed's folder alone is but a number: the run's name belongs to it. A folder that is given twice
 * has the same name however long. */
void page_groups_name(page_groups *groups)
{
    const size_t most = name_all(groups, DEEPEST);
    size_t parts = 1;
    for (size_t g = 0; g < groups->count; g++)
        if (groups->groups[g].single && groups->groups[g].members[0].depth > parts)
            parts = groups->groups[g].members[0].depth;
    while (name_all(groups, parts) < most)
        parts++;
}

void page_groups_free(page_groups *groups)
{
    for (size_t g = 0; g < groups->count; g++) {
        for (size_t m = 0; m < groups->groups[g].count; m++)
            page_record_free(&groups->groups[g].members[m]);
        free(groups->groups[g].members);
        free(groups->groups[g].name);
        free(groups->groups[g].dir);
    }
    free(groups->groups);
    free_names(groups->notes, groups->note_count);
    free(groups->source);
}

char *page_group_status(const page_group *group)
{
    static const char *const known[] = {"completed",   "at chance", "not finite", "diverged",
                                        "interrupted", "failed",    "unfinished", "not started"};
    cnn_text text = {0};
    if (group->count == 0)
        return cnn_strdup("not started");
    for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
        size_t count = 0;
        for (size_t m = 0; m < group->count; m++)
            count += strcmp(group->members[m].status, known[k]) == 0;
        if (count == group->count)
            cnn_text_add(&text, "%s", known[k]);
        else if (count)
            cnn_text_add(&text, "%s%zu %s", text.length ? ", " : "", count, known[k]);
    }
    return text.data;
}
