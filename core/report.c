/* report.c - `cnnrun report`, and the page of a training that has ended: runs the page
 * writer, a program of its own, so that the trainer knows nothing of HTML and gnuplot. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/process.h"
#include "base/text.h"
#include "command.h"

#define WRITER "cnnrun-page"

static char *find_writer(cnn_report *report, int code)
{
    char *writer = cnn_file_beside(WRITER, "../lib/cnnrun/" WRITER);
    if (!writer)
        cnn_report_add(report, code, CNN_NOWHERE,
                       "the page writer, " WRITER ", is not installed beside cnnrun nor in "
                       "../lib/cnnrun; it is built by make");
    return writer;
}

int cnn_command_report(const cnn_options *options, cnn_report *report)
{
    char *writer = find_writer(report, CNN_EXIT_SYSTEM);
    char **arguments = cnn_alloc(options->argument_count + 4, sizeof *arguments);
    size_t count = 0;
    if (!writer)
        return CNN_EXIT_SYSTEM;
    arguments[count++] = cnn_strdup("cnnrun");
    if (options->out)
        arguments[count++] = cnn_format("-o%s", options->out);
    arguments[count++] = cnn_strdup("--");
    for (size_t i = 0; i < options->argument_count; i++)
        arguments[count++] = cnn_strdup(options->arguments[i]);
    return cnn_process_become(writer, arguments, report);
}

/* Runs the writer to its end; false with errno's sentence or its exit in *why. */
static bool run_writer(char *writer, char **arguments, char **why)
{
    int status;
    const int error =
        cnn_process_run(&(cnn_launch){.program = writer, .arguments = arguments}, &status);
    if (error) {
        *why = cnn_strdup(strerror(error));
        return false;
    }
    if (WIFSIGNALED(status))
        *why = cnn_format("it was ended by signal %d", WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0)
        *why = cnn_format("exit %d", WEXITSTATUS(status));
    return status == 0;
}

bool cnn_command_write_page(const char *dir, const cnn_options *options, cnn_report *report)
{
    char *writer = find_writer(report, 0), *why = NULL;
    const cnn_session_options *session = &options->session;
    bool written = false;
    char **arguments = cnn_alloc(session->plugin_path_count + 6, sizeof *arguments);
    size_t count = 0;
    if (writer) {
        arguments[count++] = cnn_strdup("cnnrun");
        arguments[count++] = cnn_strdup("--quiet");
        if (options->threads)
            arguments[count++] = cnn_format("--threads=%zu", options->threads);
        for (size_t i = 0; i < session->plugin_path_count; i++)
            arguments[count++] = cnn_format("--plugin-path=%s", session->plugin_paths[i]);
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
