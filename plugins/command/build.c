/* build.c - `cnnrun build FILE.c`: compiles a plugin with the flags that the ABI needs.
 *
 * No shell is involved, so names may hold what they like. The compiler writes beside the .so, which
 * is then renamed: a training that has the old one mapped keeps it. */
#define _XOPEN_SOURCE 700 /* mkstemp */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/process.h"
#include "base/program.h"
#include "base/text.h"
#include "command/command.h"
#include "plugin/elfnote.h"
#include "plugin/plugin.h"

#define MAX_FILE_BYTES (256u << 20)

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

/* ---- what to build -------------------------------------------------------------------------- */

typedef struct job {
    const char *source;
    char *out, *name, *made; /* FILE.so; the plugin's name; the temporary file */
    bool plus;               /* C++ */
    bool verbose;
    const char *program;
    cnn_report *report;
} job;

static bool fail(const job *j, int code, const char *what)
{
    return cnn_report_add(j->report, code, CNN_NOWHERE, "%s: %s", j->source, what);
}

/* Output and name, from the source's name or -o. */
static bool name_output(job *j, const char *out)
{
    static const char *const ends[] = {".c", ".cc", ".cpp", ".cxx"};
    const char *dot = strrchr(j->source, '.');
    size_t i = 0;
    while (i < 4 && (!dot || strcmp(dot, ends[i]) != 0))
        i++;
    if (i == 4)
        return fail(j, CNN_EXIT_USAGE, "it must be a source that ends in .c, .cc, .cpp or .cxx");
    j->plus = i > 0;
    j->out = out ? cnn_strdup(out) : cnn_format("%.*s.so", (int)(dot - j->source), j->source);
    const char *slash = strrchr(j->out, '/'), *file = slash ? slash + 1 : j->out;
    const size_t length = strlen(file);
    if (length > 3 && strcmp(file + length - 3, ".so") == 0)
        j->name = cnn_format("%.*s", (int)length - 3, file);
    if (j->name && cnn_is_identifier(j->name))
        return true;
    return cnn_report_add(j->report, CNN_EXIT_USAGE, CNN_NOWHERE,
                          "%s: a plugin's file is its name and .so, and the name must match "
                          "[a-z][a-z0-9_]* and have at most 64 characters",
                          j->out);
}

/* ---- the compiler's line -------------------------------------------------------------------- */

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

static bool compose(const job *j, line *l)
{
    char *text = NULL;
    uint64_t size;
    if (!cnn_file_read(j->source, 16u << 20, CNN_EXIT_PLUGIN, &text, &size, j->report))
        return false;
    char *headers = cnn_file_beside("include/cnnrun/plugin.h", "../include/cnnrun/plugin.h");
    if (!headers) {
        free(text);
        return fail(j, CNN_EXIT_SYSTEM,
                    "the headers are neither in include beside cnnrun nor in ../include from "
                    "there; install cnnrun again");
    }
    const char *compiler = getenv(j->plus ? "CXX" : "CC");
    const char *flags = getenv(j->plus ? "CXXFLAGS" : "CFLAGS");
    add_words(l, compiler && compiler[strspn(compiler, " \t")] ? compiler
                 : j->plus                                     ? CXX_COMPILER
                                                               : C_COMPILER);
    if (j->plus)
        add_words(l, "-std=c++20");
    /* no contraction, as in core: the same bits from gcc and clang */
    add_words(l, "-shared -fPIC -O3 -g -Wall -ffp-contract=off -fno-math-errno "
                 "-fvisibility=hidden " SANITIZER);
    add_word(l, cnn_format("-I%.*s", (int)(strlen(headers) - strlen("/cnnrun/plugin.h")), headers));
    if (flags)
        add_words(l, flags);
    add_word(l, file_word(j->source));
    add_words(l, "-o");
    l->made = l->count;
    add_word(l, file_word(j->made));
    add_link_words(l, text);
    add_words(l, "-lm");
    free(headers);
    free(text);
    return true;
}

/* Prints the line as one would type it, without the temporary file. */
static void show(const job *j, line *l)
{
    cnn_text shown = {0};
    char *made = l->words[l->made];
    l->words[l->made] = j->out;
    cnn_text_add_words(&shown, (const char *const *)l->words);
    l->words[l->made] = made;
    cnn_print(stdout, "%s\n", shown.data);
    cnn_text_free(&shown);
}

static bool run(const job *j, line *l)
{
    int status;
    if (j->verbose)
        show(j, l);
    fflush(stdout);
    const int error =
        cnn_process_run(&(cnn_launch){.program = l->words[0], .arguments = l->words}, &status);
    if (error)
        return cnn_report_add(j->report, CNN_EXIT_PLUGIN, CNN_NOWHERE,
                              "the compiler '%s' cannot be started: %s; install it (apt-get "
                              "install %s), or name another in %s",
                              l->words[0], strerror(error), j->plus ? "g++" : "gcc",
                              j->plus ? "CXX" : "CC");
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    char *what = WIFEXITED(status) ? cnn_format("%s gave exit code %d; nothing was built",
                                                l->words[0], WEXITSTATUS(status))
                                   : cnn_format("%s was ended by signal %d; nothing was built",
                                                l->words[0], WTERMSIG(status));
    fail(j, CNN_EXIT_PLUGIN, what);
    free(what);
    return false;
}

/* ---- what came out -------------------------------------------------------------------------- */

/* The name in CNN_LOSS("name", ...), where the source has it plainly; else NULL. */
static char *written_name(const char *source, const char *kind)
{
    char *macro = cnn_format("\nCNN_%s(", kind), *name = NULL;
    for (char *c = macro; *c; c++)
        *c = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
    const char *at = strstr(source, macro);
    if (at) {
        at += strlen(macro);
        at += strspn(at, " \t\r\n");
        if (*at == '"')
            name = cnn_format("%.*s", (int)strcspn(at + 1, "\"\n"), at + 1);
    }
    free(macro);
    return name;
}

static bool check_name(const job *j, const char *kind)
{
    char *text = NULL;
    uint64_t size;
    if (!cnn_file_read(j->source, 16u << 20, CNN_EXIT_PLUGIN, &text, &size, j->report))
        return false;
    char *name = written_name(text, kind);
    const bool good =
        !name || strcmp(name, j->name) == 0 ||
        cnn_report_add(j->report, CNN_EXIT_PLUGIN, CNN_NOWHERE,
                       "%s: the plugin calls itself '%s', but its file would be %s.so; both must "
                       "have one name",
                       j->source, name, j->name);
    free(name);
    free(text);
    return good;
}

/* Reads the note of what was made; *kind is its kind's name. */
static bool check_note(const job *j, const char **kind)
{
    char *data = NULL;
    uint64_t size;
    cnn_abi abi;
    if (!cnn_file_read(j->made, MAX_FILE_BYTES, CNN_EXIT_PLUGIN, &data, &size, j->report))
        return false;
    char *flaw = cnn_elfnote_read(data, size, &abi), *what = NULL;
    free(data);
    if (flaw)
        what = cnn_format("it compiles, but is no plugin: %s", flaw);
    else if ((flaw = cnn_elfnote_compare(&abi, 0)))
        what = cnn_format("it compiles, but does not fit this cnnrun: %s", flaw);
    free(flaw);
    if (what) {
        fail(j, CNN_EXIT_PLUGIN, what);
        free(what);
        return false;
    }
    *kind = cnn_kind_name(abi.kind);
    return *kind ? check_name(j, *kind) : fail(j, CNN_EXIT_PLUGIN, "it is of an unknown kind");
}

/* Puts it in place, with the rights that the umask leaves, and none to write for everyone. */
static bool put_in_place(const job *j)
{
    struct stat s;
    if (stat(j->made, &s) != 0 || chmod(j->made, s.st_mode & 0775) != 0 ||
        rename(j->made, j->out) != 0)
        return cnn_report_add(j->report, CNN_EXIT_OUTPUT, CNN_NOWHERE, "%s: cannot be written: %s",
                              j->out, strerror(errno));
    const char *slash = strrchr(j->out, '/');
    char *folder = slash ? cnn_format("%.*s", (int)(slash - j->out + 1), j->out) : cnn_strdup(".");
    if (stat(folder, &s) == 0 && s.st_mode & S_IWOTH)
        cnn_report_add(j->report, 0, CNN_NOWHERE,
                       "%s: its folder is writable by everyone, so cnnrun will not open it there; "
                       "chmod o-w '%s', or put it elsewhere by -o",
                       j->out, folder);
    free(folder);
    return true;
}

static void print_next(const job *j, const char *kind)
{
    const bool bare = !strchr(j->out, '/') || j->out[0] == '-';
    char *so = cnn_format("%s%s", bare ? "./" : "", j->out);
    cnn_text text = {0};
    cnn_text_add(&text, "built %s/%s: %s; next:\n  ", kind, j->name, j->out);
    cnn_text_add_words(&text, (const char *const[]){j->program, "check", so, NULL});
    cnn_print(stdout, "%s\n", text.data);
    cnn_text_free(&text);
    free(so);
}

static void build(job *j)
{
    const char *kind;
    line l = {0};
    const int fd = mkstemp(j->made);
    if (fd < 0) {
        cnn_report_add(j->report, CNN_EXIT_OUTPUT, CNN_NOWHERE, "%s: cannot be written: %s", j->out,
                       strerror(errno));
        return;
    }
    close(fd);
    unlink(j->made); /* the linker makes it anew, with the rights that the umask leaves */
    if (compose(j, &l) && run(j, &l) && check_note(j, &kind) && put_in_place(j))
        print_next(j, kind);
    else
        unlink(j->made);
    free_line(&l);
}

static struct given {
    const char *out;
    bool verbose;
} given;

static const cnn_option options[] = {
    {NULL, 'o', CNN_OPTION_TEXT, "FILE.so", &given.out, 0, 0, "what is made (default: FILE.so)"},
    {"verbose", 'v', CNN_OPTION_FLAG, NULL, &given.verbose, 0, 0, "print the compiler's command"},
    {0},
};

static int run_build(const cnn_call *call, cnn_report *report)
{
    job j = {.source = call->arguments[0],
             .verbose = given.verbose,
             .program = call->program,
             .report = report};
    if (name_output(&j, given.out)) {
        j.made = cnn_format("%s.XXXXXX", j.out);
        build(&j);
    }
    free(j.made);
    free(j.name);
    free(j.out);
    return cnn_report_code(report);
}

int main(int count, char **arguments)
{
    static const cnn_command command = {
        .name = "build",
        .usage = "usage: cnnrun build FILE.c [-o FILE.so] [-v]\n"
                 "                                          compile a plugin; -v shows the command",
        .options = options,
        .min = 1,
        .max = 1,
        .takes = "one FILE.c",
        .run = run_build,
    };
    return cnn_command_main(&command, count, arguments);
}
