/* crash.c - a plugin that crashes, or ends the process, is named in the last line printed.
 *
 * What runs in a signal handler calls only what POSIX allows there: write, _exit, and the like. */
#define _GNU_SOURCE /* REG_RSP */
#include "plugin/crash.h"

#include <elf.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <ucontext.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "plugin/plugin.h"

volatile uint64_t cnn_crash_step;
volatile sig_atomic_t cnn_crash_in_step, cnn_crash_bar;
_Thread_local const cnn_plugin_file *volatile cnn_crash_file;
_Thread_local const char *volatile cnn_crash_callback;
struct cnn_crash_words *cnn_crash_words;
const char cnn_crash_opening[] = "a constructor", cnn_crash_reading[] = "its descriptor";

static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
#define FATAL (sizeof fatal / sizeof fatal[0])
static struct sigaction before[FATAL];

/* Wide enough for a frame with every vector register in it. */
static _Thread_local char overflow_stack[1 << 16];

/* ---- whose memory it is --------------------------------------------------------------------- */

typedef struct place {
    uint32_t kind;
    const char *name, *path;
    uintptr_t start, end;
    const struct place *next;
} place;
static const place *_Atomic places; /* grows at its head, and never shrinks */

void cnn_crash_place(uint32_t kind, const char *name, const char *path, uintptr_t start,
                     uintptr_t end)
{
    for (const place *p = places; p; p = p->next)
        if (p->start == start)
            return; /* the same file, opened again */
    place *p = cnn_alloc(1, sizeof *p);
    *p = (place){kind, cnn_strdup(name), cnn_strdup(path), start, end, places};
    places = p;
}

static const place *place_of(uintptr_t address)
{
    const place *p = places;
    while (p && (address < p->start || address >= p->end))
        p = p->next;
    return p;
}

static struct {
    uintptr_t start, end;
} linker; /* the dynamic linker's code */

static void find_linker(void)
{
    const uintptr_t base = getauxval(AT_BASE);
    const char *const at = (const char *)base; /* its header and program headers are loaded */
    Elf64_Ehdr header;
    Elf64_Phdr segment;
    if (!base)
        return;
    memcpy(&header, at, sizeof header);
    for (size_t i = 0; i < header.e_phnum; i++) {
        memcpy(&segment, at + header.e_phoff + i * sizeof segment, sizeof segment);
        if (segment.p_type == PT_LOAD && segment.p_flags & PF_X) {
            linker.start = base + segment.p_vaddr;
            linker.end = linker.start + segment.p_memsz;
        }
    }
}

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

/* Says who crashed, where and why, and ends the process. The first thread that comes here speaks.
 */
static _Noreturn void end(const place *who, const char *where, const char *why)
{
    static atomic_flag speaking = ATOMIC_FLAG_INIT;
    while (atomic_flag_test_and_set(&speaking))
        pause();
    add("cnnrun: ");
    const size_t start = line.length;
    add("plugin ");
    add(cnn_kind_name(who->kind));
    add(" '");
    add(who->name);
    add("' (");
    add(who->path);
    add(") crashed in ");
    add(where);
    add(cnn_crash_in_step ? " at step " : cnn_crash_step ? " after step " : " before any step");
    if (cnn_crash_step)
        add_number(cnn_crash_step);
    add(": ");
    add(why);
    if (cnn_crash_words) {
        for (size_t i = start; i < line.length && i - start < sizeof *cnn_crash_words - 1; i++)
            cnn_crash_words->text[i - start] = line.text[i];
        _exit(CNN_EXIT_PLUGIN);
    }
    line.text[line.length < sizeof line.text ? line.length++ : line.length - 1] = '\n';
    if (cnn_crash_bar && write(STDOUT_FILENO, "\r\033[K", 4) < 0)
        _exit(CNN_EXIT_PLUGIN);
    if (write(STDERR_FILENO, line.text, line.length) < 0)
        _exit(CNN_EXIT_PLUGIN);
    _exit(CNN_EXIT_PLUGIN);
}

static place noted(void)
{
    const cnn_plugin_file *file = cnn_crash_file;
    return (place){.kind = file->head.kind, .name = file->head.name, .path = file->opened};
}

/* ---- signals -------------------------------------------------------------------------------- */

static uintptr_t stack_top(const ucontext_t *context)
{
#if defined __x86_64__
    return (uintptr_t)context->uc_mcontext.gregs[REG_RSP];
#elif defined __aarch64__
    return (uintptr_t)context->uc_mcontext.sp;
#else
    return (void)context, 0;
#endif
}

static uintptr_t instruction(const ucontext_t *context)
{
#if defined __x86_64__
    return (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
#elif defined __aarch64__
    return (uintptr_t)context->uc_mcontext.pc;
#else
    return (void)context, 0;
#endif
}

/* All memory around the stack pointer is there to be used, unless the stack has no more. */
static bool beside_stack(const siginfo_t *info, const ucontext_t *context)
{
    const uintptr_t top = stack_top(context), near = 1 << 16, at = (uintptr_t)info->si_addr;
    return top > near && at >= top - near && at < top + near;
}

/* `data`: the plugin whose memory it was about, or NULL. */
static const char *reason(int number, const siginfo_t *info, const ucontext_t *context,
                          const place *data)
{
    switch (number) {
    case SIGSEGV:
        return beside_stack(info, context) ? "stack overflow" : "segmentation fault";
    case SIGBUS:
        return data ? "bus error: its file was cut short or changed while it was in use"
                    : "bus error";
    case SIGFPE:
        return info->si_code == FPE_INTDIV ? "integer division by zero" : "arithmetic fault";
    case SIGILL:
        return "illegal instruction";
    case SIGTRAP:
        return "trap";
    case SIGSYS:
        return "bad system call";
    default:
        return "abort";
    }
}

/* Ends the process if a plugin is to blame: the one whose file has gone, the one that is noted (or
 * that the noted one has called, whose code it was), the one whose data or code it was. */
static void blame(int number, const siginfo_t *info, const ucontext_t *context)
{
    const bool fault = info->si_code > 0 && (number == SIGSEGV || number == SIGBUS);
    const place *data = fault ? place_of((uintptr_t)info->si_addr) : NULL;
    const place *code = info->si_code > 0 ? place_of(instruction(context)) : NULL;
    const char *why = reason(number, info, context, data), *where = cnn_crash_callback;
    const place note = cnn_crash_file ? noted() : (place){0};
    const bool other = data && number == SIGBUS && note.path && strcmp(data->path, note.path) != 0;
    if (note.path && !other) {
        const uintptr_t at = instruction(context);
        if (where == cnn_crash_opening && at >= linker.start && at < linker.end)
            where = "the dynamic linker";
        end(code && strcmp(code->path, note.path) != 0 ? code : &note, where, why);
    }
    if (data || code)
        end(data ? data : code, data == code || !data ? "its code" : "its data", why);
}

/* A crash of our own, or a signal from another process, is what it would be without this handler:
 * the instruction faults once more, or the signal is sent again. */
static void on_signal(int number, siginfo_t *info, void *context)
{
    const bool foreign = info->si_code == SI_USER && info->si_pid != getpid();
    if (!foreign && !cnn_memory_has_ended())
        blame(number, info, context);
    for (size_t i = 0; i < FATAL; i++)
        if (fatal[i] == number)
            sigaction(number, &before[i], NULL);
    if (info->si_code <= 0)
        raise(number);
}

static void on_exit_called(void)
{
    if (!cnn_crash_file || cnn_crash_callback == cnn_crash_reading || cnn_memory_has_ended())
        return;
    const place note = noted();
    end(&note, cnn_crash_callback, "exit() was called");
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
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK}, was;
    sigemptyset(&action.sa_mask);
    find_linker();
    cnn_crash_thread();
    for (size_t i = 0; i < FATAL; i++)
        if (sigaction(fatal[i], &action, &was) == 0 && was.sa_sigaction != on_signal)
            before[i] = was; /* a child that catches anew has ours already */
    (void)atexit(on_exit_called);
    (void)at_quick_exit(on_exit_called);
}
