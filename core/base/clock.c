/* clock.c - the one clock: seconds that only go forward, and pauses. */
#include "base/clock.h"

#include <stdint.h>

#define NANOSECONDS 1000000000 /* of a second */

double cnn_clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static struct timespec duration(double seconds)
{
    const int64_t all = (int64_t)(seconds * NANOSECONDS);
    return (struct timespec){(time_t)(all / NANOSECONDS), (long)(all % NANOSECONDS)};
}

void cnn_clock_sleep(double seconds)
{
    const struct timespec wait = duration(seconds);
    nanosleep(&wait, NULL);
}

struct timespec cnn_clock_deadline(double seconds)
{
    const struct timespec wait = duration(seconds);
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += wait.tv_nsec;
    until.tv_sec += wait.tv_sec + until.tv_nsec / NANOSECONDS;
    until.tv_nsec %= NANOSECONDS;
    return until;
}
