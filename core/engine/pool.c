/* pool.c - worker threads that share out numbered jobs. */
#include "engine/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/process.h"
#include "plugin/crash.h"

/* How often a thread looks for work, or for the end of it, before it sleeps: some 50 microseconds.
 * A step has three rounds, and to wake a thread costs as much as that. */
#define SPINS 2000

struct cnn_pool {
    size_t threads; /* workers, the caller included */
    size_t started; /* of `ids`, which are the others */
    pthread_t *ids;
    int spins;            /* 0 where there are more threads than CPUs */
    pthread_mutex_t lock; /* for sleeping only */
    pthread_cond_t wake, done;
    atomic_ulong round; /* counts runs, so that a late worker does not take a round twice */
    atomic_size_t busy; /* workers that have not finished this round */
    atomic_size_t next; /* the next job to take */
    /* set before `round` is counted up */
    bool stop;
    cnn_job job;
    void *context;
    size_t jobs;
};

/* What a thread needs to know of itself. */
typedef struct worker {
    cnn_pool *pool;
    size_t number;
} worker;

static void take_jobs(cnn_pool *pool, size_t number)
{
    for (;;) {
        const size_t job = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);
        if (job >= pool->jobs)
            return;
        pool->job(pool->context, job, number);
    }
}

static void pause_briefly(void)
{
#if defined __x86_64__
    __builtin_ia32_pause();
#elif defined __aarch64__
    __asm__ volatile("yield");
#endif
}

/* Waits for the round after `seen`; returns its number. */
static unsigned long next_round(cnn_pool *pool, unsigned long seen)
{
    for (int i = 0; i < pool->spins && atomic_load(&pool->round) == seen; i++)
        pause_briefly();
    if (atomic_load(&pool->round) == seen) {
        pthread_mutex_lock(&pool->lock);
        while (atomic_load(&pool->round) == seen)
            pthread_cond_wait(&pool->wake, &pool->lock);
        pthread_mutex_unlock(&pool->lock);
    }
    return atomic_load(&pool->round);
}

static void start_round(cnn_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    atomic_fetch_add(&pool->round, 1);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
}

static void await_workers(cnn_pool *pool)
{
    for (int i = 0; i < pool->spins && atomic_load(&pool->busy) > 0; i++)
        pause_briefly();
    if (atomic_load(&pool->busy) == 0)
        return;
    pthread_mutex_lock(&pool->lock);
    while (atomic_load(&pool->busy) > 0)
        pthread_cond_wait(&pool->done, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

static void *work(void *argument)
{
    const worker self = *(worker *)argument;
    cnn_pool *pool = self.pool;
    free(argument);
    cnn_crash_thread();
    for (unsigned long round = next_round(pool, 0); !pool->stop; round = next_round(pool, round)) {
        take_jobs(pool, self.number);
        if (atomic_fetch_sub(&pool->busy, 1) == 1) {
            pthread_mutex_lock(&pool->lock);
            pthread_cond_signal(&pool->done);
            pthread_mutex_unlock(&pool->lock);
        }
    }
    return NULL;
}

static int start_thread(cnn_pool *pool, size_t number)
{
    worker *self = cnn_alloc(1, sizeof *self);
    *self = (worker){pool, number};
    const int error = pthread_create(&pool->ids[pool->started], NULL, work, self);
    if (error)
        free(self);
    else
        pool->started++;
    return error;
}

cnn_pool *cnn_pool_new(size_t threads, cnn_report *report)
{
    cnn_pool *pool = cnn_alloc(1, sizeof *pool);
    pool->threads = threads;
    pool->spins = threads <= cnn_process_cpus() ? SPINS : 0;
    pool->ids = cnn_alloc(threads, sizeof *pool->ids);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->wake, NULL);
    pthread_cond_init(&pool->done, NULL);
    /* Signals are for the main thread, which finishes the step. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = 0;
    for (size_t i = 1; i < threads && !error; i++)
        error = start_thread(pool, i);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error) {
        cnn_report_add(report, CNN_EXIT_SYSTEM, CNN_NOWHERE,
                       "thread %zu of %zu does not start: %s; try a smaller --threads",
                       pool->started + 2, threads, strerror(error));
        cnn_pool_free(pool);
        return NULL;
    }
    return pool;
}

void cnn_pool_run(cnn_pool *pool, cnn_job job, void *context, size_t jobs)
{
    pool->job = job;
    pool->context = context;
    pool->jobs = jobs;
    atomic_store(&pool->next, 0);
    atomic_store(&pool->busy, pool->started);
    start_round(pool);
    take_jobs(pool, 0);
    await_workers(pool);
}

void cnn_pool_free(cnn_pool *pool)
{
    if (!pool)
        return;
    pool->stop = true;
    start_round(pool);
    for (size_t i = 0; i < pool->started; i++)
        pthread_join(pool->ids[i], NULL);
    pthread_cond_destroy(&pool->done);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->lock);
    free(pool->ids);
    free(pool);
}
