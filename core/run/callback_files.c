/* callback_files.c - the files that callbacks write into the run's folder. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "record/folder.h"
#include "run/callbacks_private.h"

static bool is_part(const char *at, const char *end)
{
    if (at == end || *at == '.')
        return false;
    for (; at < end; at++)
        if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-", *at))
            return false;
    return true;
}

/* Whether the run writes files that begin so, or in such a folder. */
static bool is_own(const char *name, size_t length)
{
    static const char *const own[] = {CNN_RUN_PIPELINE, CNN_RUN_SUMMARY, CNN_RUN_METRICS,
                                      CNN_RUN_PAGE,     CNN_RUN_PLOTS,   CNN_RUN_EXPERIMENT,
                                      CNN_RUN_RESULTS,  "checkpoint"};
    const size_t suffix = strlen(CNN_FILE_TEMPORARY);
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        if (strncmp(name, own[i], strlen(own[i])) == 0)
            return true;
    return length > suffix && strcmp(name + length - suffix, CNN_FILE_TEMPORARY) == 0;
}

char *cnn_callbacks_path(cnn_callbacks *c, const char *name, cnn_error *error)
{
    const size_t length = name ? strlen(name) : 0;
    const char *slash = name ? strchr(name, '/') : NULL;
    const char *end = length ? name + length : name;
    cnn_report report = {0};
    if (!length || length > 200 || (slash && !is_part(name, slash)) ||
        !is_part(slash ? slash + 1 : name, end) || is_own(name, length)) {
        cnn_fail(error,
                 "the file's name is '%s'; it must be a plain name or folder/name of "
                 "[A-Za-z0-9_.-], and none of the run's own files",
                 name ? name : "");
        return NULL;
    }
    char *folder =
        slash ? cnn_format("%s/%.*s", c->training->dir, (int)(slash - name), name) : NULL;
    if (folder && !cnn_folder_make(folder, &report)) {
        cnn_fail(error, "%s", report.problems[0].text);
        c->unwritten = true;
    }
    free(folder);
    const bool good = report.errors == 0;
    cnn_report_free(&report);
    return good ? cnn_path_join(c->training->dir, name) : NULL;
}

/* What a write came to, as a callback is told. */
static int tell(cnn_callbacks *c, bool good, cnn_report *report, cnn_error *error)
{
    if (!good) {
        cnn_fail(error, "%s", report->count ? report->problems[report->count - 1].text : "");
        c->unwritten = true;
    }
    cnn_report_free(report);
    return good ? 0 : -1;
}

int cnn_callbacks_write_file(void *host, const char *name, const void *bytes, uint64_t count,
                             cnn_error *error)
{
    cnn_callbacks *c = host;
    cnn_report report = {0};
    if (!cnn_callbacks_allowed(c, CNN_IN_TRAINING, "write_file"))
        return cnn_fail(error, "no file can be written yet");
    if (!c->training->dir)
        return 0;
    char *path = cnn_callbacks_path(c, name, error);
    if (!path)
        return -1;
    const cnn_piece piece = {bytes, count};
    const bool good = cnn_file_write(path, NULL, &piece, 1, &report);
    free(path);
    return tell(c, good, &report, error);
}

cnn_appended *cnn_callbacks_file(cnn_callbacks *c, const char *name)
{
    for (size_t i = 0; i < c->file_count; i++)
        if (strcmp(c->files[i].name, name) == 0)
            return &c->files[i];
    c->files = cnn_realloc(c->files, c->file_count + 1, sizeof *c->files);
    c->files[c->file_count] = (cnn_appended){.name = cnn_strdup(name)};
    return &c->files[c->file_count++];
}

int cnn_callbacks_append_file(void *host, const char *name, const void *bytes, uint64_t count,
                              cnn_error *error)
{
    cnn_callbacks *c = host;
    cnn_report report = {0};
    if (!cnn_callbacks_allowed(c, CNN_IN_TRAINING, "append_file"))
        return cnn_fail(error, "no file can be written yet");
    if (!c->training->dir)
        return 0;
    char *path = cnn_callbacks_path(c, name, error);
    if (!path)
        return -1;
    cnn_appended *file = cnn_callbacks_file(c, name);
    const bool good = cnn_file_extend(path, file->length, bytes, count, &report);
    file->length += good ? count : 0;
    free(path);
    return tell(c, good, &report, error);
}
