/* shim.c - decides for each counted call of a preloaded program whether it fails; shim.h says how
 * it is told.
 *
 * The calls themselves are in shim_memory.c and shim_calls.c. Nothing here may allocate or print:
 * the program's own heap and streams are under test. */
#define _GNU_SOURCE
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shim_private.h"

#define MAX_FRAMES 24

static struct {
    shim_state *state; /* NULL: not one of ours, or not yet set up */
    enum shim_class class;
    enum shim_mode mode;
    unsigned long n;
    int error;
    char program[400]; /* its path */
} shim;

/* Set while the shim itself calls what it stands in for. Volatile, since libc's headers say of
 * fstat and others that they do not come back here. */
static _Thread_local volatile bool inside __attribute__((tls_model("initial-exec")));

/* ---- what it is told ------------------------------------------------------------------------- */

/* The value of "NAME=VALUE" among words parted by blanks, into value[128]. */
static bool setting(const char *text, const char *name, char value[128])
{
    const size_t length = strlen(name);
    for (const char *at = text; at; at = strchr(at, ' ') ? strchr(at, ' ') + 1 : NULL)
        if (strncmp(at, name, length) == 0 && at[length] == '=') {
            snprintf(value, 128, "%.*s", (int)strcspn(at + length + 1, " "), at + length + 1);
            return true;
        }
    return false;
}

static int number_of(const char *name, const char *const *names, int count)
{
    int i = 0;
    while (i < count && strcmp(names[i], name) != 0)
        i++;
    return i;
}

static int error_of(const char *name)
{
    static const char *const names[] = {"ENOMEM", "EMFILE", "ENFILE", "EIO",    "ENOSPC",
                                        "EROFS",  "EINTR",  "EAGAIN", "ENOLCK", "EPERM"};
    static const int values[] = {ENOMEM, EMFILE, ENFILE, EIO,    ENOSPC,
                                 EROFS,  EINTR,  EAGAIN, ENOLCK, EPERM};
    const int i = number_of(name, names, sizeof names / sizeof names[0]);
    return i < (int)(sizeof names / sizeof names[0]) ? values[i] : 0;
}

/* Only the programs under test, cnnrun and its commands: not gnuplot, nor a shell. */
static bool is_ours(void)
{
    const ssize_t length = readlink("/proc/self/exe", shim.program, sizeof shim.program - 1);
    const char *slash = length > 0 ? strrchr(shim.program, '/') : NULL;
    return slash && (strncmp(slash + 1, "cnnrun", 6) == 0 ||
                     (strstr(shim.program, "/plugins/command/") && !strchr(slash + 1, '.')));
}

static shim_state *map_state(const char *path)
{
    const int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
    void *state = fd < 0 ? MAP_FAILED
                         : (void *)syscall(SYS_mmap, NULL, sizeof(shim_state),
                                           PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    syscall(SYS_close, fd);
    return state == MAP_FAILED ? NULL : state;
}

/* A misspelt order would walk nothing and find nothing wrong: so it ends the program. */
_Noreturn static void refuse(const char *what)
{
    dprintf(2, "shim: " SHIM_VARIABLE ": %s\n", what);
    _exit(125);
}

__attribute__((constructor)) static void set_up(void)
{
#define SHIM_NAME(name) #name,
    static const char *const classes[] = {SHIM_CLASS_LIST(SHIM_NAME)};
    static const char *const modes[] = SHIM_MODE_NAMES;
    const char *told = getenv(SHIM_VARIABLE);
    char value[128] = "";
    if (!told || !is_ours())
        return;
    inside = true;
    shim.class = SHIM_CLASSES;
    if (setting(told, "call", value) &&
        (shim.class = (enum shim_class)number_of(value, classes, SHIM_CLASSES)) == SHIM_CLASSES)
        refuse("call is none that the shim knows");
    if (setting(told, "mode", value) && (shim.mode = (enum shim_mode)number_of(
                                             value, modes, SHIM_KILL_AFTER + 1)) > SHIM_KILL_AFTER)
        refuse("mode is none that the shim knows");
    shim.error = ENOMEM;
    if (setting(told, "errno", value) && !(shim.error = error_of(value)))
        refuse("errno is none that the shim knows");
    if (setting(told, "n", value))
        shim.n = strtoul(value, NULL, 10);
    if (!setting(told, "state", value) || !(shim.state = map_state(value)))
        refuse("state cannot be mapped");
    int none = 0;
    const bool first = atomic_compare_exchange_strong(&shim.state->first, &none, (int)getpid()) ||
                       none == (int)getpid();
    if (!first && setting(told, "process", value) && strcmp(value, "first") == 0)
        shim.state = NULL;
    inside = false;
}

/* ---- what it does ---------------------------------------------------------------------------- */

/* Who called, for the driver's report of what went wrong at this point. */
static void record(const char *name, const char *path, int fd)
{
    shim_state *state = shim.state;
    void *frames[MAX_FRAMES];
    char link[64], target[400] = "";
    size_t used = 0;
    if (!path && fd >= 0) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        const ssize_t length = readlink(link, target, sizeof target - 1);
        target[length > 0 ? length : 0] = '\0';
        path = target;
    }
    snprintf(state->what, sizeof state->what, "%s %s", name, path ? path : "");
    const int count = backtrace(frames, MAX_FRAMES);
    for (int i = 0; i < count && used < sizeof state->stack - 256; i++) {
        Dl_info info;
        if (!dladdr(frames[i], &info) || !info.dli_fname)
            continue;
        used += (size_t)snprintf(state->stack + used, sizeof state->stack - used, "%.200s+0x%lx\n",
                                 strchr(info.dli_fname, '/') ? info.dli_fname : shim.program,
                                 (unsigned long)((char *)frames[i] - (char *)info.dli_fbase) - 1);
    }
}

/* Whether this call is the one, or one of those, that are meant. */
static bool is_meant(enum shim_class class, enum shim_class group)
{
    shim_state *state = shim.state;
    const unsigned long at = atomic_fetch_add(&state->count[class], 1) + 1;
    const unsigned long in_group =
        group < SHIM_CLASSES ? atomic_fetch_add(&state->count[group], 1) + 1 : 0;
    const unsigned long now = shim.class == class ? at : shim.class == group ? in_group : 0;
    const bool on = shim.mode == SHIM_FROM || shim.mode == SHIM_SHORT_FROM;
    return now > 0 && shim.mode != SHIM_COUNT && (now == shim.n || (on && now > shim.n));
}

shim_call shim_begin(enum shim_class class, const char *name, const char *path, int fd)
{
    shim_call call = {0};
    if (!shim.state || inside)
        return call;
    inside = true;
    const int kept = errno;
    const enum shim_class group = class <= SHIM_mmap      ? SHIM_memory
                                  : class <= SHIM_scratch ? SHIM_file
                                                          : SHIM_CLASSES;
    if (is_meant(class, group)) {
        if (atomic_fetch_add(&shim.state->hits, 1) == 0)
            record(name, path, fd);
        if (shim.mode == SHIM_KILL_BEFORE)
            kill(getpid(), SIGKILL);
        call.kill_after = shim.mode == SHIM_KILL_AFTER;
        call.cut = shim.mode == SHIM_SHORT || shim.mode == SHIM_SHORT_FROM;
        call.fails = shim.mode == SHIM_ONCE || shim.mode == SHIM_FROM;
    }
    errno = call.fails ? (class <= SHIM_mmap ? ENOMEM : shim.error) : kept;
    inside = false;
    return call;
}

void shim_end(const shim_call *call)
{
    if (call->kill_after)
        kill(getpid(), SIGKILL);
}

enum shim_class shim_class_of(int fd, enum shim_class regular)
{
    struct stat status;
    const int kept = errno;
    if (!shim.state || inside)
        return regular;
    inside = true;
    const bool known = fstat(fd, &status) == 0;
    inside = false;
    errno = kept;
    if (!known || S_ISDIR(status.st_mode))
        return regular;
    if (!S_ISREG(status.st_mode))
        return SHIM_terminal;
    return status.st_nlink ? regular : SHIM_scratch;
}

void *shim_find(const char *name)
{
    static _Thread_local volatile bool looking __attribute__((tls_model("initial-exec")));
    if (looking)
        return NULL;
    looking = true;
    void *found = dlsym(RTLD_NEXT, name);
    looking = false;
    return found;
}
