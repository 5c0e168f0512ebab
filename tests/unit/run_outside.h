/* run_outside.h - compiles a plugin of tests/outside as its author would, with one command. */
#ifndef RUN_OUTSIDE_H
#define RUN_OUTSIDE_H

#include "run_folder.h"

/* Runs a command of the shell; it must succeed. */
static inline run_result run_shell(const char *command)
{
    const run_result r = run_wait(run_spawn("/bin/sh", (const char *const[]){"-c", command, NULL}));
    ck_assert_msg(r.code == 0, "%s\nexit %d\n%s%s", command, r.code, r.out, r.err);
    return r;
}

/* tests/outside/NAME.c becomes FOLDER/NAME.so; `flags` find the headers. */
static inline void run_compile(const char *name, const char *flags, const char *folder)
{
    run_shell(run_text(
        "${CC:-cc} -shared -fPIC -O2 -Wall -Wextra -Werror %s tests/outside/%s.c -o %s/%s.so",
        flags, name, folder, name));
}

#endif
