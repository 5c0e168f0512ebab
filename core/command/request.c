/* request.c - what the command line asks of a training or an experiment: one table of options for
 * both. */
#include "command/request.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

/* Where the options go. */
static struct given {
    cnn_words set, plugin_path, only;
    cnn_integer seed, epochs, threads, jobs;
    const char *out;
    bool resume, forced, strict, dry_run, json, profile, quiet;
} given;

const cnn_option cnn_request_options[] = {
    {"set", 0, CNN_OPTION_WORDS, "PATH=VALUE", &given.set, 0, 0,
     "set a value of the pipeline, keys joined by dots, list items\n"
     "by number: --set network.layers.0.conv2d.filters=16; repeatable"},
    {"seed", 0, CNN_OPTION_INTEGER, "N", &given.seed, 0, 1LL << 53, "as --set seed=N"},
    {"epochs", 0, CNN_OPTION_INTEGER, "N", &given.epochs, 1, 1000000,
     "as --set train.epochs=N; replaces train.steps"},
    {"out", 0, CNN_OPTION_TEXT, "DIR", &given.out, 0, 0,
     "the run's folder (default: runs/NAME-001, -002, ...)"},
    {"resume", 0, CNN_OPTION_FLAG, NULL, &given.resume, 0, 0,
     "go on with --out DIR, else with the newest unfinished run"},
    {"force-resume", 0, CNN_OPTION_FLAG, NULL, &given.forced, 0, 0,
     "... also where data, seed or pipeline are not the run's"},
    {"strict-resume", 0, CNN_OPTION_FLAG, NULL, &given.strict, 0, 0,
     "... only where plugin files, version and instruction set are, too"},
    {"dry-run", 0, CNN_OPTION_FLAG, NULL, &given.dry_run, 0, 0,
     "check everything, print the resolved pipeline and the network"},
    {"json", 0, CNN_OPTION_FLAG, NULL, &given.json, 0, 0,
     "with --dry-run: print sizes and the memory of a training as JSON"},
    {"profile", 0, CNN_OPTION_FLAG, NULL, &given.profile, 0, 0,
     "print where the time went, layer by layer"},
    {"quiet", 0, CNN_OPTION_FLAG, NULL, &given.quiet, 0, 0, "print errors and warnings only"},
    {"only", 0, CNN_OPTION_WORDS, "NAME", &given.only, 0, 0,
     "of an experiment: this run only; repeatable"},
    {"jobs", 0, CNN_OPTION_INTEGER, "N", &given.jobs, 1, 1024,
     "of an experiment: N runs at a time (default: 1)"},
    {"threads", 0, CNN_OPTION_INTEGER, "N", &given.threads, 1, 1024,
     "worker threads (default: the CPUs allowed); does not change results"},
    {"plugin-path", 0, CNN_OPTION_WORDS, "DIR", &given.plugin_path, 0, 0,
     "look for plugins here first; repeatable"},
    {0},
};

/* --seed and --epochs come after every --set, whatever their place. */
static void add_last(cnn_request *request, const char *option, const char *path,
                     const cnn_integer *integer)
{
    char value[32];
    (void)snprintf(value, sizeof value, "%lld", integer->value);
    if (integer->given)
        cnn_settings_add_last(&request->settings, option, path, value);
}

static int take_settings(cnn_request *request)
{
    for (size_t i = 0; i < given.set.count; i++)
        if (!cnn_settings_add(&request->settings, given.set.items[i], NULL))
            return cnn_command_refuse("--set is '%s'; it must be PATH=VALUE", given.set.items[i]);
    add_last(request, "--seed", "seed", &given.seed);
    add_last(request, "--epochs", "train.epochs", &given.epochs);
    return CNN_EXIT_DONE;
}

int cnn_request_take(cnn_request *request, const cnn_call *call)
{
    *request = (cnn_request){
        .program = call->program,
        .file = call->arguments[0],
        .out = given.out,
        .threads = (size_t)given.threads.value,
        .jobs = (size_t)given.jobs.value,
        .only = given.only,
        .plugin_paths = given.plugin_path,
        .resume = given.resume || given.forced || given.strict,
        .forced = given.forced,
        .strict = given.strict,
        .dry_run = given.dry_run,
        .json = given.json,
        .quiet = given.quiet,
        .profile = given.profile,
    };
    if (given.forced && given.strict)
        return cnn_command_refuse("--force-resume and --strict-resume exclude each other");
    if (given.json && !given.dry_run)
        return cnn_command_refuse("--json goes with --dry-run");
    return take_settings(request);
}

void cnn_request_free(cnn_request *request)
{
    cnn_settings_free(&request->settings);
    cnn_words_free(&given.set);
    cnn_words_free(&given.plugin_path);
    cnn_words_free(&given.only);
}

cnn_file_kind cnn_experiment_look(const char *path, cnn_report *report)
{
    cnn_yaml *root = cnn_yaml_read(path, report);
    const bool is = cnn_yaml_get(root, "base") || cnn_yaml_get(root, "runs");
    const cnn_file_kind kind = !root ? CNN_FILE_UNREADABLE
                               : is  ? CNN_FILE_EXPERIMENT
                                     : CNN_FILE_PIPELINE;
    cnn_yaml_free(root);
    return kind;
}

static void add_option(cnn_text *line, const char *option, const char *value)
{
    cnn_text_add(line, " %s ", option);
    cnn_text_add_words(line, (const char *const[]){value, NULL});
}

char *cnn_request_resume_line(const cnn_request *request, const char *dir)
{
    cnn_text line = {0};
    cnn_text_add_words(&line, (const char *const[]){request->program, request->file, NULL});
    cnn_settings_write(&request->settings, &line);
    for (size_t i = 0; i < request->plugin_paths.count; i++)
        add_option(&line, "--plugin-path", request->plugin_paths.items[i]);
    for (size_t i = 0; i < request->only.count; i++)
        add_option(&line, "--only", request->only.items[i]);
    if (request->jobs)
        cnn_text_add(&line, " --jobs %zu", request->jobs);
    if (request->threads)
        cnn_text_add(&line, " --threads %zu", request->threads);
    cnn_text_add(&line, " --resume");
    add_option(&line, "--out", dir);
    return line.data;
}
