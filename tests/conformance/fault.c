/* fault.c - turns a fatal signal into words: which buffer, which element, read or written. */
#define _GNU_SOURCE
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "kit.h"
#include "shared.h"
#include "statics.h"

#define STACK_BYTES (64u << 10)

kit_shared *kit_page;

/* ---- in the child --------------------------------------------------------------------------- */

static void read_registers(const ucontext_t *context)
{
#ifdef __x86_64__
    kit_page->fault.instruction = (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
    kit_page->fault.stack = (uintptr_t)context->uc_mcontext.gregs[REG_RSP];
    kit_page->fault.write = context->uc_mcontext.gregs[REG_ERR] & 2;
    kit_page->fault.knows_access = true;
#elif defined __aarch64__
    kit_page->fault.instruction = (uintptr_t)context->uc_mcontext.pc;
    kit_page->fault.stack = (uintptr_t)context->uc_mcontext.sp;
#else
    (void)context;
#endif
}

static void handle(int number, siginfo_t *info, void *context)
{
    if (kit_page->fault.signal == 0) {
        read_registers(context);
        kit_page->fault.address = (uintptr_t)info->si_addr;
        kit_statics_name(kit_page->fault.address, kit_page->fault.variable,
                         sizeof kit_page->fault.variable);
        kit_page->fault.signal = number;
    }
    signal(number, SIG_DFL);
    if (info->si_code <= 0 || number == SIGABRT) /* sent, not caused: it will not come again */
        raise(number);
}

static _Thread_local uint32_t lane;
static atomic_uint lanes_taken;

struct kit_lane *kit_lane_here(void)
{
    return &kit_page->lane[lane];
}

static void make_stack(void)
{
    const stack_t stack = {.ss_sp = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
                                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
                           .ss_size = STACK_BYTES};
    if (stack.ss_sp == MAP_FAILED || sigaltstack(&stack, NULL) != 0)
        kit_tool_error("no stack for signals");
}

void kit_thread_begin(void)
{
    make_stack();
    lane = 1 + atomic_fetch_add(&lanes_taken, 1) % (KIT_LANES - 1);
    kit_lane_here()->count = 0;
}

void kit_fault_catch(void)
{
    static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};
    make_stack();
    struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK};
    action.sa_sigaction = handle;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++)
        sigaction(fatal[i], &action, NULL);
}

/* ---- in the parent -------------------------------------------------------------------------- */

static const kit_region *find_region(uintptr_t address)
{
    for (size_t k = 0; k < KIT_LANES; k++)
        for (uint32_t i = 0; i < kit_page->lane[k].count && i < KIT_BUFFERS; i++) {
            const kit_region *r = &kit_page->lane[k].region[i];
            if (address >= r->map && address < r->end)
                return r;
        }
    return NULL;
}

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

/* "read, 1 element past the end of output[10]" */
static void name_place(const kit_region *r, uintptr_t address, char *words, size_t size)
{
    const uint64_t count = r->bytes / r->element;
    const uintptr_t end = r->body + r->bytes;
    const char *access = !kit_page->fault.knows_access ? "touched"
                         : kit_page->fault.write       ? "write"
                                                       : "read";
    if (address < r->body) {
        const uint64_t n = (r->body - address + r->element - 1) / r->element;
        snprintf(words, size, "%s, %llu element%s before the start of %s[%llu]", access,
                 (unsigned long long)n, plural(n), r->name, (unsigned long long)count);
    } else if (address >= end) {
        const uint64_t n = (address - end) / r->element + 1;
        snprintf(words, size, "%s, %llu element%s past the end of %s[%llu]", access,
                 (unsigned long long)n, plural(n), r->name, (unsigned long long)count);
    } else {
        snprintf(words, size, "%s, %s%s[%llu], element %llu", access,
                 r->readonly ? "read-only " : "", r->name, (unsigned long long)count,
                 (unsigned long long)((address - r->body) / r->element));
    }
}

static void name_address(char *words, size_t size)
{
    const uintptr_t address = kit_page->fault.address, stack = kit_page->fault.stack;
    const kit_region *region = find_region(address);
    const char *access = kit_page->fault.write ? "write" : "read";
    if (region)
        name_place(region, address, words, size);
    else if (*kit_page->fault.variable)
        snprintf(words, size,
                 "write to the static variable %s; static variables are shared by all threads, "
                 "and nothing may change them in [train] callbacks",
                 kit_page->fault.variable);
    else if (address < 65536)
        snprintf(words, size, "%s through a NULL pointer (offset %llu)", access,
                 (unsigned long long)address);
    else if (stack && address + (1u << 20) > stack && address < stack + (1u << 20))
        snprintf(words, size, "stack overflow");
    else
        snprintf(words, size, "%s at an address outside all buffers of the call", access);
}

static uint64_t hash_of(const char *text)
{
    uint64_t hash = 14695981039346656037u;
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    return hash;
}

void kit_fault_words(int number, char *words, unsigned long size, uint64_t *cause)
{
    const char *name = sigabbrev_np(number);
    char place[240] = "";
    *cause = 0;
    if (kit_page->fault.signal == number && (number == SIGSEGV || number == SIGBUS)) {
        name_address(place, sizeof place);
        const uint64_t at = kit_page->fault.instruction - kit_page->fault.library;
        *cause = (at << 8 | (uint64_t)kit_page->fault.write << 7 | (uint64_t)number) + 1;
    } else if (number == SIGABRT) {
        snprintf(place, sizeof place, "abort");
    } else if (number == SIGFPE) {
        snprintf(place, sizeof place, "integer division by zero or overflow");
    } else if (number == SIGILL) {
        snprintf(place, sizeof place, "illegal instruction");
    } else if (number == SIGXCPU || number == SIGXFSZ) {
        snprintf(place, sizeof place, "a limit was reached");
    }
    if (*cause == 0) /* then the callback and the signal are all that is known */
        *cause = hash_of(kit_page->phase) ^ (uint64_t)number;
    snprintf(words, size, "%s (SIG%s)", *place ? place : "killed by a signal", name ? name : "?");
}
