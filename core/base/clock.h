/* clock.h - the one clock: seconds that only go forward, and pauses. */
#ifndef CNN_BASE_CLOCK_H
#define CNN_BASE_CLOCK_H

#include <time.h>

/* Seconds since some moment before this process began. Setting the system's date does not change them, so the
 * difference of two is the time between. From any thread. */
double cnn_clock_now(void);

/* Waits; a signal that is caught ends the wait early. */
void cnn_clock_sleep(double seconds);

/* The moment `seconds` from now on the clock of the date, for calls that want their deadline on that one
 * (sem_timedwait). */
struct timespec cnn_clock_deadline(double seconds);

#endif
