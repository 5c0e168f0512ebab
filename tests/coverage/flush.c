/* flush.c - in `make coverage` alone: writes the counters where a process ends without atexit.
 *
 * The linker puts these in place of the calls of core (--wrap). abort and _exit in a signal handler go this
 * way too: that is not async-signal-safe, which a measurement can live with. */
#include <stdnoreturn.h>

void __gcov_dump(void);
noreturn void __real__exit(int code);
noreturn void __wrap__exit(int code);
noreturn void __real_abort(void);
noreturn void __wrap_abort(void);
int __real_execv(const char *path, char *const arguments[]);
int __wrap_execv(const char *path, char *const arguments[]);

noreturn void __wrap__exit(int code)
{
    __gcov_dump();
    __real__exit(code);
}

noreturn void __wrap_abort(void)
{
    __gcov_dump();
    __real_abort();
}

int __wrap_execv(const char *path, char *const arguments[])
{
    __gcov_dump();
    return __real_execv(path, arguments);
}
