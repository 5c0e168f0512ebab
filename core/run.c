/* run.c - the folder of a run: made, found again, locked, and the summary that it ends with. */
#include "run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "memory.h"
#include "text.h"

#define RUNS "runs"
#define MAX_RUNS 99999

/* ---- folders -------------------------------------------------------------------------------- */

bool cnn_run_holds(const char *dir, const char *name)
{
    char *path = cnn_path_join(dir, name);
    const bool there = access(path, F_OK) == 0;
    free(path);
    return there;
}

static bool holds_run(const char *dir)
{
    return cnn_run_holds(dir, CNN_RUN_PIPELINE) || cnn_run_holds(dir, CNN_CHECKPOINT) ||
           cnn_run_holds(dir, CNN_CHECKPOINT_PREVIOUS) || cnn_run_holds(dir, "metrics.csv");
}

/* Takes the folder's lock; it ends with the process, however that ends. */
static bool lock(cnn_run *run, cnn_report *report)
{
    run->lock = open(run->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (run->lock < 0)
        return cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE, "%s: %s", run->dir,
                              strerror(errno));
    if (flock(run->lock, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
        return true;
    return cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE,
                          "%s: another cnnrun is at work on this run", run->dir);
}

/* Makes the first runs/NAME-NNN that is not there yet; mkdir decides between two processes. */
static bool make_next(cnn_run *run, const char *name, cnn_report *report)
{
    if (!cnn_folder_make(RUNS, report))
        return false;
    for (int number = 1; number <= MAX_RUNS; number++) {
        char *dir = cnn_format(RUNS "/%s-%03d", name, number);
        if (mkdir(dir, 0777) == 0) {
            run->dir = dir;
            return true;
        }
        const int error = errno;
        if (error != EEXIST)
            cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE, "%s: %s", dir, strerror(error));
        free(dir);
        if (error != EEXIST)
            return false;
    }
    return cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE,
                          RUNS ": more than %d runs of '%s'; give --out DIR", MAX_RUNS, name);
}

bool cnn_run_create(cnn_run *run, const char *out, const char *name, cnn_report *report)
{
    *run = (cnn_run){.lock = -1};
    if (!out)
        return make_next(run, name, report) && lock(run, report);
    run->dir = cnn_strdup(out);
    if (!cnn_folder_make(out, report) || !lock(run, report))
        return false;
    if (holds_run(out) || cnn_run_holds(out, CNN_RUN_EXPERIMENT))
        return cnn_report_add(
            report, CNN_EXIT_OUTPUT, CNN_NOWHERE,
            "%s: a run is already there; choose another folder, or go on with it by "
            "--resume",
            out);
    return true;
}

bool cnn_run_hold(const char *dir, cnn_report *report)
{
    char *path = cnn_path_join(dir, CNN_RUN_EXPERIMENT);
    const int file = open(path, O_RDONLY); /* open until the end: no O_CLOEXEC, no close */
    bool held = false;
    if (file < 0)
        cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE, "%s: %s", path, strerror(errno));
    for (int i = 0; file >= 0 && !held && i < 3000; i++) {
        held = flock(file, LOCK_EX | LOCK_NB) == 0 || (errno != EWOULDBLOCK && errno != EINTR) ||
               cnn_stop_signal; /* then none will be started */
        if (!held)
            nanosleep(&(struct timespec){0, 10000000}, NULL);
    }
    if (file >= 0 && !held)
        cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE,
                       "%s: trainings of an experiment that was killed are still at work here",
                       dir);
    free(path);
    return held;
}

json_t *cnn_run_read_summary(const char *dir)
{
    char *path = cnn_path_join(dir, CNN_RUN_SUMMARY);
    json_t *root = json_load_file(path, 0, NULL);
    free(path);
    return root;
}

/* True unless the summary says that there is nothing left to do. */
static bool is_unfinished(const char *dir)
{
    json_t *root = cnn_run_read_summary(dir);
    const char *status = json_string_value(json_object_get(root, "status"));
    const bool ended =
        status && (strcmp(status, "completed") == 0 || strcmp(status, "diverged") == 0);
    json_decref(root);
    return !ended;
}

/* True unless all its runs, in DIR/RUN/ or DIR/RUN/SEED/, are there and have ended. `dir` holds no
 * letter that glob reads as a pattern. */
static bool is_unfinished_experiment(const char *dir)
{
    glob_t found = {0};
    char *shallow = cnn_format("%s/*/" CNN_RUN_PIPELINE, dir);
    char *deep = cnn_format("%s/*/*/" CNN_RUN_PIPELINE, dir);
    (void)glob(shallow, 0, NULL, &found);
    (void)glob(deep, GLOB_APPEND, NULL, &found);
    bool unfinished = found.gl_pathc == 0;
    for (size_t i = 0; i < found.gl_pathc && !unfinished; i++) {
        *strrchr(found.gl_pathv[i], '/') = '\0';
        unfinished = is_unfinished(found.gl_pathv[i]);
    }
    globfree(&found);
    free(shallow);
    free(deep);
    return unfinished;
}

/* The number in "NAME-012"; 0 for any other name. */
static long number_of(const char *entry, const char *name)
{
    const size_t length = strlen(name);
    if (strncmp(entry, name, length) != 0 || entry[length] != '-')
        return 0;
    const char *digits = entry + length + 1;
    if (strlen(digits) < 3 || strlen(digits) > 5 || strspn(digits, "0123456789") != strlen(digits))
        return 0;
    return strtol(digits, NULL, 10);
}

static char *newest_unfinished(const char *name, bool experiment)
{
    char *found = NULL;
    long best = 0;
    DIR *runs = opendir(RUNS);
    for (struct dirent *entry; runs && (entry = readdir(runs)) != NULL;) {
        const long number = number_of(entry->d_name, name);
        char *dir = cnn_path_join(RUNS, entry->d_name);
        if (number > best &&
            (experiment ? cnn_run_holds(dir, CNN_RUN_EXPERIMENT) && is_unfinished_experiment(dir)
                        : holds_run(dir) && is_unfinished(dir))) {
            best = number;
            free(found);
            found = cnn_strdup(dir);
        }
        free(dir);
    }
    if (runs)
        closedir(runs);
    return found;
}

bool cnn_run_find(cnn_run *run, const char *out, const char *name, bool experiment,
                  cnn_report *report)
{
    const char *what = experiment ? "experiment" : "run";
    *run = (cnn_run){.lock = -1};
    run->dir = out ? cnn_strdup(out) : newest_unfinished(name, experiment);
    if (!run->dir)
        return cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE,
                              RUNS ": no unfinished %s of '%s' to resume", what, name);
    if (experiment ? !cnn_run_holds(run->dir, CNN_RUN_EXPERIMENT) : !holds_run(run->dir))
        return cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE, "%s: there is no %s to resume",
                              out, what);
    return lock(run, report);
}

void cnn_run_close(cnn_run *run)
{
    if (run->lock >= 0)
        close(run->lock);
    free(run->dir);
}

bool cnn_run_write(const cnn_run *run, const char *name, const char *text, cnn_report *report)
{
    char *path = cnn_path_join(run->dir, name);
    const cnn_piece piece = {text, strlen(text)};
    const bool good = cnn_file_write(path, NULL, &piece, 1, report);
    free(path);
    return good;
}

/* ---- summary -------------------------------------------------------------------------------- */

json_t *cnn_run_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *cnn_run_confusion(const uint64_t *confusion, size_t classes)
{
    if (!confusion)
        return json_null();
    json_t *rows = json_array();
    for (size_t r = 0; r < classes; r++) {
        json_t *row = json_array();
        for (size_t c = 0; c < classes; c++)
            json_array_append_new(row, json_integer((json_int_t)confusion[r * classes + c]));
        json_array_append_new(rows, row);
    }
    return rows;
}

static json_t *mean(double sum, uint64_t samples)
{
    return samples ? cnn_run_number(sum / (double)samples) : json_null();
}

/* Over all epochs, each of which trained on as many images. */
static double images_per_second(const cnn_position *at)
{
    double inverse = 0;
    for (uint64_t e = 0; e < at->epoch; e++)
        inverse += 1 / at->rows[e].images_per_second;
    return at->epoch ? (double)at->epoch / inverse : (double)NAN;
}

static json_t *plugin_files(const cnn_plugins *plugins)
{
    json_t *list = json_array();
    const cnn_plugin_file *file;
    for (size_t i = 0; (file = cnn_plugins_opened(plugins, i)) != NULL; i++)
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:s}", "kind", cnn_kind_name(file->head.kind), "name",
                            file->head.name, "file", file->opened, "sha256", file->sha256));
    return list;
}

static json_t *findings(const cnn_findings *found)
{
    json_t *list = json_array();
    for (size_t i = 0; found && i < found->count; i++)
        json_array_append_new(list, json_string(found->lines[i]));
    return list;
}

static json_t *summary(const cnn_training *t, const cnn_run_end *end)
{
    static const char *const status[] = {"completed", "diverged", "interrupted", "failed"};
    const cnn_position *at = &t->position;
    const cnn_row *last = at->epoch ? &at->rows[at->epoch - 1] : NULL;
    const uint64_t best = cnn_train_best_epoch(at);
    struct rusage usage;
    char sha256[CNN_SHA256_HEX];
    cnn_network_sha256(t->network, sha256);
    getrusage(RUSAGE_SELF, &usage);
    return json_pack(
        "{s:s, s:I, s:o, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:s, "
        "s:o, s:o, s:o}",
        "status", status[end->outcome], "epochs", (json_int_t)at->epoch, "best_epoch",
        best ? json_integer((json_int_t)best) : json_null(), "seed", (json_int_t)t->pipeline->seed,
        "threads", (json_int_t)end->threads, "parameters", (json_int_t)t->network->parameters,
        "loss", cnn_run_number(last ? last->loss : (double)NAN), "accuracy",
        cnn_run_number(last ? last->accuracy : (double)NAN), "val_loss",
        cnn_run_number(last ? last->val_loss : (double)NAN), "val_accuracy",
        cnn_run_number(last ? last->val_accuracy : (double)NAN), "best_val_accuracy",
        cnn_run_number(best ? at->rows[best - 1].val_accuracy : (double)NAN), "test_loss",
        mean(end->test.loss, end->test.samples), "test_accuracy",
        mean((double)end->test.correct, end->test.samples), "images_per_second",
        cnn_run_number(images_per_second(at)), "wall_seconds", cnn_run_number(at->wall),
        "peak_rss_bytes", (json_int_t)usage.ru_maxrss * 1024, "weights_sha256", sha256, "findings",
        findings(end->findings), "confusion_matrix",
        cnn_run_confusion(end->test.samples ? t->confusion : NULL, t->network->classes), "plugins",
        plugin_files(end->plugins));
}

bool cnn_run_summarize(const cnn_run *run, const cnn_training *training, const cnn_run_end *end,
                       cnn_report *report)
{
    json_t *root = summary(training, end);
    char *text = root ? json_dumps(root, JSON_INDENT(2)) : NULL;
    json_decref(root);
    if (!text)
        return cnn_report_add(report, CNN_EXIT_SYSTEM, CNN_NOWHERE,
                              "%s: the summary cannot be made", run->dir);
    char *line = cnn_format("%s\n", text);
    const bool good = cnn_run_write(run, CNN_RUN_SUMMARY, line, report);
    free(line);
    free(text);
    return good;
}
