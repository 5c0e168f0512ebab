/* session_run.c - a run's folder made ready: its pipeline opened, its weights read. */
#include <stdlib.h>

#include "base/text.h"
#include "run/folder.h"
#include "run/loop.h"
#include "run/session.h"

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

bool cnn_session_open_run(cnn_session *session, const char *dir, const cnn_session_options *options,
                          cnn_report *report)
{
    char *path = cnn_path_join(dir, CNN_RUN_PIPELINE);
    bool good = !cnn_file_is_missing(path);
    if (!good && cnn_run_has(dir, CNN_RUN_EXPERIMENT))
        refuse_experiment(dir, report);
    else if (!good)
        cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE,
                       "%s: this is no run's folder; there is no " CNN_RUN_PIPELINE " in it", dir);
    good = good && cnn_session_open(session, path, options, report) &&
           cnn_train_load_weights(session->network, dir, report);
    free(path);
    return good;
}
