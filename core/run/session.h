/* session.h - a pipeline file made ready: plugins found, pipeline read, data open, network planned.
 *
 * What training, evaluation and a dry run have in common. */
#ifndef CNN_RUN_SESSION_H
#define CNN_RUN_SESSION_H

#include "engine/data.h"
#include "engine/network.h"
#include "pipeline/pipeline.h"
#include "yaml/settings.h"

/* What the command line asks of every session. */
typedef struct cnn_session_options {
    const char *const *plugin_paths; /* of --plugin-path */
    size_t plugin_path_count;
    cnn_settings settings; /* must outlive session and report */
} cnn_session_options;

typedef struct cnn_session {
    char *path; /* of the pipeline; marks point to it */
    cnn_plugins *plugins;
    cnn_yaml *root;
    cnn_pipeline *pipeline;
    cnn_data data;
    bool has_data; /* else `data` holds no more than what the network takes, as a checkpoint says */
    void *names;   /* of classes, as the checkpoint says; `data` may point to them */
    cnn_network *network;
    struct cnn_callbacks *callbacks; /* of a session that may train: callbacks.h */
    char *resolved; /* the pipeline with every default, as YAML text */
} cnn_session;

/* Reads and checks everything up to the network's plan; weights are not yet filled. Warns where the
 * loss does not fit the last layer. False with faults; close it all the same. */
CNN_MUST_CHECK bool cnn_session_open(cnn_session *session, const char *path,
                                     const cnn_session_options *options, cnn_report *report);
/* The same for a tree that was read already, which the session owns from then on; `path` names it. The
 * settings are not applied. */
CNN_MUST_CHECK bool cnn_session_open_tree(cnn_session *session, const char *path, cnn_yaml *root,
                                          const cnn_session_options *options, cnn_report *report);

/* The steps of it. Reads the file and opens the plugins; the session is as zeroed before. */
CNN_MUST_CHECK bool cnn_session_read(cnn_session *session, const char *path, const cnn_session_options *options,
                                     cnn_report *report);
/* Opens the data, if they are not open yet. Where a network is planned already, they must be what it takes:
 * CNN_EXIT_DATA. */
CNN_MUST_CHECK bool cnn_session_open_data(cnn_session *session, cnn_report *report);
/* Plans the network on data.train.view, for training or for evaluation alone, and writes out the pipeline. */
CNN_MUST_CHECK bool cnn_session_plan(cnn_session *session, bool training, cnn_report *report);
void cnn_session_close(cnn_session *session);

/* The number of threads: `asked` (0: not asked), else the pipeline's, else the CPUs allowed. */
size_t cnn_session_threads(const cnn_session *session, size_t asked);

#endif
