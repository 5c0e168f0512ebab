/* folder.c - folders of runs and experiments, for callers that start trainings as processes. */
#include <stdlib.h>

#include "api/api.h"
#include "base/memory.h"

struct cnnrun_folder {
    cnn_run run;
};

static cnnrun_folder *hand_out(cnn_call *call, cnnrun_folder *folder, bool good)
{
    if (cnn_call_end(call, good))
        return folder;
    cnnrun_folder_close(folder);
    return NULL;
}

cnnrun_folder *cnnrun_folder_make(const char *out, const char *name, cnnrun_error *error)
{
    cnn_call call;
    cnn_call_begin(&call, error);
    cnnrun_folder *folder = cnn_alloc(1, sizeof *folder);
    return hand_out(&call, folder, cnn_run_create(&folder->run, out, name, call.report));
}

cnnrun_folder *cnnrun_folder_find(const char *out, const char *name, bool experiment,
                                  cnnrun_error *error)
{
    cnn_call call;
    cnn_call_begin(&call, error);
    cnnrun_folder *folder = cnn_alloc(1, sizeof *folder);
    return hand_out(&call, folder, cnn_run_find(&folder->run, out, name, experiment, call.report));
}

const char *cnnrun_folder_dir(const cnnrun_folder *folder)
{
    return folder ? folder->run.dir : NULL;
}

bool cnnrun_folder_check(const cnnrun_folder *folder, bool experiment, cnnrun_error *error)
{
    cnn_call call;
    if (!folder)
        return false;
    cnn_call_begin(&call, error);
    return cnn_call_end(&call, cnn_run_check(&folder->run, experiment, call.report));
}

void cnnrun_folder_close(cnnrun_folder *folder)
{
    if (!folder)
        return;
    cnn_run_close(&folder->run);
    free(folder);
}
