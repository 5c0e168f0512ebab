/* walk.c - walks every point of failure of small runs: each call that can fail is made to fail,
 * once, and the run is judged by what it says and leaves, and by whether it can go on.
 *
 * usage: walk --build DIR [-j N] [--every K] [--scenario NAME] [--call NAME] [--mode MODE] [--errno
 * NAME]
 *             [--n N] [--first] [--kills N] [--experiment-kills N] [--seed N]
 *
 * In the top folder of the source. Without options all scenarios and calls; with --n that point
 * alone. */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "plan.h"
#include "walk.h"

/* ---- small helpers of all files -------------------------------------------------------------- */

void walk_die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("walk: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(2);
}

char *walk_text(const char *format, ...)
{
    char *text;
    va_list args;
    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        walk_die("out of memory");
    va_end(args);
    return text;
}

char *walk_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    char *bytes = NULL;
    size_t used = 0, got = 1;
    while (file && got > 0) {
        bytes = realloc(bytes, used + 65536 + 1);
        if (!bytes)
            walk_die("out of memory");
        got = fread(bytes + used, 1, 65536, file);
        used += got;
    }
    if (!file)
        return NULL;
    fclose(file);
    bytes[used] = '\0';
    if (size)
        *size = used;
    return bytes;
}

static volatile sig_atomic_t stopped;

bool walk_stopped(void)
{
    return stopped != 0;
}

static void on_signal(int number)
{
    stopped = number;
}

/* ---- the walk -------------------------------------------------------------------------------- */

typedef struct request {
    plan_filter filter;
    unsigned kills, experiment_kills;
    uint64_t seed;
    int jobs;
    char root[64];
} request;

/* What the workers share. */
typedef struct tally {
    atomic_ulong next, passed, failed;
    struct {
        atomic_ulong points, failed, microseconds;
    } cell[PLAN_SCENARIOS][SHIM_CLASSES];
} tally;

static void walk_one(const plan *p, unsigned long number, const world *w, tally *t, int file)
{
    const plan_point at = plan_at(p, number);
    const size_t row = (size_t)(at.stage->s - scenarios), column = at.fault.class;
    const double start = cnn_clock_now();
    outcome o;
    char *check, *detail;
    bool hit;
    const bool good = judge_point(at.stage, w, &at.fault, &o, &check, &detail, &hit);
    if (!good)
        failures_add(file, at.stage, w, &at.fault, &o, check, detail);
    atomic_fetch_add(good ? &t->passed : &t->failed, 1);
    atomic_fetch_add(&t->cell[row][column].points, 1);
    atomic_fetch_add(&t->cell[row][column].failed, !good);
    atomic_fetch_add(&t->cell[row][column].microseconds,
                     (unsigned long)((cnn_clock_now() - start) * 1e6));
    outcome_free(&o);
    free(check);
    free(detail);
}

static void work(const request *r, const plan *p, unsigned number, tally *t, int file)
{
    const world w = world_make(r->root, number);
    for (unsigned long at; !stopped && (at = atomic_fetch_add(&t->next, 1)) < p->points;)
        walk_one(p, at, &w, t, file);
}

static void print_table(const tally *t)
{
    printf("\n%-12s %-15s %8s %8s %9s\n", "scenario", "call", "points", "failed", "seconds");
    for (size_t s = 0; s < scenario_count; s++)
        for (size_t c = 0; c < SHIM_CLASSES; c++) {
            const unsigned long points = atomic_load(&t->cell[s][c].points);
            if (points)
                printf("%-12s %-15s %8lu %8lu %9.1f\n", scenarios[s].name,
                       fault_class_name((enum shim_class)c), points,
                       atomic_load(&t->cell[s][c].failed),
                       (double)atomic_load(&t->cell[s][c].microseconds) / 1e6);
        }
}

/* Workers share out the points; one that dies takes the walk with it. */
static void share_out(const request *r, const plan *p, tally *t)
{
    char *path = walk_text("%s/failures", r->root);
    FILE *file = fopen(path, "a");
    pid_t *workers = calloc((size_t)r->jobs, sizeof *workers);
    int status;
    if (!file || !workers)
        walk_die("%s: %s", path, strerror(errno));
    fflush(stdout);
    for (int j = 0; j < r->jobs; j++) {
        workers[j] = fork();
        if (workers[j] < 0)
            walk_die("fork: %s", strerror(errno));
        if (workers[j] == 0) {
            work(r, p, 1 + (unsigned)j, t, fileno(file));
            _exit(0);
        }
    }
    bool good = true, told = false;
    for (pid_t ended; (ended = wait(&status)) > 0 || errno == EINTR;) {
        good &= ended < 0 || status == 0;
        for (int j = 0; stopped && !told && j < r->jobs; j++)
            kill(workers[j], SIGTERM);
        told = stopped != 0;
    }
    free(workers);
    if (!good)
        walk_die("a worker ended before its work did");
    fclose(file);
    print_table(t);
    failures_summarize(path);
    free(path);
}

static void kill_at_random(const request *r, const world *w, tally *t)
{
    uint64_t random = r->seed;
    unsigned wrong = 0;
    if (r->kills + r->experiment_kills == 0)
        return;
    printf("seed %llu\n", (unsigned long long)r->seed);
    fflush(stdout);
    wrong += kills_training(w, r->kills, &random);
    wrong += kills_experiment(w, r->experiment_kills, &random);
    atomic_fetch_add(&t->failed, wrong);
    atomic_fetch_add(&t->passed, r->kills + r->experiment_kills - wrong);
}

/* ---- the command line ------------------------------------------------------------------------ */

static unsigned long number_of(const char *text)
{
    char *end;
    const unsigned long number = strtoul(text, &end, 10);
    if (end == text || *end)
        walk_die("'%s' is no number", text);
    return number;
}

static void read_option(request *r, int letter)
{
    plan_filter *f = &r->filter;
    if (letter == 'b' && !realpath(optarg, walk_build))
        walk_die("%s: %s", optarg, strerror(errno));
    else if (letter == 'j')
        r->jobs = (int)number_of(optarg);
    else if (letter == 'e')
        f->every = number_of(optarg);
    else if (letter == 's')
        f->scenario = optarg;
    else if (letter == 'c')
        f->call = optarg;
    else if (letter == 'm')
        f->mode = optarg;
    else if (letter == 'r')
        f->error = optarg;
    else if (letter == 'n')
        f->n = number_of(optarg);
    else if (letter == 'f')
        f->first = true;
    else if (letter == 'k')
        r->kills = (unsigned)number_of(optarg);
    else if (letter == 'x')
        r->experiment_kills = (unsigned)number_of(optarg);
    else if (letter == 'S')
        r->seed = number_of(optarg);
    else if (letter == '?')
        walk_die("see the top of tests/faults/walk.c for what it takes");
}

static request read_arguments(int count, char **arguments)
{
    static const struct option known[] = {{"build", required_argument, NULL, 'b'},
                                          {"every", required_argument, NULL, 'e'},
                                          {"scenario", required_argument, NULL, 's'},
                                          {"call", required_argument, NULL, 'c'},
                                          {"mode", required_argument, NULL, 'm'},
                                          {"errno", required_argument, NULL, 'r'},
                                          {"n", required_argument, NULL, 'n'},
                                          {"first", no_argument, NULL, 'f'},
                                          {"kills", required_argument, NULL, 'k'},
                                          {"experiment-kills", required_argument, NULL, 'x'},
                                          {"seed", required_argument, NULL, 'S'},
                                          {NULL, 0, NULL, 0}};
    request r = {.jobs = 1, .filter.every = 1, .seed = (uint64_t)time(NULL)};
    int letter;
    if (!realpath("build", walk_build))
        *walk_build = '\0';
    while ((letter = getopt_long(count, arguments, "j:", known, NULL)) != -1)
        read_option(&r, letter);
    if (!*walk_build || r.jobs < 1 || r.filter.every < 1)
        walk_die("--build DIR, -j and --every of 1 or more are needed");
    return r;
}

static struct {
    request r;
    pid_t pid;
    world w;
    plan *p;
} driver; /* lives until the end, since LeakSanitizer looks then */

static void clean_up(void)
{
    if (getpid() == driver.pid)
        tree_remove(driver.r.root);
}

int main(int count, char **arguments)
{
    request *r = &driver.r;
    *r = read_arguments(count, arguments);
    snprintf(r->root, sizeof r->root, "%s/cnnrun-faults-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (!mkdtemp(r->root))
        walk_die("%s: %s", r->root, strerror(errno));
    driver.pid = getpid();
    atexit(clean_up);
    tally *t = mmap(NULL, sizeof *t, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (t == MAP_FAILED)
        walk_die("mmap: %s", strerror(errno));
    const double start = cnn_clock_now();
    const struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    driver.w = world_make(r->root, 0);
    kill_at_random(r, &driver.w, t);
    if (r->kills + r->experiment_kills == 0) {
        driver.p = plan_make(&r->filter, &driver.w);
        if (driver.p->points == 0)
            walk_die("there is no such point");
        printf("%lu points\n", driver.p->points);
        share_out(r, driver.p, t);
    }
    printf("\n%.0f s (%s)\n", cnn_clock_now() - start, walk_build);
    if (stopped)
        printf("stopped by signal %d\n", (int)stopped);
    printf("%lu passed, %lu failed\n", atomic_load(&t->passed), atomic_load(&t->failed));
    return stopped || atomic_load(&t->failed) != 0;
}
