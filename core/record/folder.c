/* folder.c - the folder of a run or experiment: made, found again, locked, checked at the end. */
#include "record/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "record/checkpoint.h"
#include "record/summary.h"

#define RUNS "runs"
#define MAX_RUNS 99999

/* ---- folders -------------------------------------------------------------------------------- */

bool cnn_run_has(const char *dir, const char *name)
{
    char *path = cnn_path_join(dir, name);
    const bool there = !cnn_file_is_missing(path);
    free(path);
    return there;
}

static bool fault(const char *path, cnn_report *report)
{
    return cnn_errno_fault(path, NULL, CNN_EXIT_OUTPUT, CNN_NOWHERE, report);
}

static bool holds_run(const char *dir)
{
    return cnn_run_has(dir, CNN_RUN_PIPELINE) || cnn_run_has(dir, CNN_CHECKPOINT) ||
           cnn_run_has(dir, CNN_CHECKPOINT_PREVIOUS) || cnn_run_has(dir, CNN_RUN_METRICS);
}

/* Whether a run may begin in it. */
static bool is_free(const char *dir, cnn_report *report)
{
    static const char *const names[] = {CNN_RUN_PIPELINE, CNN_CHECKPOINT, CNN_CHECKPOINT_PREVIOUS,
                                        CNN_RUN_METRICS, CNN_RUN_EXPERIMENT};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        bool there;
        char *path = cnn_path_join(dir, names[i]);
        const bool good = cnn_file_look(path, &there, NULL, CNN_EXIT_OUTPUT, report);
        free(path);
        if (there)
            return cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE,
                                  "%s: a run is already there; choose another folder, or go on "
                                  "with it by --resume",
                                  dir);
        if (!good)
            return false;
    }
    return true;
}

/* True for the name under which a kill may have left one of our files half written. */
static bool is_left_over(const char *name)
{
    static const char *const files[] = {CNN_RUN_PIPELINE,   CNN_RUN_SUMMARY, CNN_RUN_METRICS,
                                        CNN_RUN_EXPERIMENT, CNN_RUN_RESULTS, CNN_RUN_PAGE};
    static const char end[] = CNN_FILE_TEMPORARY, checkpoint[] = "checkpoint.";
    const size_t length = strlen(name), stem = length - (sizeof end - 1);
    if (length < sizeof end || strcmp(name + stem, end) != 0)
        return false;
    bool ours = strncmp(name, checkpoint, sizeof checkpoint - 1) == 0;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        ours |= strlen(files[i]) == stem && strncmp(name, files[i], stem) == 0;
    return ours;
}

/* Deletes what is left over; the folder is locked, so that nobody else writes there. */
static bool sweep(const char *dir, cnn_report *report)
{
    bool good = true;
    DIR *folder = opendir(dir);
    if (!folder)
        return fault(dir, report);
    for (struct dirent *entry; good && (entry = readdir(folder)) != NULL;) {
        char *path = is_left_over(entry->d_name) ? cnn_path_join(dir, entry->d_name) : NULL;
        if (path && unlink(path) != 0)
            good = fault(path, report);
        free(path);
    }
    closedir(folder);
    return good;
}

#define LOCK_TRIES                                                                                 \
    100 /* a second: a child of one that was killed may hold it until it has noticed */

/* Takes the folder's lock, which ends with the process, however that ends. Where a file system has
 * no locks, it goes without. */
static bool lock(cnn_run *run, cnn_report *report)
{
    run->lock = open(run->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (run->lock < 0)
        return fault(run->dir, report);
    for (int i = 0; flock(run->lock, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK; i++) {
        if (i == LOCK_TRIES)
            return cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE,
                                  "%s: another cnnrun is at work on this run", run->dir);
        cnn_clock_sleep(0.01);
    }
    return true;
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
            fault(dir, report);
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
    return cnn_folder_make(out, report) && lock(run, report) && is_free(out, report) &&
           sweep(out, report);
}

/* True unless the summary says that there is nothing left to do. */
static bool is_unfinished(const char *dir, cnn_report *report)
{
    return !cnn_outcome_is_final(cnn_summary_outcome(dir, report));
}

static const char *const files_of_run[] = {CNN_RUN_PIPELINE, CNN_RUN_METRICS, CNN_RUN_SUMMARY,
                                           NULL};

const cnn_folder_kind cnn_folder_of_run = {"run", holds_run, is_unfinished, files_of_run};

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

/* NULL where there is none, and where a fault kept us from knowing. */
static char *newest_unfinished(const char *name, const cnn_folder_kind *kind, cnn_report *report)
{
    char *found = NULL;
    long best = 0;
    DIR *runs = opendir(RUNS);
    if (!runs && errno != ENOENT)
        fault(RUNS, report);
    for (struct dirent *entry; runs && (entry = readdir(runs)) != NULL;) {
        const long number = number_of(entry->d_name, name);
        char *dir = cnn_path_join(RUNS, entry->d_name);
        if (number > best && kind->is_there(dir) && kind->is_unfinished(dir, report)) {
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

bool cnn_run_find(cnn_run *run, const char *out, const char *name, const cnn_folder_kind *kind,
                  cnn_report *report)
{
    const char *what = kind->what;
    const size_t errors = report->errors;
    *run = (cnn_run){.lock = -1};
    run->dir = out ? cnn_strdup(out) : newest_unfinished(name, kind, report);
    if (report->errors > errors)
        return cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE,
                              RUNS
                              ": which %s of '%s' is the newest unfinished one cannot be told; "
                              "give --out DIR",
                              what, name);
    if (!run->dir)
        return cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE,
                              RUNS ": no unfinished %s of '%s' to resume", what, name);
    if (!kind->is_there(run->dir))
        return cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE, "%s: there is no %s to resume",
                              out, what);
    return lock(run, report) && sweep(run->dir, report);
}

void cnn_run_close(cnn_run *run)
{
    if (run->lock >= 0)
        close(run->lock);
    free(run->dir);
}

bool cnn_run_check(const cnn_run *run, const cnn_folder_kind *kind, cnn_report *report)
{
    const char *const *files = kind->files;
    struct stat locked, now;
    bool good = true, there = stat(run->dir, &now) == 0;
    if ((!there && errno != ENOENT) || fstat(run->lock, &locked) != 0)
        return fault(run->dir, report);
    if (!there || locked.st_dev != now.st_dev || locked.st_ino != now.st_ino)
        return cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE,
                              "%s: this folder was deleted or moved while the run was at work",
                              run->dir);
    for (size_t i = 0; files[i]; i++)
        if (!cnn_run_has(run->dir, files[i]))
            good =
                cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE,
                               "%s/%s: was deleted while the run was at work", run->dir, files[i]);
    return good;
}

bool cnn_run_write(const cnn_run *run, const char *name, const char *text, cnn_report *report)
{
    char *path = cnn_path_join(run->dir, name);
    const cnn_piece piece = {text, strlen(text)};
    const bool good = cnn_file_write(path, NULL, &piece, 1, report);
    free(path);
    return good;
}
