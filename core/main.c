/* main.c - the command line: a command, which is a program that this one becomes, or a training. */
#include <cnnrun/cnnrun.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "command/command.h"
#include "command/request.h"
#include "programs.h"
#include "train.h"

#define USAGE                                                                                      \
    "usage: cnnrun PIPELINE.yaml [options]     train, or run an experiment; --dry-run only checks"

/* The command line's words, NULL at their end. */
static char **all_words;

/* What --help shows: the commands that are installed, each by what it says of itself, the options
 * of a training, exit codes. Of a program that somebody put into a folder of their own only the
 * name is shown: it is not started for that. */
static void print_help(void)
{
    size_t installed;
    cnn_words names = cnn_programs_list(all_words + 1, &installed);
    puts(USAGE);
    for (size_t i = 0; i < names.count; i++) {
        if (i >= installed)
            printf("       cnnrun %s\n", names.items[i]);
        else if (strcmp(names.items[i], "experiment") != 0) /* which a file with runs becomes */
            cnn_programs_print_usage(names.items[i]);
        free((void *)(uintptr_t)names.items[i]);
    }
    cnn_words_free(&names);
    puts("       cnnrun COMMAND --help              what a command takes");
    puts("\ntraining");
    cnn_options_print(cnn_request_options);
    puts("all\n"
         "  -h, --help, --version\n"
         "\n"
         "exit codes: 0 done, 1 system, 2 usage, 3 pipeline, 4 data, 5 plugin, 6 diverged,\n"
         "7 checkpoint or output, 8 runs of an experiment failed, 128+n ended by signal n");
}

static const cnn_command training = {
    .usage = USAGE,
    .options = cnn_request_options,
    .min = 1,
    .max = 1,
    .takes = "one PIPELINE.yaml",
    .run = cnn_train_run,
    .help = print_help,
};

/* The place of the first word that is no option; `count` where there is none, or where an option
 * that nobody has stands before it. */
static size_t find_word(char *const *words, size_t count)
{
    size_t at = 1;
    while (at < count && strcmp(words[at], "--") != 0) {
        const size_t width = cnn_option_width(words[at]);
        if (width == 0)
            return words[at][0] == '-' && words[at][1] ? count : at;
        at += width;
    }
    return count;
}

static bool is_file_name(const char *word)
{
    const char *dot = strrchr(word, '.');
    return strchr(word, '/') || (dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0));
}

/* A word that is neither a command nor a file is a misspelt command. */
static int refuse_word(char **words, size_t at, size_t count)
{
    const char *word = words[at];
    size_t installed;
    if (strcmp(word, "train") == 0)
        return cnn_command_refuse("training needs no command word; write: cnnrun %s",
                                  at + 1 < count ? words[at + 1] : "PIPELINE.yaml");
    cnn_words names = cnn_programs_list(words + 1, &installed);
    cnn_words_add(&names, cnn_strdup("help"));
    char *hint = cnn_suggest(word, names.items, names.count);
    const int code = cnn_command_refuse("'%s' is no command and no file%s", word, hint);
    for (size_t i = 0; i < names.count; i++)
        free((void *)(uintptr_t)names.items[i]);
    cnn_words_free(&names);
    free(hint);
    return code;
}

/* Becomes the command at words[at]; options that stand before its word follow it. */
static int become(const char *path, char **words, size_t at, size_t count)
{
    cnn_report report = {0};
    char **arguments = cnn_alloc(count, sizeof *arguments);
    memcpy(arguments, words, at * sizeof *words);
    memcpy(arguments + at, words + at + 1, (count - at - 1) * sizeof *words);
    const int code = cnn_programs_become(path, arguments, &report);
    free(arguments);
    return cnn_command_end(&report, code);
}

/* Whether a training is meant: a file, or no word at all. */
static bool is_training(const char *word, bool more)
{
    if (!word || !*word || is_file_name(word))
        return true;
    return (access(word, F_OK) == 0 && !(strcmp(word, "train") == 0 && more)) || strchr(word, '.');
}

int main(int count, char **arguments)
{
    const size_t words = (size_t)count, at = find_word(arguments, words);
    const char *word = at < words ? arguments[at] : NULL;
    cnn_memory_guard();
    all_words = arguments;
    if (word && strcmp(word, "help") == 0) {
        static char help[] = "--help";
        char *asked[] = {arguments[0], help, NULL};
        return cnn_command_main(&training, 2, asked);
    }
    char *path = word && !is_file_name(word) ? cnn_programs_find(word, arguments + 1) : NULL;
    int code;
    cnnrun_name_crashes();
    if (path)
        code = become(path, arguments, at, words);
    else if (is_training(word, at + 1 < words))
        code = cnn_command_main(&training, count, arguments);
    else
        code = refuse_word(arguments, at, words);
    free(path);
    return code;
}
