/* page.c - the page of a training or an experiment that has ended: runs the command `report`, so
 * that the trainer knows nothing of HTML and gnuplot. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/process.h"
#include "base/program.h"
#include "base/text.h"
#include "command/request.h"

/* Runs the writer to its end; false with errno's sentence or its exit in *why. */
static bool run_writer(char *writer, char **arguments, char **why)
{
    int status = 0;
    const int error =
        cnn_process_run(&(cnn_launch){.program = writer, .arguments = arguments}, &status);
    if (error)
        *why = cnn_strdup(strerror(error));
    else if (WIFSIGNALED(status))
        *why = cnn_format("it was ended by signal %d", WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0)
        *why = cnn_format("exit %d", WEXITSTATUS(status));
    return !error && status == 0;
}

static char *find_writer(cnn_report *report)
{
    char *writer = cnn_file_command("report");
    if (!writer)
        cnn_report_add(report, 0, CNN_NOWHERE,
                       "the page writer, the command report, is not installed; it is built by "
                       "make");
    return writer;
}

bool cnn_request_write_page(const cnn_request *request, const char *dir, cnn_report *report)
{
    char *writer = find_writer(report), *why = NULL;
    bool written = false;
    char **arguments = cnn_alloc(request->plugin_paths.count + 6, sizeof *arguments);
    size_t count = 0;
    if (writer) {
        arguments[count++] = cnn_strdup("cnnrun");
        arguments[count++] = cnn_strdup("--quiet");
        if (request->threads)
            arguments[count++] = cnn_format("--threads=%zu", request->threads);
        for (size_t i = 0; i < request->plugin_paths.count; i++)
            arguments[count++] = cnn_format("--plugin-path=%s", request->plugin_paths.items[i]);
        arguments[count++] = cnn_strdup("--");
        arguments[count++] = cnn_strdup(dir);
        written = run_writer(writer, arguments, &why);
        if (!written)
            cnn_report_add(report, 0, CNN_NOWHERE, "%s: its page was not written: %s", dir, why);
    }
    for (size_t i = 0; i < count; i++)
        free(arguments[i]);
    free(arguments);
    free(writer);
    free(why);
    return written;
}
