/* file.h - an experiment's file: a base pipeline, and runs that each change some of its
 * settings.
 *
 *   base: mnist.yaml                  path relative to this file, or the pipeline itself
 *   runs:
 *     zeros: {network.initializer: zeros}    paths as those of --set
 *   name: initializations             optional: the file's name
 *   repeat: 3                         optional: each run with so many seeds, counting up from its
 * own */
#ifndef CNN_COMMAND_EXPERIMENT_H
#define CNN_COMMAND_EXPERIMENT_H

#include <cnnrun/cnnrun.h>

#include "base/report.h"
#include "yaml/settings.h"

/* One run with one seed. */
typedef struct cnn_trial {
    const char *run; /* owned by the experiment */
    char *dir;       /* below the experiment's folder: RUN, or with repeat RUN/SEED */
    int64_t seed;
    char *resolved; /* the pipeline that it trains, as text; NULL: it is in its folder */
} cnn_trial;

typedef struct cnn_experiment {
    char *path, *base_path, *name; /* marks point to the paths */
    cnn_yaml
        *root; /* name, repeat, base as a whole pipeline, runs with all settings: what is kept */
    const cnn_yaml *base, *runs; /* in root */
    int64_t repeat;              /* 0: not given */
    cnn_trial *trials;
    size_t trial_count;
} cnn_experiment;

/* Reads the file and its base and puts --set into the base, --seed and --epochs behind each run's
 * settings. Faults: CNN_EXIT_PIPELINE, at their place in either file. Close it all the same. */
CNN_MUST_CHECK bool cnn_experiment_read(cnn_experiment *experiment, const char *path,
                                        const cnn_settings *settings, cnn_report *report);

/* Opens each run's pipeline, hands what is known of it to `visit` (may be NULL), and fills the trials.
 * The options have no settings. Runs whose pipelines are in `dir`, the folder of an experiment to resume (else NULL), are not opened. What
 * is wrong outside of the experiment's own file is said of the first run that has it. */
typedef void cnn_experiment_visit(void *context, const cnn_experiment *experiment, size_t run,
                                  const cnnrun_facts *facts);
CNN_MUST_CHECK bool cnn_experiment_resolve(cnn_experiment *experiment, const char *dir,
                                           const cnnrun_options *options,
                                           cnn_experiment_visit *visit, void *context,
                                           cnn_report *report);
void cnn_experiment_close(cnn_experiment *experiment);

#endif
