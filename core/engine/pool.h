/* pool.h - worker threads that share out numbered jobs.
 *
 * Which worker takes which job is left to chance; so a job's result may depend on its number only. */
#ifndef CNN_ENGINE_POOL_H
#define CNN_ENGINE_POOL_H

#include <stddef.h>

#include "base/report.h"

typedef struct cnn_pool cnn_pool;

/* `worker` is in [0, threads); the caller of cnn_pool_run is worker 0. */
typedef void (*cnn_job)(void *context, size_t job, size_t worker);

/* Starts threads - 1 threads, which take no signals. NULL with a fault of CNN_EXIT_SYSTEM. */
CNN_MUST_CHECK cnn_pool *cnn_pool_new(size_t threads, cnn_report *report);

/* Runs jobs 0 to jobs - 1 and returns when all are done; what they wrote is then visible. Allocates
 * nothing. Not reentrant. */
void cnn_pool_run(cnn_pool *pool, cnn_job job, void *context, size_t jobs);

/* Stops and joins the threads. NULL is fine. */
void cnn_pool_free(cnn_pool *pool);

#endif
