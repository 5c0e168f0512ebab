/* state.c - the state of the process that a plugin must leave as it was. */
#define _GNU_SOURCE
#include "state.h"

#include <dirent.h>
#include <fenv.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kit.h"

extern char **environ;

/* The control bits, without the flags of exceptions that have happened. */
static uint32_t read_modes(void)
{
#ifdef __x86_64__
    uint16_t x87;
    __asm__ volatile("fnstcw %0" : "=m"(x87));
    return (__builtin_ia32_stmxcsr() & 0xFFC0u) | (uint32_t)x87 << 16;
#elif defined __aarch64__
    uint64_t control;
    __asm__ volatile("mrs %0, fpcr" : "=r"(control));
    return (uint32_t)control;
#else
    return (uint32_t)fegetround();
#endif
}

static int count_threads(void)
{
    int count = 0;
    DIR *dir = opendir("/proc/self/task");
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        count += entry->d_name[0] != '.';
    if (dir)
        closedir(dir);
    return count;
}

static uint64_t hash_environment(void)
{
    uint64_t hash = 14695981039346656037u;
    for (char **variable = environ; variable && *variable; variable++)
        for (const char *p = *variable; *p; p++)
            hash = (hash ^ (unsigned char)*p) * 1099511628211u;
    return hash;
}

void kit_state_take(kit_state *state)
{
    struct stat s;
    memset(state, 0, sizeof *state);
    state->modes = read_modes();
    snprintf(state->locale, sizeof state->locale, "%s", setlocale(LC_ALL, NULL));
    for (int i = 1; i < 65; i++) {
        struct sigaction action;
        if (sigaction(i, NULL, &action) == 0)
            memcpy(&state->signals[i].handler, &action.sa_sigaction, sizeof(void *));
    }
    sigprocmask(SIG_SETMASK, NULL, &state->mask);
    if (!getcwd(state->folder, sizeof state->folder))
        state->folder[0] = '\0';
    state->umask = umask(0);
    umask(state->umask);
    state->environment = hash_environment();
    for (int i = 0; i < 60; i++)
        if (fstat(i, &s) == 0) {
            state->files[i].device = s.st_dev + 1;
            state->files[i].file = s.st_ino;
        }
    state->threads = count_threads();
    fflush(stdout);
    fflush(stderr);
    state->printed = (fstat(1, &s) == 0 ? (uint64_t)s.st_size : 0);
}

static void compare_files(const kit_state *a, const kit_state *b, const char *during)
{
    for (int i = 0; i < 60; i++) {
        if (memcmp(&a->files[i], &b->files[i], sizeof a->files[i]) == 0)
            continue;
        kit_fail("%s: descriptor %d %s; it must be left as it was", during, i,
                 !a->files[i].device   ? "was opened and not closed"
                 : !b->files[i].device ? "was closed"
                                       : "is another file than before");
    }
}

static void compare_signals(const kit_state *a, const kit_state *b, const char *during)
{
    for (int i = 1; i < 65; i++)
        if (a->signals[i].handler != b->signals[i].handler)
            kit_fail("%s: the handler of signal %d (%s) changed; a plugin must set none", during, i,
                     strsignal(i));
    for (int i = 1; i < 65; i++)
        if (sigismember(&a->mask, i) != sigismember(&b->mask, i))
            kit_fail("%s: the mask of signal %d changed; a plugin must leave it", during, i);
}

void kit_state_compare(const kit_state *a, const kit_state *b, uint32_t what, const char *during)
{
    if (what & KIT_STATE_MODES && a->modes != b->modes)
        kit_fail(
            "%s: the floating-point control word changed from %08x to %08x (rounding, or denormals "
            "flushed to zero); it must be left as it was; link without -ffast-math",
            during, a->modes, b->modes);
    if (what & KIT_STATE_OUTPUT && a->printed != b->printed)
        kit_fail("%s: it printed %llu bytes; a plugin must print nothing", during,
                 (unsigned long long)(b->printed - a->printed));
    if (what & KIT_STATE_LOCALE && strcmp(a->locale, b->locale) != 0)
        kit_fail("%s: the locale changed from %s to %s; it must be left", during, a->locale,
                 b->locale);
    if (what & KIT_STATE_SIGNALS)
        compare_signals(a, b, during);
    if (what & KIT_STATE_FOLDER && strcmp(a->folder, b->folder) != 0)
        kit_fail("%s: the current folder changed from %s to %s; it must be left", during, a->folder,
                 b->folder);
    if (what & KIT_STATE_FOLDER && a->umask != b->umask)
        kit_fail("%s: the umask changed from %03o to %03o; it must be left", during, a->umask,
                 b->umask);
    if (what & KIT_STATE_FOLDER && a->environment != b->environment)
        kit_fail("%s: the environment changed; setenv and putenv are not for plugins", during);
    if (what & KIT_STATE_FILES)
        compare_files(a, b, during);
    if (what & KIT_STATE_THREADS && a->threads != b->threads)
        kit_fail("%s: there are %d threads, before there were %d; a plugin must start none", during,
                 b->threads, a->threads);
}
