/* schedule_keeps_thread.c - a thread goes on behind it. */
/* must fail: ENV-5 */
#include <cnnrun/schedule.h>

#include <pthread.h>
#include <unistd.h>

static void *wait_on(void *nothing)
{
    (void)pause();
    return nothing;
}

static double rate(const void *self, const cnn_schedule_point *point)
{
    (void)self;
    pthread_t thread;
    if (pthread_create(&thread, NULL, wait_on, NULL) == 0)
        (void)pthread_detach(thread);
    return point->base;
}

CNN_SCHEDULE("schedule_keeps_thread", "a thread goes on behind it", .rate = rate)
