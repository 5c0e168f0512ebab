/* bench_peak.c - the float32 multiply-adds that this processor can do, in GFLOP/s.
 *
 *   bench_peak [THREADS]
 *
 * Built once for each instruction set, as plugins are. Each thread keeps as many sums in registers
 * as there is room for, so that neither latency nor memory is in the way. Prints what all threads
 * reach together, in the best of several runs. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "kernels/vector.h"

#define SUMS (VL == 16 ? 24 : 12)
#define STEPS 4000000
#define RUNS 5
#define MAX_THREADS 256

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* What it returns keeps the compiler from leaving the work out. */
static void *work(void *result)
{
    const vec factor = vec_all(0.999F);
    vec sum[SUMS];
    for (int s = 0; s < SUMS; s++)
        sum[s] = vec_all((float)s);
    for (int k = 0; k < STEPS; k++) {
#pragma GCC unroll 24
        for (int s = 0; s < SUMS; s++)
            sum[s] = sum[s] * factor + factor;
    }
    for (int s = 1; s < SUMS; s++)
        sum[0] += sum[s];
    vec_store(result, sum[0]);
    return result;
}

static double run(int threads)
{
    static float results[MAX_THREADS][VL];
    pthread_t id[MAX_THREADS];
    const double start = seconds();
    for (int t = 0; t < threads; t++)
        if (pthread_create(&id[t], NULL, work, results[t]) != 0) {
            fprintf(stderr, "bench_peak: there are no more threads\n");
            exit(1);
        }
    for (int t = 0; t < threads; t++)
        pthread_join(id[t], NULL);
    return 2.0 * VL * SUMS * (double)STEPS * threads / (seconds() - start) / 1e9;
}

int main(int count, char **arg)
{
    const int threads = count > 1 ? atoi(arg[1]) : 1;
    double best = 0;
    if (count > 2 || threads < 1 || threads > MAX_THREADS) {
        fprintf(stderr, "usage: bench_peak [THREADS]\n");
        return 2;
    }
    for (int i = 0; i < RUNS; i++) {
        const double speed = run(threads);
        best = speed > best ? speed : best;
    }
    printf("%.1f\n", best);
    return 0;
}
