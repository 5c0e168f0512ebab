/* option.c - the options of a command as one table: read from its arguments, and printed by --help.
 */
#include "command/option.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

/* The options of cnnrun's own commands: of one that a command does not take, it is said that it is
 * the command that does not take it. */
static const struct {
    const char *name;
    bool takes;
} known[] = {
    {"set", true},      {"seed", true},        {"epochs", true},        {"threads", true},
    {"out", true},      {"plugin-path", true}, {"data", true},          {"only", true},
    {"jobs", true},     {"resume", false},     {"force-resume", false}, {"strict-resume", false},
    {"dry-run", false}, {"quiet", false},      {"profile", false},      {"json", false},
    {"verbose", false}, {"invert", false},     {"help", false},         {"version", false}};

void cnn_words_add(cnn_words *words, const char *item)
{
    words->items = cnn_realloc(words->items, words->count + 1, sizeof *words->items);
    words->items[words->count++] = item;
}

void cnn_words_free(cnn_words *words)
{
    free(words->items);
    *words = (cnn_words){0};
}

/* Whether `word` without its dashes, up to its end or "=", is this name. */
static bool is_named(const char *word, const char *name)
{
    const size_t length = strcspn(word, "=");
    return name && strlen(name) == length && strncmp(word, name, length) == 0;
}

static bool is_end(const cnn_option *option)
{
    return !option->name && !option->letter;
}

size_t cnn_option_width(const char *word)
{
    if (word[0] != '-' || !word[1])
        return 0;
    if (word[1] != '-')
        return strcmp(word, "-o") == 0 ? 2 : 1;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (is_named(word + 2, known[i].name))
            return known[i].takes && !strchr(word, '=') ? 2 : 1;
    return 0;
}

/* The option that was meant by a name that is none: the one that alone begins with it, else the
 * nearest; NULL where none is near. */
static const char *find_meant(const cnn_option *options, const char *name)
{
    const char *meant = NULL;
    size_t begun = 0;
    cnn_words names = {0};
    for (; !is_end(options); options++) {
        if (!options->name)
            continue;
        if (*name && strncmp(options->name, name, strlen(name)) == 0) {
            meant = options->name;
            begun++;
        }
        cnn_words_add(&names, options->name);
    }
    if (begun != 1)
        meant = cnn_nearest(name, names.items, names.count);
    cnn_words_free(&names);
    return meant;
}

static char *refuse_name(const cnn_option *options, const char *command, const char *word)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (is_named(word + 2, known[i].name))
            return cnn_format("%s does not take --%s", command, known[i].name);
    char *name = cnn_format("%.*s", (int)strcspn(word + 2, "="), word + 2);
    const char *meant = find_meant(options, name);
    char *fault = meant ? cnn_format("unrecognized option '%s'; did you mean '--%s'?", word, meant)
                        : cnn_format("unrecognized option '%s'", word);
    free(name);
    return fault;
}

/* Puts a value where it goes; NULL, or what is wrong with it. */
static char *store(const cnn_option *option, const char *written, const char *text)
{
    char *end;
    if (text && !*text)
        return cnn_format("%s is empty; it must have a value", written);
    switch (option->type) {
    case CNN_OPTION_FLAG:
        *(bool *)option->to = true;
        return NULL;
    case CNN_OPTION_TEXT:
        *(const char **)option->to = text;
        return NULL;
    case CNN_OPTION_WORDS:
        cnn_words_add(option->to, text);
        return NULL;
    case CNN_OPTION_INTEGER:
        break;
    }
    errno = 0;
    const long long value = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end || value < option->min || value > option->max)
        return cnn_format("%s is '%s'; it must be an integer from %lld to %lld", written, text,
                          option->min, option->max);
    *(cnn_integer *)option->to = (cnn_integer){value, true};
    return NULL;
}

/* The arguments while they are read. */
typedef struct reader {
    const cnn_option *options;
    const char *command;
    char *const *words;
    size_t count, at; /* at: the next one */
} reader;

/* --NAME, --NAME=VALUE, or --NAME VALUE. */
static char *read_long(reader *r, const char *word)
{
    const cnn_option *option = r->options;
    const char *equal = strchr(word, '='), *value = equal ? equal + 1 : NULL;
    while (!is_end(option) && !is_named(word + 2, option->name))
        option++;
    if (is_end(option))
        return refuse_name(r->options, r->command, word);
    if (option->type == CNN_OPTION_FLAG && value)
        return cnn_format("option '--%s' doesn't allow an argument", option->name);
    if (option->type != CNN_OPTION_FLAG && !value) {
        if (r->at == r->count)
            return cnn_format("option '--%s' requires an argument", option->name);
        value = r->words[r->at++];
    }
    char *written = cnn_format("--%s", option->name), *fault = store(option, written, value);
    free(written);
    return fault;
}

/* -v, -o VALUE, -oVALUE, or several letters after one dash. */
static char *read_letters(reader *r, const char *word)
{
    char *fault = NULL;
    for (const char *letter = word + 1; *letter && !fault; letter++) {
        const cnn_option *option = r->options;
        while (!is_end(option) && option->letter != *letter)
            option++;
        if (is_end(option))
            return cnn_format("invalid option -- '%c'", *letter);
        const char written[] = {'-', *letter, '\0'}, *value = NULL;
        if (option->type != CNN_OPTION_FLAG) {
            value = letter + 1;
            letter += strlen(letter) - 1;
            if (!*value && r->at == r->count)
                return cnn_format("option requires an argument -- '%c'", option->letter);
            if (!*value)
                value = r->words[r->at++];
        }
        fault = store(option, written, value);
    }
    return fault;
}

bool cnn_options_read(const cnn_option *options, const char *command, char *const *words,
                      size_t count, cnn_words *rest, char **fault)
{
    reader r = {options, command, words, count, 0};
    bool ended = false;
    *fault = NULL;
    while (r.at < count && !*fault) {
        const char *word = words[r.at++];
        if (ended || word[0] != '-' || !word[1])
            cnn_words_add(rest, word);
        else if (strcmp(word, "--") == 0)
            ended = true;
        else
            *fault = word[1] == '-' ? read_long(&r, word) : read_letters(&r, word);
    }
    return !*fault;
}

#define COLUMN 22 /* where the help of an option begins */

void cnn_options_print(const cnn_option *options)
{
    for (; !is_end(options); options++) {
        cnn_text left = {0};
        if (options->letter)
            cnn_text_add(&left, "-%c%s", options->letter, options->name ? ", " : "");
        if (options->name)
            cnn_text_add(&left, "--%s", options->name);
        if (options->argument)
            cnn_text_add(&left, " %s", options->argument);
        printf("  %-*s", COLUMN - 2, left.data);
        for (const char *line = options->help; line;) {
            const size_t length = strcspn(line, "\n");
            printf("%s%.*s\n", line == options->help ? "" : "                      ", (int)length,
                   line);
            line = line[length] ? line + length + 1 : NULL;
        }
        cnn_text_free(&left);
    }
}
