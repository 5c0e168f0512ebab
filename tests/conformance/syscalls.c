/* syscalls.c - fails the check when a [train] callback makes a system call.
 *
 * Linux's syscall user dispatch (5.11): while a byte of ours says "block", every system call of
 * this thread raises SIGSYS instead. So the guard goes up and down around each callback at no cost.
 */
#define _GNU_SOURCE
#include "syscalls.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "heap.h"
#include "kit.h"

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#define PR_SYS_DISPATCH_ON 1
#endif
#define ALLOW 0
#define BLOCK 1

static volatile char selector = ALLOW;
static bool on;

void kit_syscalls_enter(bool training)
{
    if (on && training)
        selector = BLOCK;
}

void kit_syscalls_leave(void)
{
    selector = ALLOW;
}

static const char *name_of(int number)
{
    static const struct {
        int number;
        const char *name;
    } known[] = {{SYS_read, "read"},
                 {SYS_write, "write"},
                 {SYS_openat, "openat"},
                 {SYS_close, "close"},
                 {SYS_mmap, "mmap, which malloc calls"},
                 {SYS_munmap, "munmap, which free calls"},
                 {SYS_brk, "brk, which malloc calls"},
                 {SYS_futex, "futex, which locks call"},
                 {SYS_clock_nanosleep, "clock_nanosleep, which sleep calls"},
                 {SYS_clock_gettime, "clock_gettime"},
                 {SYS_getrandom, "getrandom"},
                 {SYS_clone, "clone"},
                 {SYS_getpid, "getpid"},
                 {SYS_sched_yield, "sched_yield"},
                 {SYS_kill, "kill"},
                 {SYS_exit_group, "exit_group"},
                 {SYS_mprotect, "mprotect"}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].number == number)
            return known[i].name;
    return NULL;
}

static void caught(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    selector = ALLOW;
    const char *name = name_of(info->si_syscall);
    if (name)
        kit_fail("it made the system call %s; a [train] callback must make none", name);
    kit_fail("it made system call %d; a [train] callback must make none", info->si_syscall);
}

bool kit_syscalls_guard(void)
{
    struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK};
    action.sa_sigaction = caught;
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGSYS, &action, NULL) != 0 ||
        prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, 0ul, 0ul, &selector) != 0)
        return false;
    return on = true;
}
