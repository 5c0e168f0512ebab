/* check.c - `cnnrun check`: becomes the conformance kit, a program of its own. */
#include <stdlib.h>

#include "base/file.h"
#include "base/process.h"
#include "command.h"

#define KIT "cnnrun-check"

int cnn_command_check(char **arguments, cnn_report *report)
{
    char *kit = cnn_file_beside(KIT, "../lib/cnnrun/" KIT);
    if (!kit) {
        cnn_report_add(report, CNN_EXIT_SYSTEM, CNN_NOWHERE,
                       "the conformance kit, " KIT ", is not installed beside cnnrun nor in "
                       "../lib/cnnrun; it is built by make where libcheck is installed");
        return CNN_EXIT_SYSTEM;
    }
    const int code = cnn_process_become(kit, arguments, report);
    free(kit);
    return code;
}
