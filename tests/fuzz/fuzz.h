/* fuzz.h - what fuzz targets share: a folder in memory, the built plugins, what holds of any
 * report.
 *
 * A target is fuzz_NAME.c. `make fuzz` links it with libFuzzer, `make unit` with replay.c, which
 * runs it on all files of corpus/fuzz_NAME/. What it asserts, it asserts by CNN_BUG_IF. */
#ifndef FUZZ_H
#define FUZZ_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "plugin/plugin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* Called once before, where a target has it. */
__attribute__((weak)) int LLVMFuzzerInitialize(int *count, char ***arguments);

/* In memory where the system has a file system for that. */
static char fuzz_folder_path[] = "/dev/shm/cnnrun_fuzz_XXXXXX";

static inline void fuzz_folder_remove(void)
{
    char command[64];
    (void)snprintf(command, sizeof command, "rm -rf %s", fuzz_folder_path);
    CNN_BUG_IF(system(command) != 0);
}

/* Made at the first call, removed when the process ends by itself. */
static inline const char *fuzz_folder(void)
{
    static bool made;
    if (!made && !mkdtemp(fuzz_folder_path)) {
        memcpy(fuzz_folder_path, "/tmp/cnnrun_fuzz_XXXXXX", sizeof "/tmp/cnnrun_fuzz_XXXXXX");
        CNN_BUG_IF(!mkdtemp(fuzz_folder_path));
    }
    if (!made)
        CNN_BUG_IF(atexit(fuzz_folder_remove) != 0);
    made = true;
    return fuzz_folder_path;
}

/* Writes a file below the folder; its path, which the caller frees. */
static inline char *fuzz_file(const char *name, const void *data, size_t size)
{
    char *path = cnn_path_join(fuzz_folder(), name);
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CNN_BUG_IF(file < 0 || (size && write(file, data, size) != (ssize_t)size) || close(file) != 0);
    return path;
}

/* The plugins of this build, those of `kind` (0: all) opened: those of $CNNRUN_BUILD, else those
 * beside the program. */
static inline cnn_plugins *fuzz_plugins(uint32_t kind)
{
    cnn_report report = {0};
    const char *build = getenv("CNNRUN_BUILD");
    char *path = cnn_format("%s/plugins", build ? build : "");
    cnn_plugins *plugins = cnn_plugins_new((const char *const *)&path, build ? 1 : 0, &report);
    size_t count;
    CNN_BUG_IF(!plugins);
    cnn_plugin_entry *entries = cnn_plugins_list(plugins, kind, &count, &report);
    for (size_t i = 0; i < count; i++)
        CNN_BUG_IF(
            !cnn_plugins_open(plugins, entries[i].kind, entries[i].name, CNN_NOWHERE, &report));
    CNN_BUG_IF(count == 0 || report.count > 0);
    cnn_plugin_entries_free(entries, count);
    free(path);
    return plugins;
}

static inline bool fuzz_printable(const char *text)
{
    for (; *text; text++)
        if (((unsigned char)*text < ' ' && !strchr("\n\t", *text)) || *text == 127)
            return false;
    return true;
}

/* A call failed if and only if it left an error; each is a line to print, with one of the two exit
 * codes. */
static inline void fuzz_check(const cnn_report *report, bool good, int code, int other)
{
    size_t errors = 0;
    for (size_t i = 0; i < report->count; i++) {
        const cnn_problem *problem = &report->problems[i];
        char *line = cnn_report_line(report, i);
        errors += problem->code != 0;
        CNN_BUG_IF(problem->code != 0 && problem->code != code && problem->code != other);
        CNN_BUG_IF(!problem->text[0] || !fuzz_printable(line));
        free(line);
    }
    CNN_BUG_IF(errors != report->errors);
    CNN_BUG_IF(good != (errors == 0));
}

#endif
