/* command_check.c - `cnnrun check`: becomes the conformance kit, a program of its own. */
#define _XOPEN_SOURCE 700 /* realpath */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "file.h"
#include "memory.h"

#define KIT "cnnrun-check"

/* Beside this program, or ../lib/cnnrun/ from there, as installed; NULL if in neither. */
static char *find_kit(void)
{
    char *program = realpath("/proc/self/exe", NULL);
    char *slash = program ? strrchr(program, '/') : NULL;
    if (!slash) {
        free(program);
        return NULL;
    }
    *slash = '\0';
    char *beside = cnn_path_join(program, KIT);
    char *library = cnn_path_join(program, "../lib/cnnrun/" KIT);
    free(program);
    if (access(beside, X_OK) == 0) {
        free(library);
        return beside;
    }
    free(beside);
    if (access(library, X_OK) == 0)
        return library;
    free(library);
    return NULL;
}

int cnn_command_check(char **arguments, cnn_report *report)
{
    char *kit = find_kit();
    if (!kit) {
        cnn_report_add(report, CNN_EXIT_SYSTEM, CNN_NOWHERE,
                       "the conformance kit, " KIT ", is not installed beside cnnrun nor in "
                       "../lib/cnnrun; it is built by make where libcheck is installed");
        return CNN_EXIT_SYSTEM;
    }
    execv(kit, arguments);
    cnn_report_add(report, CNN_EXIT_SYSTEM, CNN_NOWHERE, "%s cannot be started: %s", kit,
                   strerror(errno));
    free(kit);
    return CNN_EXIT_SYSTEM;
}
