/* run_watch.h - a run that trains longer than a test waits, and how far it is. */
#ifndef RUN_WATCH_H
#define RUN_WATCH_H

#include <signal.h>

#include "run_folder.h"

#define LONG                                                                                       \
    SMALL " --quiet --set data.train.synthetic_digits.samples=3000 --set train.batch_size=8"

static inline void says(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) != NULL, "'%s' is not in:\n%s", part, text);
}

/* The epochs in metrics.csv; 0 if it is not there. */
static inline int rows(const char *dir)
{
    int lines = 0;
    if (!run_holds(dir, "metrics.csv"))
        return 0;
    for (const char *at = run_file(dir, "metrics.csv", NULL); *at; at++)
        lines += *at == '\n';
    return lines - 1;
}

static inline void await(run_child child, const char *dir, const char *name, int at_least)
{
    for (int i = 0; i < RUN_SECONDS * 1000; i++) {
        if (run_holds(dir, name) && rows(dir) >= at_least)
            return;
        ck_assert_msg(
            waitid(P_PID, (id_t)child.pid, &(siginfo_t){0}, WEXITED | WNOHANG | WNOWAIT) == 0,
            "the run is lost");
        run_pause();
    }
    ck_abort_msg("%s/%s with %d epochs did not appear", dir, name, at_least);
}

#endif
