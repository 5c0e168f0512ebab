/* flush.c - in `make coverage` alone: writes the counters where a process ends without atexit.
 *
 * The linker puts these in place of the calls of core (--wrap). abort, raise and _exit in a signal handler go
 * this way too: that is not async-signal-safe, which a measurement can live with. raise and execv may return;
 * counting then begins anew, and what follows is written at the end. */
#include <stdnoreturn.h>

void __gcov_dump(void);
void __gcov_reset(void);
noreturn void __real__exit(int code);
noreturn void __real_abort(void);
int __real_raise(int number);
int __real_execv(const char *path, char *const arguments[]);

/* libcnnrun.so has these too, and shows none but its own functions. */
#pragma GCC visibility push(hidden)
noreturn void __wrap__exit(int code);
noreturn void __wrap_abort(void);
int __wrap_raise(int number);
int __wrap_execv(const char *path, char *const arguments[]);
#pragma GCC visibility pop

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

int __wrap_raise(int number)
{
    __gcov_dump();
    __gcov_reset();
    return __real_raise(number);
}

int __wrap_execv(const char *path, char *const arguments[])
{
    __gcov_dump();
    __gcov_reset();
    return __real_execv(path, arguments);
}
