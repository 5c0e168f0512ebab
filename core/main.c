/* main.c - the command line: reads it, runs one command, prints what went wrong, exits. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/option.h"
#include "base/text.h"
#include "command.h"
#include "plugin/crash.h"

static const char usage[] =
    "usage: cnnrun PIPELINE.yaml [options]     train, or run an experiment; --dry-run only checks\n"
    "       cnnrun evaluate RUN_DIR [options]  loss and metrics of a run\n"
    "       cnnrun predict RUN_DIR IMAGE...    class and probabilities of PNG images, or "
    "FILE:INDEX\n"
    "                                          of an IDX file\n"
    "       cnnrun report RUN_DIR... [-o FILE.html]\n"
    "                                          one page: curves, tables, confusion matrices\n"
    "       cnnrun plugins [KIND | NAME | KIND/NAME] [--json]\n"
    "                                          what is installed; one plugin's manual\n"
    "       cnnrun check NAME | KIND/NAME | FILE.so ...\n"
    "                                          is a plugin right? cnnrun check --help\n"
    "       cnnrun new KIND NAME [DIR]         a plugin to start from, and its pipeline\n"
    "       cnnrun build FILE.c [-o FILE.so] [-v]\n"
    "                                          compile a plugin; -v shows the command\n"
    "\n"
    "training\n"
    "  --set PATH=VALUE    set a value of the pipeline, keys joined by dots, list items\n"
    "                      by number: --set network.layers.0.conv2d.filters=16; repeatable\n"
    "  --seed N            as --set seed=N\n"
    "  --epochs N          as --set train.epochs=N\n"
    "  --out DIR           the run's folder (default: runs/NAME-001, -002, ...)\n"
    "  --resume            go on with --out DIR, else with the newest unfinished run\n"
    "  --force-resume      ... also where data, seed or pipeline are not the run's\n"
    "  --strict-resume     ... only where plugin files, version and instruction set are, too\n"
    "  --dry-run           check everything, print the resolved pipeline and the network\n"
    "  --profile           print where the time went, layer by layer\n"
    "  --quiet             print errors and warnings only\n"
    "  --only NAME         of an experiment: this run only; repeatable\n"
    "  --jobs N            of an experiment: N runs at a time (default: 1)\n"
    "evaluate\n"
    "  --data SPLIT        train, validation or test (default: test)\n"
    "  --json              print JSON\n"
    "predict\n"
    "  --invert            the images are dark on light, the training data's light on dark\n"
    "  --json              print JSON\n"
    "all\n"
    "  --threads N         of training, evaluate: worker threads (default: the CPUs allowed);\n"
    "                      does not change results\n"
    "  --plugin-path DIR   of all but new, build and report: look for plugins here first; "
    "repeatable\n"
    "  -h, --help, --version\n"
    "\n"
    "exit codes: 0 done, 1 system, 2 usage, 3 pipeline, 4 data, 5 plugin, 6 diverged,\n"
    "7 checkpoint or output, 8 runs of an experiment failed, 128+n ended by signal n\n";

static int print_usage(const cnn_options *options, cnn_report *report)
{
    (void)options, (void)report;
    fputs(usage, stdout);
    return CNN_EXIT_DONE;
}

typedef struct command {
    const char *name; /* NULL: training, which has none */
    int (*run)(const cnn_options *options, cnn_report *report);
    const char *flags; /* the options it takes, by their letters below */
    size_t min, max;   /* arguments */
    const char *arguments;
    int (*raw)(char **arguments, cnn_report *report); /* instead: reads its arguments itself */
} command;

static const command commands[] = {
    {"build", cnn_command_build, "ov", 1, 1, "one FILE.c", NULL},
    {"check", NULL, "", 0, 0, NULL, cnn_command_check},
    {"evaluate", cnn_command_evaluate, "dtpj", 1, 1, "the folder of a run", NULL},
    {"help", print_usage, "", 0, SIZE_MAX, "anything", NULL},
    {"new", cnn_command_new, "", 2, 3, "a KIND, a NAME, and perhaps a folder", NULL},
    {"plugins", cnn_command_plugins, "pj", 0, 1, "at most one KIND, NAME or KIND/NAME", NULL},
    {"predict", cnn_command_predict, "ipj", 2, SIZE_MAX, "the folder of a run and images", NULL},
    {"report", cnn_command_report, "o", 1, SIZE_MAX, "folders of runs or of an experiment", NULL},
    {NULL, cnn_command_train, "snetpoRFSDqPJO", 1, 1, "one PIPELINE.yaml", NULL},
};

static const struct option options_known[] = {
    {"set", required_argument, NULL, 's'},
    {"seed", required_argument, NULL, 'n'},
    {"epochs", required_argument, NULL, 'e'},
    {"threads", required_argument, NULL, 't'},
    {"out", required_argument, NULL, 'o'},
    {"plugin-path", required_argument, NULL, 'p'},
    {"data", required_argument, NULL, 'd'},
    {"resume", no_argument, NULL, 'R'},
    {"force-resume", no_argument, NULL, 'F'},
    {"strict-resume", no_argument, NULL, 'S'},
    {"dry-run", no_argument, NULL, 'D'},
    {"quiet", no_argument, NULL, 'q'},
    {"profile", no_argument, NULL, 'P'},
    {"json", no_argument, NULL, 'j'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {"verbose", no_argument, NULL, 'v'},
    {"jobs", required_argument, NULL, 'J'},
    {"only", required_argument, NULL, 'O'},
    {"invert", no_argument, NULL, 'i'},
    {NULL, 0, NULL, 0},
};

/* Room for every argument of the command line; freed at the end. */
typedef struct lists {
    const char **paths, **only;
    char **assignments, **origins;
} lists;

__attribute__((format(printf, 1, 2))) static int fail_usage(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = cnn_format_va(format, args), *shown = cnn_printable(text, "");
    va_end(args);
    fprintf(stderr, "cnnrun: %s; see: cnnrun --help\n", shown);
    free(shown);
    free(text);
    return CNN_EXIT_USAGE;
}

static bool read_integer(const char *name, const char *text, long long min, long long max,
                         long long *value)
{
    char *end;
    errno = 0;
    *value = strtoll(text, &end, 10);
    if (errno == 0 && end != text && !*end && *value >= min && *value <= max)
        return true;
    fail_usage("--%s is '%s'; it must be an integer from %lld to %lld", name, text, min, max);
    return false;
}

static void add_assignment(cnn_options *options, lists *l, char *assignment, char *origin)
{
    const size_t at = options->session.assignment_count++;
    l->assignments[at] = assignment;
    l->origins[at] = origin;
}

static bool read_set(cnn_options *options, lists *l, const char *text)
{
    const char *equal = strchr(text, '=');
    if (equal && equal != text) {
        add_assignment(options, l, cnn_strdup(text), cnn_format("--set %s", text));
        return true;
    }
    fail_usage("--set is '%s'; it must be PATH=VALUE", text);
    return false;
}

/* --seed and --epochs: counted apart from --set, since they come last whatever their place. */
static bool read_late(const char *name, const char *path, const char *text, long long min,
                      char **late)
{
    long long value;
    if (!read_integer(name, text, min, name[0] == 's' ? 1LL << 53 : 1000000, &value))
        return false;
    free(*late);
    *late = cnn_format("%s=%lld", path, value);
    return true;
}

static const char *option_name(int letter)
{
    const struct option *known = options_known;
    while (known->val != letter)
        known++;
    return known->name;
}

static bool read_resume(cnn_options *options, cnn_resume mode)
{
    if (options->resume_mode != CNN_RESUME && options->resume_mode != mode) {
        fail_usage("--force-resume and --strict-resume exclude each other");
        return false;
    }
    options->resume_mode = mode;
    return options->resume = true;
}

static bool read_option(int letter, cnn_options *options, lists *l, char *late[2])
{
    long long value;
    if (optarg && !*optarg) {
        fail_usage("--%s is empty; it must have a value", option_name(letter));
        return false;
    }
    switch (letter) {
    case 's':
        return read_set(options, l, optarg);
    case 'n':
        return read_late("seed", "seed", optarg, 0, &late[0]);
    case 'e':
        return read_late("epochs", "train.epochs", optarg, 1, &late[1]);
    case 't':
        if (!read_integer("threads", optarg, 1, 1024, &value))
            return false;
        options->threads = (size_t)value;
        return true;
    case 'J':
        if (!read_integer("jobs", optarg, 1, 1024, &value))
            return false;
        options->jobs = (size_t)value;
        return true;
    case 'O':
        l->only[options->only_count++] = optarg;
        return true;
    case 'i':
        return options->invert = true;
    case 'p':
        l->paths[options->session.plugin_path_count++] = optarg;
        return true;
    case 'o':
        options->out = optarg;
        return true;
    case 'd':
        options->data = optarg;
        return true;
    case 'R':
        return options->resume = true;
    case 'F':
    case 'S':
        return read_resume(options, letter == 'F' ? CNN_RESUME_FORCED : CNN_RESUME_STRICT);
    case 'D':
        return options->dry_run = true;
    case 'q':
        return options->quiet = true;
    case 'P':
        return options->profile = true;
    case 'v':
        return options->verbose = true;
    default:
        return options->json = true;
    }
}

static const char *short_options(const command *c)
{
    return c->run == cnn_command_build ? ":ho:v" : c->run == cnn_command_report ? ":ho:" : ":h";
}

/* 0, or the exit code plus 1 when there is nothing more to do. */
static int read_command_line(int count, char **arguments, const command *c, cnn_options *options,
                             lists *l)
{
    static const char *const late_names[] = {"--seed", "--epochs"};
    char *late[2] = {0};
    int letter, end = 0;
    while (!end &&
           (letter = getopt_long(count, arguments, short_options(c), options_known, NULL)) != -1) {
        if (letter == 'h' || letter == 'V') {
            printf(letter == 'h' ? "%s" : "cnnrun " CNN_VERSION "\n", usage);
            end = CNN_EXIT_DONE + 1;
        } else if (letter == '?' || letter == ':') {
            char *fault = cnn_option_fault(letter, arguments, options_known);
            end = 1 + fail_usage("%s", fault);
            free(fault);
        } else if (!strchr(c->flags, letter)) {
            end = 1 + fail_usage("%s does not take --%s", c->name ? c->name : "training",
                                 option_name(letter));
        } else if (!read_option(letter, options, l, late)) {
            end = CNN_EXIT_USAGE + 1;
        }
    }
    for (size_t i = 0; i < 2; i++)
        if (late[i]) {
            add_assignment(options, l, late[i],
                           cnn_format("%s %s", late_names[i], strrchr(late[i], '=') + 1));
            options->session.late_count++;
        }
    options->arguments = cnn_alloc((size_t)count + 1, sizeof *options->arguments);
    for (int i = optind; i < count; i++)
        options->arguments[options->argument_count++] = arguments[i];
    return end;
}

/* The command, whose word is moved to the front of the options that stand before it. */
static const command *find_command(int count, char **arguments)
{
    const command *c = commands;
    opterr = 0;
    while (getopt_long(count, arguments, "+ho:v", options_known, NULL) != -1)
        continue;
    const int at = optind;
    optind = 0; /* from the start again */
    while (c->name && (at >= count || strcmp(arguments[at], c->name) != 0))
        c++;
    if (c->name) {
        char *word = arguments[at];
        memmove(arguments + 2, arguments + 1, (size_t)(at - 1) * sizeof *arguments);
        arguments[1] = word;
    }
    return c;
}

void cnn_command_show_warnings(cnn_report *report)
{
    static size_t shown;
    for (; shown < report->count; shown++) {
        if (report->problems[shown].code != 0)
            continue;
        char *line = cnn_report_line(report, shown);
        fprintf(stderr, "cnnrun: warning: %s\n", line);
        free(line);
    }
}

static void print_report(cnn_report *report)
{
    cnn_command_show_warnings(report);
    for (size_t i = 0; i < report->count; i++) {
        if (report->problems[i].code == 0)
            continue;
        char *line = cnn_report_line(report, i);
        fprintf(stderr, "%s%s\n", report->problems[i].mark.file ? "" : "cnnrun: ", line);
        free(line);
    }
}

/* A word that is neither a command nor a file is a misspelt one. */
static int check_argument(const command *c, const cnn_options *options)
{
    enum { COMMANDS = sizeof commands / sizeof commands[0] - 1 };
    const char *first = options->argument_count ? options->arguments[0] : NULL, *names[COMMANDS];
    if (!c->name && first && strcmp(first, "train") == 0 &&
        (options->argument_count > 1 || access(first, F_OK) != 0))
        return fail_usage("training needs no command word; write: cnnrun %s",
                          options->argument_count > 1 ? options->arguments[1] : "PIPELINE.yaml");
    for (size_t i = 0; i < options->argument_count; i++)
        if (!*options->arguments[i])
            return fail_usage("argument %zu is empty; %s takes %s", i + 1,
                              c->name ? c->name : "training", c->arguments);
    if (c->name || !first || access(first, F_OK) == 0 || strpbrk(first, "./")) {
        if (options->argument_count >= c->min && options->argument_count <= c->max)
            return CNN_EXIT_DONE;
        return fail_usage("%s takes %s", c->name ? c->name : "training", c->arguments);
    }
    for (size_t i = 0; i < COMMANDS; i++)
        names[i] = commands[i].name;
    char *hint = cnn_suggest(first, names, COMMANDS);
    const int code = fail_usage("'%s' is no command and no file%s", first, hint);
    free(hint);
    return code;
}

int main(int count, char **arguments)
{
    cnn_memory_guard();
    static char name[] = "cnnrun"; /* by which the kit is called */
    const command *c = find_command(count, arguments);
    cnn_options options = {.program = arguments[0]};
    cnn_report report = {0};
    lists l = {cnn_alloc((size_t)count, sizeof *l.paths), cnn_alloc((size_t)count, sizeof *l.only),
               cnn_alloc((size_t)count + 2, sizeof *l.assignments),
               cnn_alloc((size_t)count + 2, sizeof *l.origins)};
    const int skip = c->name ? 1 : 0;
    cnn_crash_catch();
    arguments[skip] = name;
    options.only = l.only;
    options.session = (cnn_session_options){.plugin_paths = l.paths,
                                            .assignments = (const char *const *)l.assignments,
                                            .origins = (const char *const *)l.origins};
    int end = 0, code;
    if (c->raw)
        code = c->raw(arguments + skip, &report);
    else if ((end = read_command_line(count - skip, arguments + skip, c, &options, &l)))
        code = end - 1;
    else
        code = check_argument(c, &options);
    if (!c->raw && !end && code == CNN_EXIT_DONE)
        code = c->run(&options, &report);
    /* What was printed is the result, but for a training, whose result is its folder. */
    const bool trained = !c->name && !end && !options.dry_run;
    if (!cnn_report_output(&report, trained ? 0 : CNN_EXIT_OUTPUT) && !trained && !code)
        code = CNN_EXIT_OUTPUT;
    print_report(&report);
    for (size_t i = 0; i < options.session.assignment_count; i++) {
        free(l.assignments[i]);
        free(l.origins[i]);
    }
    free(l.paths);
    free(l.only);
    free(l.assignments);
    free(l.origins);
    free(options.arguments);
    cnn_report_free(&report);
    return code;
}
