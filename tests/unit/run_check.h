/* run_check.h - runs the conformance kit, on one plugin or on all that were built of a kind.
 *
 * All are checked up to level 3. Every fourth of a kind, in the order of their names, is checked at
 * level 5; all are where CNNRUN_CHECK_ALL is set, as `make check-all` sets it. In a sanitized
 * build, where the kit takes ten times as long, every fourth is checked, up to level 3. */
#ifndef RUN_CHECK_H
#define RUN_CHECK_H

#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>

#include "run_cnnrun.h"

#define RUN_CHECK_EACH 4

/* Runs the kit; the caller looks at the result. */
__attribute__((format(printf, 1, 2))) static inline run_result check(const char *format, ...)
{
    char words[2048];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(words, sizeof words, format, args);
    va_end(args);
    return run_cnnrun("check %s", words);
}

static inline int run_check_is_plugin(const struct dirent *entry)
{
    const size_t length = strlen(entry->d_name);
    return length > 3 && strcmp(entry->d_name + length - 3, ".so") == 0 &&
           (!strstr(entry->d_name, ".avx512.so") || __builtin_cpu_supports("avx512vl"));
}

/* Every .so of a kind passes: a new plugin is tested by existing. */
static inline void check_kind(const char *kind)
{
    struct dirent **entries;
    const char *folder = run_text("%s/plugins/%s", unit_build(), kind);
    const int count = scandir(folder, &entries, run_check_is_plugin, alphasort);
    ck_assert_int_gt(count, 0);
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        const bool sanitized = strstr(unit_build(), "asan") || strstr(unit_build(), "tsan");
        const bool all = getenv("CNNRUN_CHECK_ALL"), fourth = i % RUN_CHECK_EACH == 0;
        const bool whole = all || (fourth && !sanitized);
        const char *set = strcmp(name, "idx.so") == 0 ? "--set path=tests/data/good/raw" : "";
        if (!sanitized || fourth || all)
            run_exits(check("--level %d %s %s/%s", whole ? 5 : 3, set, folder, name), 0);
        free(entries[i]);
    }
    free(entries);
}

#endif
