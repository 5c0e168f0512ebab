/* programs.c - commands that are programs: finds them, lists them, becomes them. */
#include "programs.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/process.h"
#include "base/program.h"
#include "base/text.h"
#include "command/command.h"
#include "plugin/plugin.h"

/* [a-z][a-z0-9_-]*, so that a name leads to no other folder. */
static bool is_name(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    return *name && strspn(name, letters) > 0 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == strlen(name);
}

/* Where nothing can be known of the file, it may well be one: who starts it says what is wrong. */
static bool is_program(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 ? S_ISREG(s.st_mode) : errno != ENOENT && errno != ENOTDIR;
}

/* ---- folders -------------------------------------------------------------------------------- */

/* Takes over the folder. */
static void add_folder(cnn_words *folders, char *folder)
{
    cnn_words_add(folders, cnn_path_join(folder, "command"));
    free(folder);
}

static void free_words(cnn_words *words)
{
    for (size_t i = 0; i < words->count; i++)
        free((void *)(uintptr_t)words->items[i]);
    cnn_words_free(words);
}

/* DIR/command of each --plugin-path among the words, then of the environment. */
static cnn_words added_folders(char *const *words)
{
    static const char option[] = "--plugin-path";
    const size_t length = sizeof option - 1;
    cnn_words folders = {0};
    for (; *words && strcmp(*words, "--") != 0; words++)
        if (strcmp(*words, option) == 0 && words[1])
            add_folder(&folders, cnn_strdup(*++words));
        else if (strncmp(*words, option, length) == 0 && (*words)[length] == '=')
            add_folder(&folders, cnn_strdup(*words + length + 1));
    const char *list = getenv("CNNRUN_PLUGIN_PATH");
    if (!list || getauxval(AT_SECURE))
        return folders;
    char *copy = cnn_strdup(list), *rest = copy, *part;
    while ((part = strtok_r(rest, ":", &rest)))
        add_folder(&folders, cnn_strdup(part));
    free(copy);
    return folders;
}

char *cnn_programs_find(const char *name, char *const *words)
{
    if (!is_name(name))
        return NULL;
    char *found = cnn_file_command(name);
    if (found && is_program(found))
        return found;
    free(found);
    found = NULL;
    cnn_words folders = added_folders(words);
    for (size_t i = 0; !found && i < folders.count; i++) {
        found = cnn_path_join(folders.items[i], name);
        if (!is_program(found)) {
            free(found);
            found = NULL;
        }
    }
    free_words(&folders);
    return found;
}

/* ---- becoming one --------------------------------------------------------------------------- */

int cnn_programs_become(const char *path, char **arguments, cnn_report *report)
{
    if (!cnn_plugin_check_program(path, report))
        return cnn_report_code(report);
    char *program = cnn_program_path();
    if (program && setenv(CNN_PROGRAM_VARIABLE, program, 1) != 0)
        cnn_out_of_memory();
    free(program);
    return cnn_process_become(path, arguments, report);
}

/* ---- listing -------------------------------------------------------------------------------- */

static int by_name(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static bool is_listed(const cnn_words *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->items[i], name) == 0)
            return true;
    return false;
}

/* Adds the programs of a folder, sorted; one that cannot be read has none. */
static void add_names(cnn_words *names, const char *folder)
{
    const size_t first = names->count;
    DIR *dir = opendir(folder);
    struct dirent *file;
    while (dir && (file = readdir(dir))) {
        char *path = cnn_path_join(folder, file->d_name);
        if (is_name(file->d_name) && access(path, X_OK) == 0 && is_program(path) &&
            !is_listed(names, file->d_name))
            cnn_words_add(names, cnn_strdup(file->d_name));
        free(path);
    }
    if (dir)
        closedir(dir);
    if (names->count > first)
        qsort(names->items + first, names->count - first, sizeof *names->items, by_name);
}

cnn_words cnn_programs_list(char *const *words, size_t *installed)
{
    cnn_words names = {0}, folders = added_folders(words);
    char *folder = cnn_file_command("");
    if (folder)
        add_names(&names, folder);
    *installed = names.count;
    for (size_t i = 0; i < folders.count; i++)
        add_names(&names, folders.items[i]);
    free_words(&folders);
    free(folder);
    return names;
}

void cnn_programs_print_usage(const char *name)
{
    static const char begin[] = "usage: ";
    char *path = cnn_file_command(name), line[512];
    cnn_text command = {0};
    cnn_text_add_words(&command, (const char *const[]){path, "--help", NULL});
    cnn_text_add(&command, " 2>/dev/null </dev/null");
    fflush(stdout);
    FILE *help = popen(command.data, "r");
    for (bool first = true; help && fgets(line, sizeof line, help) && *line != '\n';
         first = false) {
        const bool marked = first && strncmp(line, begin, sizeof begin - 1) == 0;
        cnn_print(stdout, "%s%s", marked ? "       " : "", marked ? line + sizeof begin - 1 : line);
    }
    if (help)
        pclose(help);
    cnn_text_free(&command);
    free(path);
}
