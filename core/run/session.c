/* session.c - a pipeline file made ready: plugins found, pipeline read, data open, network planned.
 */
#include "run/session.h"

#include <stdlib.h>

#include "base/memory.h"
#include "engine/pool.h"
#include "plugin/crash.h"

/* The input that a loss claims to want, against what the last layer gives. */
static void warn_of_misfit(const cnn_session *session, cnn_report *report)
{
    const cnn_instance *loss = session->pipeline->loss;
    const cnn_loss *plugin = &loss->file->loss;
    uint64_t claims = 0;
    if (plugin->claims)
        CNN_CRASH_GUARD(loss->file, "claims", claims = plugin->claims(loss->self));
    if (claims & CNN_TAKES_PROBABILITIES && !session->network->probabilities)
        cnn_report_add(
            report, 0, loss->mark,
            "loss '%s' takes probabilities, but the network does not end in softmax; end it "
            "in softmax, or use a loss on logits (see: cnnrun plugins loss/%s)",
            plugin->name, plugin->name);
    if (claims & CNN_TAKES_LOGITS && session->network->probabilities)
        cnn_report_add(
            report, 0, loss->mark,
            "loss '%s' takes logits, but the network ends in softmax; take the softmax away, "
            "or use a loss on probabilities (see: cnnrun plugins loss/%s)",
            plugin->name, plugin->name);
}

/* From the tree to the network's plan. */
static bool make_ready(cnn_session *session, cnn_report *report)
{
    session->pipeline = cnn_pipeline_new(session->plugins, session->root, report);
    if (!session->pipeline || !cnn_data_open(&session->data, session->pipeline, report))
        return false;
    session->network = cnn_network_new(session->pipeline, &session->data, report);
    cnn_plugins_settle();
    if (!session->network)
        return false;
    cnn_yaml *resolved = cnn_pipeline_resolved(session->pipeline, session->network->choices);
    session->resolved = cnn_yaml_emit(resolved);
    cnn_yaml_free(resolved);
    warn_of_misfit(session, report);
    return true;
}

bool cnn_session_open_tree(cnn_session *session, const char *path, cnn_yaml *root,
                           const cnn_session_options *options, cnn_report *report)
{
    *session = (cnn_session){.path = cnn_strdup(path), .root = root};
    session->plugins = cnn_plugins_new(options->plugin_paths, options->plugin_path_count, report);
    return session->plugins && make_ready(session, report);
}

bool cnn_session_open(cnn_session *session, const char *path, const cnn_session_options *options,
                      cnn_report *report)
{
    bool good = true;
    *session = (cnn_session){.path = cnn_strdup(path)};
    session->plugins = cnn_plugins_new(options->plugin_paths, options->plugin_path_count, report);
    if (!session->plugins || !(session->root = cnn_yaml_read(session->path, report)))
        return false;
    for (size_t i = 0; i < options->assignment_count; i++)
        good = cnn_yaml_set(session->root, options->assignments[i], options->origins[i], report) &&
               good;
    return good && make_ready(session, report);
}

void cnn_session_close(cnn_session *session)
{
    cnn_network_free(session->network);
    cnn_pipeline_free(session->pipeline);
    cnn_plugins_free(session->plugins);
    cnn_yaml_free(session->root);
    free(session->resolved);
    free(session->path);
}

size_t cnn_session_threads(const cnn_session *session, size_t asked)
{
    const int64_t own = session->pipeline->train.threads;
    return asked ? asked : own != INT64_MIN ? (size_t)own : cnn_pool_cpus();
}
