/* check_repeat.c - rules on repeating: same arguments, same bits, whatever else happens. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "elf_facts.h"
#include "instance.h"
#include "shared.h"

#define REPEATS 20
#define THREADS 8
#define ROUNDS 3
#define ROUND_SECONDS 0.03
#define PAUSE_MICROSECONDS 100

static const kit_layout plain = {
    .side = KIT_RIGHT, .readonly = true, .prefill = KIT_PREFILL_ONE, .salt = 8};

static void check_repeats(kit_case *c)
{
    kit_bytes first = {0};
    kit_instance *instance = kit_make_any(c, &plain, NULL);
    kit_run(instance, &plain, &first);
    for (int i = 1; i < REPEATS; i++) {
        kit_bytes again = {0};
        kit_run(instance, &plain, &again);
        kit_expect_same(&first, &again, "called again with the same arguments");
        kit_bytes_free(&again);
    }
}

/* FNV-1a over all that the plugin gives at its defaults. */
static uint64_t hash_of(const kit_case *c)
{
    kit_bytes out = {0};
    kit_run(kit_make_any(c, &plain, NULL), &plain, &out);
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < out.count; i++)
        hash = (hash ^ out.data[i]) * 1099511628211u;
    return hash;
}

/* A process where the file lies elsewhere, the heap is full of other bytes, and time has passed. */
static void check_process(kit_case *c)
{
    uint64_t *other = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (other == MAP_FAILED)
        kit_tool_error("no shared page");
    const uint64_t here =
        hash_of(c); /* which may end the check: before there is a second process */
    const pid_t child = fork();
    if (child < 0)
        kit_tool_error("no process");
    if (child == 0) {
        kit_thread_begin(); /* the table of buffers is shared with the parent */
        char copy[64];
        kit_copy_to_memory(c->subject->path, copy, sizeof copy);
        kit_subject moved = {copy, c->subject->name, c->subject->kind};
        kit_case there = *c;
        for (size_t i = 0; i < 200; i++) {
            void *junk = malloc(100 * i + 1);
            memset(junk, 0x5A, 100 * i + 1);
            if (i % 3)
                free(junk);
        }
        usleep(20000);
        there.subject = &moved;
        there.file = kit_open_copy(&moved);
        *other = hash_of(&there);
        other[1] = 1;
        _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    if (other[1] != 1)
        kit_skip("the second process did not come to an end; other rules say why");
    if (*other != here)
        kit_fail("another process gives other bits; results must not depend on addresses, time, or "
                 "memory "
                 "that was not set");
}

typedef struct worker {
    kit_instance *instance;
    const kit_bytes *alone;
    kit_bytes out;
    pthread_t thread;
} worker;

static pthread_barrier_t barrier;

/* Runs again and again for a while, unless its results differ. */
static void *work(void *argument)
{
    worker *w = argument;
    sigset_t alarms;
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    kit_thread_begin();
    pthread_sigmask(SIG_UNBLOCK, &alarms, NULL);
    pthread_barrier_wait(&barrier);
    const double end = cnn_clock_now() + ROUND_SECONDS;
    do {
        kit_bytes_free(&w->out);
        kit_driver_of(w->instance->file->head.kind)->run(w->instance, &plain, &w->out);
    } while (kit_bytes_same(&w->out, w->alone) && cnn_clock_now() < end);
    return NULL;
}

/* One alarm at a time: the next one counts from the end of this pause. On a machine where a pause
 * takes longer than the time between two alarms, a timer that repeats by itself would leave no time
 * to work. */
static void set_alarm(void)
{
    setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, PAUSE_MICROSECONDS}}, NULL);
}

static void pause_here(int number)
{
    const struct timespec moment = {0, 1000};
    const int kept = errno;
    (void)number;
    nanosleep(&moment, NULL);
    set_alarm();
    errno = kept;
}

/* On a busy machine threads run one after the other, and a race shows seldom. So a timer stops each
 * in the middle of what it does and lets others on; the main thread leaves the signal to them. */
static void pause_threads(void)
{
    struct sigaction action = {.sa_handler = pause_here, .sa_flags = SA_RESTART};
    sigset_t alarms;
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &alarms, NULL);
    sigaction(SIGALRM, &action, NULL);
    set_alarm();
}

static void check_threads(kit_case *c)
{
    worker workers[THREADS];
    kit_bytes alone = {0};
    kit_instance *instance = kit_make_any(c, &plain, NULL);
    kit_run(instance, &plain, &alone);
    if (c->subject->kind == CNN_KIND_SCHEDULE)
        kit_skip("a schedule is called from the main thread only");
    if (c->subject->kind == CNN_KIND_CALLBACK)
        kit_skip("a callback is called from one thread only");
    pause_threads();
    for (size_t round = 0; round < ROUNDS; round++) {
        snprintf(kit_page->phase, sizeof kit_page->phase, "a [train] callback, 8 threads at once");
        pthread_barrier_init(&barrier, NULL, THREADS);
        for (size_t i = 0; i < THREADS; i++) {
            workers[i] = (worker){.instance = instance, .alone = &alone};
            if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
                kit_tool_error("no thread");
        }
        for (size_t i = 0; i < THREADS; i++)
            pthread_join(workers[i].thread, NULL);
        for (size_t i = 0; i < THREADS; i++) {
            kit_expect_same(&alone, &workers[i].out, "in 8 threads at once");
            kit_bytes_free(&workers[i].out);
        }
    }
}

/* Hidden state would show: other numbers in between, other variants, the first again. */
static void check_order(kit_case *c)
{
    kit_bytes first = {0}, between = {0}, again = {0};
    kit_layout other = plain;
    kit_instance *instance = kit_make_any(c, &plain, NULL);
    kit_run(instance, &plain, &first);
    for (other.salt = 100; other.salt < 105; other.salt++)
        kit_run(instance, &other, &between);
    kit_run(instance, &plain, &again);
    kit_expect_same(&first, &again, "after calls with other arguments");
}

const kit_check kit_repeat_checks[] = {
    {"DET-1", "the same call gives the same bits", 4, 0, 0, check_repeats},
    {"DET-2", "another process gives the same bits", 4, 0, 0, check_process},
    {"DET-3", "many threads at once give the same bits", 4, 0, 0, check_threads},
    {"DET-4", "no memory of earlier calls", 4, 0, 0, check_order},
    {0},
};
