/* reopen.c - the run of a folder opened again: its pipeline and weights, without its data. */
#include "run/reopen.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "record/folder.h"
#include "run/input.h"
#include "run/state.h"

/* An experiment's folder is no run's; names the first of its runs, by the file that it keeps. */
static void refuse_experiment(const char *dir, cnn_report *report)
{
    char *path = cnn_path_join(dir, CNN_RUN_EXPERIMENT);
    cnn_yaml *root = cnn_yaml_read(path, report);
    const cnn_yaml *runs = cnn_yaml_get(root, "runs"), *repeat = cnn_yaml_get(root, "repeat");
    cnn_text names = {0};
    for (size_t i = 0; runs && runs->type == CNN_YAML_MAP && i < runs->count && i < 3; i++) {
        const cnn_yaml *seed = repeat ? cnn_yaml_get(runs->items[i], "seed") : NULL;
        cnn_text_add(&names, "%s%s/%s%s%s", i ? ", " : "; its runs are ", dir, runs->keys[i]->text,
                     seed ? "/" : "", seed && seed->text ? seed->text : "");
    }
    if (root)
        cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE,
                       "%s: this is the folder of an experiment; it must be that of a run%s%s", dir,
                       names.data ? names.data : "",
                       names.data && (repeat || runs->count > 3) ? ", ..." : "");
    cnn_text_free(&names);
    cnn_yaml_free(root);
    free(path);
}

typedef struct reopening {
    cnn_session *session;
    const char *dir;
} reopening;

/* The shape that the network is planned on: the checkpoint's notes, else the data themselves. */
static cnn_fit take_input(const reopening *r, const cnn_checkpoint *checkpoint, const char *path,
                          cnn_report *report)
{
    cnn_session *session = r->session;
    if (cnn_input_read(&session->data.train.view, &session->names, checkpoint))
        return CNN_FITS;
    if (cnn_session_open_data(session, report))
        return CNN_FITS;
    cnn_report_add(report, 0, CNN_NOWHERE,
                   "%s: it does not say what the network takes, as those of later versions of "
                   "cnnrun do; so the run needs its training data",
                   path);
    return CNN_FIT_REFUSED;
}

/* The first sound checkpoint says what the network is planned on; an older one must fit it. */
static cnn_fit take(void *context, cnn_checkpoint *checkpoint, const char *path, cnn_report *report)
{
    const reopening *r = context;
    if (!r->session->network) {
        const cnn_fit fit = take_input(r, checkpoint, path, report);
        if (fit != CNN_FITS)
            return fit;
        if (!cnn_session_plan(r->session, false, report) ||
            !cnn_network_allocate(r->session->network, report))
            return CNN_FIT_REFUSED;
    }
    return cnn_train_take_weights(r->session->network, checkpoint, path, report) ? CNN_FITS
                                                                                 : CNN_FITS_NOT;
}

bool cnn_session_reopen(cnn_session *session, const char *dir, const cnn_session_options *options,
                        cnn_report *report)
{
    reopening r = {session, dir};
    char *path = cnn_path_join(dir, CNN_RUN_PIPELINE);
    bool good = !cnn_file_is_missing(path), found = false;
    if (!good && cnn_run_has(dir, CNN_RUN_EXPERIMENT))
        refuse_experiment(dir, report);
    else if (!good)
        cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE,
                       "%s: this is no run's folder; there is no " CNN_RUN_PIPELINE " in it", dir);
    good = good && cnn_session_read(session, path, options, report) &&
           cnn_checkpoint_restore(dir, take, &r, &found, report);
    if (good && !found)
        good = cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE,
                              "%s: there is no " CNN_CHECKPOINT " yet", dir);
    free(path);
    return good;
}
