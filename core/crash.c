/* crash.c - a plugin that crashes, or ends the process, is named in the last line printed.
 *
 * What runs in a signal handler calls only what POSIX allows there: write, _exit, and the like. */
#define _GNU_SOURCE /* REG_RSP */
#include "crash.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include "plugin.h"
#include "text.h"

volatile uint64_t cnn_crash_step;
volatile sig_atomic_t cnn_crash_in_step, cnn_crash_bar;
_Thread_local const cnn_plugin_file *volatile cnn_crash_file;
_Thread_local const char *volatile cnn_crash_callback;

static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
#define FATAL (sizeof fatal / sizeof fatal[0])
static struct sigaction before[FATAL];

/* Wide enough for a frame with every vector register in it. */
static _Thread_local char overflow_stack[1 << 16];

/* ---- the line ------------------------------------------------------------------------------- */

static struct {
    char text[8192];
    size_t length;
} line;

static void add(const char *text)
{
    char shown[CNN_SHOWN];
    while (*text) {
        text += cnn_printable_first(text, "", shown);
        for (const char *at = shown; *at && line.length < sizeof line.text; at++)
            line.text[line.length++] = *at;
    }
}

static void add_number(uint64_t n)
{
    char digits[21] = {0}, *at = digits + 20;
    do
        *--at = (char)('0' + n % 10);
    while (n /= 10);
    add(at);
}

/* Says who crashed, and why, and ends the process. The first thread that comes here speaks. */
static _Noreturn void end(const char *why)
{
    static atomic_flag speaking = ATOMIC_FLAG_INIT;
    const cnn_plugin_file *file = cnn_crash_file;
    while (atomic_flag_test_and_set(&speaking))
        pause();
    add("cnnrun: plugin ");
    add(cnn_kind_name(file->head.kind));
    add(" '");
    add(file->head.name);
    add("' (");
    add(file->opened);
    add(") crashed in ");
    add(cnn_crash_callback);
    add(cnn_crash_in_step ? " at step " : cnn_crash_step ? " after step " : " before any step");
    if (cnn_crash_step)
        add_number(cnn_crash_step);
    add(": ");
    add(why);
    line.text[line.length < sizeof line.text ? line.length++ : line.length - 1] = '\n';
    if (cnn_crash_bar && write(STDOUT_FILENO, "\r\033[K", 4) < 0)
        _exit(CNN_EXIT_PLUGIN);
    if (write(STDERR_FILENO, line.text, line.length) < 0)
        _exit(CNN_EXIT_PLUGIN);
    _exit(CNN_EXIT_PLUGIN);
}

/* ---- signals -------------------------------------------------------------------------------- */

/* All memory around the stack pointer is there to be used, unless the stack has no more. */
static bool beside_stack(const siginfo_t *info, const ucontext_t *context)
{
#if defined __x86_64__
    const uintptr_t top = (uintptr_t)context->uc_mcontext.gregs[REG_RSP];
#elif defined __aarch64__
    const uintptr_t top = (uintptr_t)context->uc_mcontext.sp;
#else
    const uintptr_t top = 0;
#endif
    const uintptr_t near = 1 << 16, at = (uintptr_t)info->si_addr;
    return top > near && at >= top - near && at < top + near;
}

static const char *reason(int number, const siginfo_t *info, const ucontext_t *context)
{
    switch (number) {
    case SIGSEGV:
        return beside_stack(info, context) ? "stack overflow" : "segmentation fault";
    case SIGBUS:
        return "bus error";
    case SIGFPE:
        return info->si_code == FPE_INTDIV ? "integer division by zero" : "arithmetic fault";
    case SIGILL:
        return "illegal instruction";
    default:
        return "abort";
    }
}

/* A crash of our own, or a signal from another process, is what it would be without this handler:
 * the instruction faults once more, or the signal is sent again. */
static void on_signal(int number, siginfo_t *info, void *context)
{
    const bool foreign = info->si_code == SI_USER && info->si_pid != getpid();
    if (cnn_crash_file && !foreign)
        end(reason(number, info, context));
    for (size_t i = 0; i < FATAL; i++)
        if (fatal[i] == number)
            sigaction(number, &before[i], NULL);
    if (info->si_code <= 0)
        raise(number);
}

static void on_exit_called(void)
{
    if (cnn_crash_file)
        end("exit() was called");
}

void cnn_crash_thread(void)
{
    stack_t stack = {.ss_sp = overflow_stack, .ss_size = sizeof overflow_stack}, has;
    sigset_t set;
    if (sigaltstack(NULL, &has) == 0 && has.ss_flags & SS_DISABLE) /* a sanitizer brings its own */
        sigaltstack(&stack, NULL);
    sigemptyset(&set);
    for (size_t i = 0; i < FATAL; i++)
        sigaddset(&set, fatal[i]);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

void cnn_crash_catch(void)
{
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    cnn_crash_thread();
    for (size_t i = 0; i < FATAL; i++)
        sigaction(fatal[i], &action, &before[i]);
    (void)atexit(on_exit_called);
    (void)at_quick_exit(on_exit_called);
}
