/* build.c - `cnnrun build FILE.c`: makes a plugin of a source, and looks at what came out.
 *
 * The compiler writes beside the .so, which is then renamed: a training that has the old one mapped
 * keeps it. */
#define _XOPEN_SOURCE 700 /* mkstemp */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "build/compile.h"
#include "command/command.h"

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

/* Says what is wrong with the file that was made, which nobody has seen: in the name of its source.
 */
static void pass_on(const job *j, cnnrun_error *error)
{
    cnnrun_message m = {.struct_size = sizeof m};
    if (!cnnrun_error_message(error, 0, &m) || !m.file) {
        cnn_command_take(error, j->report);
        return;
    }
    char *what = cnn_format("it compiles, but %s", m.text);
    fail(j, m.code, what);
    free(what);
}

/* Reads the note of what was made; *kind is its kind's name. */
static bool check_note(const job *j, const char **kind)
{
    uint32_t number;
    cnnrun_error *error = cnnrun_error_new();
    const bool good = cnnrun_plugin_kind(j->made, &number, error);
    if (!good)
        pass_on(j, error);
    cnnrun_error_free(error);
    if (!good)
        return false;
    *kind = cnnrun_kind_name(number);
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
    const cnn_compilation compilation = {j->source, j->plus, j->made, j->verbose ? j->out : NULL};
    const int fd = mkstemp(j->made);
    if (fd < 0) {
        cnn_report_add(j->report, CNN_EXIT_OUTPUT, CNN_NOWHERE, "%s: cannot be written: %s", j->out,
                       strerror(errno));
        return;
    }
    close(fd);
    unlink(j->made); /* the linker makes it anew, with the rights that the umask leaves */
    if (cnn_compile(&compilation, j->report) && check_note(j, &kind) && put_in_place(j))
        print_next(j, kind);
    else
        unlink(j->made);
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
