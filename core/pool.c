/* pool.c - worker threads that share out numbered jobs. */
#define _GNU_SOURCE /* sched_getaffinity, CPU_COUNT */
#include "pool.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

struct cnn_pool {
    size_t threads;   /* workers, the caller included */
    size_t started;   /* of `ids`, which are the others */
    pthread_t *ids;
    pthread_mutex_t lock;
    pthread_cond_t wake, done;
    /* under lock */
    unsigned long round; /* counts runs, so that a late worker does not take a round twice */
    size_t busy;         /* workers that have not finished this round */
    int stop;
    cnn_job job;
    void *context;
    size_t jobs;
    atomic_size_t next;  /* the next job to take */
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

static void *work(void *argument)
{
    worker self = *(worker *)argument;
    free(argument);
    unsigned long round = 0;
    pthread_mutex_lock(&self.pool->lock);
    for (;;) {
        while (self.pool->round == round && !self.pool->stop)
            pthread_cond_wait(&self.pool->wake, &self.pool->lock);
        if (self.pool->stop)
            break;
        round = self.pool->round;
        pthread_mutex_unlock(&self.pool->lock);
        take_jobs(self.pool, self.number);
        pthread_mutex_lock(&self.pool->lock);
        if (--self.pool->busy == 0)
            pthread_cond_signal(&self.pool->done);
    }
    pthread_mutex_unlock(&self.pool->lock);
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

size_t cnn_pool_threads(const cnn_pool *pool)
{
    return pool->threads;
}

void cnn_pool_run(cnn_pool *pool, cnn_job job, void *context, size_t jobs)
{
    pthread_mutex_lock(&pool->lock);
    pool->job = job;
    pool->context = context;
    pool->jobs = jobs;
    atomic_store_explicit(&pool->next, 0, memory_order_relaxed);
    pool->busy = pool->started;
    pool->round++;
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
    take_jobs(pool, 0);
    pthread_mutex_lock(&pool->lock);
    while (pool->busy > 0)
        pthread_cond_wait(&pool->done, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

void cnn_pool_free(cnn_pool *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->stop = 1;
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
    for (size_t i = 0; i < pool->started; i++)
        pthread_join(pool->ids[i], NULL);
    pthread_cond_destroy(&pool->done);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->lock);
    free(pool->ids);
    free(pool);
}

size_t cnn_pool_cpus(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    const int count = CPU_COUNT(&set);
    return count > 0 ? (size_t)count : 1;
}
