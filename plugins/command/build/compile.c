/* compile.c - the compiler's command line for a plugin, with the flags that the ABI needs.
 *
 * No shell is involved, so names may hold what they like. */
#include "build/compile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/process.h"
#include "base/program.h"
#include "base/text.h"

/* A command line under way; its words are copies. */
typedef struct line {
    char **words;       /* ended by NULL */
    size_t count, made; /* `made` is the word that is the temporary file */
} line;

static void add_word(line *l, char *word)
{
    l->words = cnn_realloc(l->words, l->count + 2, sizeof *l->words);
    l->words[l->count++] = word;
    l->words[l->count] = NULL;
}

/* What stands between blanks. */
static void add_words(line *l, const char *text)
{
    char *copy = cnn_strdup(text), *rest = copy, *word;
    while ((word = strtok_r(rest, " \t", &rest)))
        add_word(l, cnn_strdup(word));
    free(copy);
}

/* A file name that no program takes for an option. */
static char *file_word(const char *path)
{
    return cnn_format("%s%s", path[0] == '-' ? "./" : "", path);
}

static void free_line(line *l)
{
    for (size_t i = 0; i < l->count; i++)
        free(l->words[i]);
    free(l->words);
}

#if defined __SANITIZE_THREAD__
#define SANITIZER "-fsanitize=thread"
#elif defined __SANITIZE_ADDRESS__
#define SANITIZER "-fsanitize=address"
#elif defined __has_feature
#if __has_feature(thread_sanitizer)
#define SANITIZER "-fsanitize=thread"
#elif __has_feature(address_sanitizer)
#define SANITIZER "-fsanitize=address"
#endif
#endif

/* A plugin must be built with the sanitizer of the host, by its compiler; clang's runtime is not
 * linked into a .so, so that there symbols stay undefined. */
#ifndef SANITIZER
#define SANITIZER "-Wl,-z,defs"
#define C_COMPILER "cc"
#define CXX_COMPILER "c++"
#elif defined __clang__
#define C_COMPILER "clang"
#define CXX_COMPILER "clang++"
#else
#define C_COMPILER "gcc"
#define CXX_COMPILER "g++"
#endif

/* The words behind "link:" in a comment line of their own: what the plugin is linked with. */
static void add_link_words(line *l, const char *source)
{
    static const char start[] = "/* link: ";
    for (const char *at = source; at; at = strchr(at, '\n')) {
        at += *at == '\n';
        const size_t length = strcspn(at, "\r\n");
        if (strncmp(at, start, sizeof start - 1) != 0 || length < sizeof start + 2 ||
            strncmp(at + length - 3, " */", 3) != 0)
            continue;
        char *words = cnn_format("%.*s", (int)(length - sizeof start - 2), at + sizeof start - 1);
        add_words(l, words);
        free(words);
    }
}

static bool compose(const cnn_compilation *c, line *l, cnn_report *report)
{
    char *text = NULL;
    uint64_t size;
    if (!cnn_file_read(c->source, 16u << 20, CNN_EXIT_PLUGIN, &text, &size, report))
        return false;
    char *headers = cnn_file_beside("include/cnnrun/plugin.h", "../include/cnnrun/plugin.h");
    if (!headers) {
        free(text);
        return cnn_report_add(report, CNN_EXIT_SYSTEM, CNN_NOWHERE,
                              "%s: the headers are neither in include beside cnnrun nor in "
                              "../include from there; install cnnrun again",
                              c->source);
    }
    const char *compiler = getenv(c->plus ? "CXX" : "CC");
    const char *flags = getenv(c->plus ? "CXXFLAGS" : "CFLAGS");
    add_words(l, compiler && compiler[strspn(compiler, " \t")] ? compiler
                 : c->plus                                     ? CXX_COMPILER
                                                               : C_COMPILER);
    if (c->plus)
        add_words(l, "-std=c++20");
    /* no contraction, as in core: the same bits from gcc and clang */
    add_words(l, "-shared -fPIC -O3 -g -Wall -ffp-contract=off -fno-math-errno "
                 "-fvisibility=hidden " SANITIZER);
    add_word(l, cnn_format("-I%.*s", (int)(strlen(headers) - strlen("/cnnrun/plugin.h")), headers));
    if (flags)
        add_words(l, flags);
    add_word(l, file_word(c->source));
    add_words(l, "-o");
    l->made = l->count;
    add_word(l, file_word(c->made));
    add_link_words(l, text);
    add_words(l, "-lm");
    free(headers);
    free(text);
    return true;
}

/* Prints the line as one would type it, with `out` in place of the temporary file. */
static void show(const line *l, const char *out)
{
    cnn_text shown = {0};
    char *const made = l->words[l->made];
    l->words[l->made] = cnn_strdup(out);
    cnn_text_add_words(&shown, (const char *const *)l->words);
    free(l->words[l->made]);
    l->words[l->made] = made;
    cnn_print(stdout, "%s\n", shown.data);
    cnn_text_free(&shown);
}

static bool run(const cnn_compilation *c, const line *l, cnn_report *report)
{
    int status;
    const int error =
        cnn_process_run(&(cnn_launch){.program = l->words[0], .arguments = l->words}, &status);
    if (error)
        return cnn_report_add(report, CNN_EXIT_PLUGIN, CNN_NOWHERE,
                              "the compiler '%s' cannot be started: %s; install it (apt-get "
                              "install %s), or name another in %s",
                              l->words[0], strerror(error), c->plus ? "g++" : "gcc",
                              c->plus ? "CXX" : "CC");
    if (!WIFEXITED(status))
        return cnn_report_add(report, CNN_EXIT_PLUGIN, CNN_NOWHERE,
                              "%s: %s was ended by signal %d; nothing was built", c->source,
                              l->words[0], WTERMSIG(status));
    return WEXITSTATUS(status) == 0 || cnn_report_add(report, CNN_EXIT_PLUGIN, CNN_NOWHERE,
                                                      "%s: %s gave exit code %d; nothing was built",
                                                      c->source, l->words[0], WEXITSTATUS(status));
}

bool cnn_compile(const cnn_compilation *compilation, cnn_report *report)
{
    line l = {0};
    bool good = compose(compilation, &l, report);
    if (good && compilation->shown)
        show(&l, compilation->shown);
    fflush(stdout);
    good = good && run(compilation, &l, report);
    free_line(&l);
    return good;
}
