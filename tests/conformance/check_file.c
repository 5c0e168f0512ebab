/* check_file.c - rules on the file: its note, its dynamic section, opening and closing it. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <fenv.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "elf_facts.h"
#include "instance.h"
#include "plugin/elfnote.h"
#include "state.h"

static void check_note(kit_case *c)
{
    cnn_report report = {0};
    char *data;
    uint64_t size;
    cnn_abi abi;
    if (!cnn_file_read(c->subject->path, 256u << 20, CNN_EXIT_PLUGIN, &data, &size, &report))
        kit_fail("%s", report.problems[0].text);
    char *flaw = cnn_elfnote_read(data, size, &abi);
    if (flaw)
        kit_fail("%s", flaw);
    if (!cnn_kind_name(abi.kind))
        kit_fail("kind is %u; it must be one of CNN_KIND_*", abi.kind);
    flaw = cnn_elfnote_compare(&abi, (uint32_t)sizeof(cnn_head));
    if (flaw)
        kit_fail("%s; it was built by %s", flaw, abi.compiler);
}

static void *open_raw(const char *path)
{
    kit_enter("opening the file", KIT_SETUP);
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    kit_leave();
    if (!library)
        kit_fail("it cannot be opened: %s", dlerror());
    return library;
}

static void check_open(kit_case *c)
{
    kit_state before, after;
    kit_state_take(&before);
    void *library = open_raw(c->subject->path);
    kit_state_take(&after);
    kit_state_compare(&before, &after, KIT_STATE_ALL & ~KIT_STATE_MODES, "opening the file");
    if (!dlsym(library, "cnn_plugin"))
        kit_fail("it does not export cnn_plugin; a plugin ends with CNN_LOSS(...) or its like");
}

static void check_modes(kit_case *c)
{
    kit_state before, after;
    kit_state_take(&before);
    open_raw(c->subject->path);
    kit_state_take(&after);
    kit_state_compare(&before, &after, KIT_STATE_MODES, "opening the file");
}

/* The trainer's own gates. Faults of the table are PAR-1's. */
static void check_descriptor(kit_case *c)
{
    cnn_report report = {0};
    const cnn_plugin_file *file = kit_open(c->subject, &report);
    for (size_t i = 0; !file && i < report.count; i++)
        if (!strstr(report.problems[i].text, "parameter '"))
            kit_fail("%s", report.problems[i].text);
    if (file && !file->head.doc)
        kit_warn("it has no doc; the manual of `cnnrun plugins %s` then lacks formula and source",
                 c->subject->name);
}

static void check_copies(kit_case *c)
{
    void *first = open_raw(c->subject->path);
    char copy[64];
    kit_copy_to_memory(c->subject->path, copy, sizeof copy);
    void *second = open_raw(copy);
    const cnn_head *a = dlsym(first, "cnn_plugin"), *b = dlsym(second, "cnn_plugin");
    if (!a || !b || a == b)
        kit_fail("a copy of the file gives the same cnn_plugin; each file must have its own");
    if (strcmp(a->name, b->name) != 0)
        kit_fail("a copy of the file has another name");
}

/* In a process of its own, since that is to end. */
static void check_close(kit_case *c)
{
    for (int i = 0; i < 10; i++) {
        void *library = open_raw(c->subject->path);
        kit_enter("closing the file", KIT_SETUP);
        dlclose(library);
        kit_leave();
    }
    const pid_t child = fork();
    if (child < 0)
        kit_tool_error("no process");
    if (child == 0) {
        open_raw(c->subject->path);
        kit_enter("exit", KIT_SETUP);
        exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status))
        kit_fail("signal %d (%s) when a process that has it open ends", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    if (WEXITSTATUS(status) != 0)
        kit_fail("a process that has it open ends with %d instead of 0", WEXITSTATUS(status));
}

static void check_exports(kit_case *c)
{
    kit_elf elf;
    kit_elf_read(c->subject->path, &elf);
    const char *name;
    for (size_t i = 0; (name = kit_elf_symbol(&elf, i, KIT_ELF_DEFINED)); i++)
        if (strcmp(name, "cnn_plugin") != 0 && *name && strncmp(name, "__odr_asan", 10) != 0)
            kit_fail(
                "it exports '%s'; only cnn_plugin should be seen (-fvisibility=hidden, or static)",
                name);
}

static void check_needed(kit_case *c)
{
    static const char *const plain[] = {"libc.so.", "libm.so.", "libgcc_s.so.", "ld-linux",
                                        "libpthread.so."};
    kit_elf elf;
    kit_elf_read(c->subject->path, &elf);
    const char *name;
    for (size_t i = 0; (name = kit_elf_entry(&elf, DT_NEEDED, i)); i++) {
        bool known = false;
        for (size_t k = 0; k < sizeof plain / sizeof plain[0]; k++)
            known |= strncmp(name, plain[k], strlen(plain[k])) == 0;
        if (!known)
            kit_warn("it needs %s, which must then be installed wherever it is used", name);
    }
}

static void check_segments(kit_case *c)
{
    kit_elf elf;
    kit_elf_read(c->subject->path, &elf);
    if (kit_elf_has(&elf, DT_TEXTREL))
        kit_fail("its code has relocations (TEXTREL); compile it with -fPIC");
    if (kit_elf_stack_is_executable(&elf))
        kit_fail("it asks for an executable stack; link it with -z noexecstack, and use no nested "
                 "functions");
    const char *path = kit_elf_entry(&elf, DT_RUNPATH, 0);
    path = path ? path : kit_elf_entry(&elf, DT_RPATH, 0);
    if (path && strncmp(path, "$ORIGIN", 7) != 0)
        kit_fail("its search path is '%s'; another machine has other files there", path);
}

static void check_references(kit_case *c)
{
    static const char *const doubtful[] = {
        "fork",   "vfork",      "system",  "popen",     "execve",       "exit",
        "_exit",  "quick_exit", "rand",    "srand",     "random",       "drand48",
        "rand_r", "setlocale",  "signal",  "sigaction", "dlopen",       "putenv",
        "setenv", "chdir",      "time",    "clock",     "gettimeofday", "clock_gettime",
        "printf", "puts",       "putchar", "sleep",     "usleep",       "nanosleep"};
    kit_elf elf;
    kit_elf_read(c->subject->path, &elf);
    cnn_text found = {0};
    const char *name;
    for (size_t i = 0; (name = kit_elf_symbol(&elf, i, KIT_ELF_UNDEFINED)); i++)
        for (size_t k = 0; k < sizeof doubtful / sizeof doubtful[0]; k++)
            if (strcmp(name, doubtful[k]) == 0)
                cnn_text_add(&found, "%s%s", found.data ? ", " : "", name);
    if (found.data)
        kit_warn("it refers to %s; the contract leaves no use for that", found.data);
}

const kit_check kit_file_checks[] = {
    {"ABI-1", "the ABI note is there and fits this cnnrun", 1, 0, KIT_GATE | KIT_UNOPENED,
     check_note},
    {"LOAD-1", "opening the file works and leaves no trace", 1, 0, KIT_GATE | KIT_UNOPENED,
     check_open},
    {"DESC-1", "the descriptor is complete", 1, 0, KIT_GATE | KIT_UNOPENED, check_descriptor},
    {"LOAD-2", "it can be closed, opened again, and outlived", 2, 0, KIT_UNOPENED, check_close},
    {"LOAD-3", "two copies of the file do not meet", 2, 0, KIT_UNOPENED, check_copies},
    {"ELF-1", "it exports cnn_plugin alone", 5, 0, KIT_UNOPENED, check_exports},
    {"ELF-2", "it needs the C library only", 3, 0, KIT_UNOPENED, check_needed},
    {"ELF-3", "plain segments, no search path", 3, 0, KIT_UNOPENED, check_segments},
    {"ELF-4", "no reference to what the contract forbids", 3, 0, KIT_UNOPENED, check_references},
    {"ELF-5", "opening the file leaves floating point as it was", 1, 0, KIT_UNOPENED, check_modes},
    {0},
};
