/* folder.h - a temporary folder that goes when the test ends. */
#ifndef FOLDER_H
#define FOLDER_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char unit_folder_path[] = "/tmp/cnnrun_XXXXXX";

static inline void unit_folder_remove(void)
{
    char command[64];
    (void)snprintf(command, sizeof command, "rm -rf %s", unit_folder_path);
    if (system(command) != 0)
        fprintf(stderr, "%s: cannot be removed\n", unit_folder_path);
}

/* Called once a test: each runs in its own process. */
static inline char *unit_folder(void)
{
    ck_assert_ptr_nonnull(mkdtemp(unit_folder_path));
    ck_assert_int_eq(atexit(unit_folder_remove), 0);
    return unit_folder_path;
}

#endif
