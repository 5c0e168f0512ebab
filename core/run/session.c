/* session.c - a pipeline file made ready: plugins found, pipeline read, data open, network planned.
 */
#include "run/session.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/process.h"
#include "engine/update.h"
#include "plugin/crash.h"
#include "run/callbacks.h"

static uint64_t claims_of(const cnn_instance *loss)
{
    uint64_t claims = 0;
    if (loss->file->loss.claims)
        CNN_CRASH_GUARD(loss->file, "claims", claims = loss->file->loss.claims(loss->self));
    return claims;
}

/* Whether each loss can take the targets of the data. */
static bool check_targets(const cnn_session *session, cnn_report *report)
{
    const cnn_pipeline *p = session->pipeline;
    bool good = true;
    for (size_t i = 0; session->data.train.view.target_size && i <= p->metric_count; i++) {
        const cnn_instance *loss = i ? p->metrics[i - 1] : p->loss;
        if (loss->file->head.kind == CNN_KIND_LOSS && !(claims_of(loss) & CNN_TAKES_VECTORS))
            good = cnn_report_add(report, CNN_EXIT_PIPELINE, loss->mark,
                                  "loss '%s' wants a class as target, but the targets of dataset "
                                  "'%s' are vectors; take a loss on vectors, such as "
                                  "mean_squared_error",
                                  loss->file->head.name, p->train_data.dataset->file->head.name);
    }
    return good;
}

/* The input that a loss claims to want, against what the last layer gives. */
static void warn_of_misfit(const cnn_session *session, cnn_report *report)
{
    const cnn_instance *loss = session->pipeline->loss;
    const cnn_loss *plugin = &loss->file->loss;
    const uint64_t claims = claims_of(loss);
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

/* The data of a run that is opened again must still be what its network takes. */
static bool check_input(const cnn_session *session, const cnn_dataset_view *view,
                        cnn_report *report)
{
    const cnn_dataset_view *now = &session->data.train.view;
    if (cnn_data_alike(now, view))
        return true;
    char *here = cnn_data_kind_text(now), *there = cnn_data_kind_text(view);
    cnn_report_add(report, CNN_EXIT_DATA, session->pipeline->train_data.mark,
                   "train data: images are %s; the run was trained on %s", here, there);
    free(here);
    free(there);
    return false;
}

bool cnn_session_open_data(cnn_session *session, cnn_report *report)
{
    if (session->has_data)
        return true;
    const cnn_dataset_view view = session->data.train.view;
    session->has_data = cnn_data_open(&session->data, session->pipeline, report) &&
                        (!session->network || check_input(session, &view, report));
    if (!session->has_data && session->network) /* which goes on with what it was made for */
        session->data = (cnn_data){.train.view = view};
    return session->has_data;
}

bool cnn_session_plan(cnn_session *session, bool training, cnn_report *report)
{
    if (session->data.train.view.target_size && session->pipeline->metric_count)
        cnn_pipeline_spare_accuracy(session->pipeline);
    if (!check_targets(session, report))
        return false;
    session->network = cnn_network_new(session->pipeline, &session->data, training, report);
    cnn_plugins_settle();
    if (!session->network ||
        !cnn_update_check(&session->pipeline->optimizer, session->network, report))
        return false;
    cnn_yaml *resolved = cnn_pipeline_resolved(session->pipeline, session->network->choices);
    session->resolved = cnn_yaml_emit(resolved);
    cnn_yaml_free(resolved);
    warn_of_misfit(session, report);
    return true;
}

static bool make_ready(cnn_session *session, cnn_report *report)
{
    if (!cnn_session_open_data(session, report) || !cnn_session_plan(session, true, report))
        return false;
    session->callbacks = cnn_callbacks_new(session->pipeline, &session->data, session->network,
                                           session->resolved, report);
    return session->callbacks != NULL;
}

bool cnn_session_open_tree(cnn_session *session, const char *path, cnn_yaml *root,
                           const cnn_session_options *options, cnn_report *report)
{
    *session = (cnn_session){.path = cnn_strdup(path), .root = root};
    session->plugins = cnn_plugins_new(options->plugin_paths, options->plugin_path_count, report);
    session->pipeline = session->plugins ? cnn_pipeline_new(session->plugins, root, report) : NULL;
    return session->pipeline && make_ready(session, report);
}

bool cnn_session_read(cnn_session *session, const char *path, const cnn_session_options *options,
                      cnn_report *report)
{
    bool good = true;
    *session = (cnn_session){.path = cnn_strdup(path)};
    session->plugins = cnn_plugins_new(options->plugin_paths, options->plugin_path_count, report);
    if (!session->plugins || !(session->root = cnn_yaml_read(session->path, report)))
        return false;
    for (cnn_setting_when when = CNN_SETTING_FIRST; when <= CNN_SETTING_LAST; when++)
        good = cnn_settings_apply(&options->settings, when, session->root, report) && good;
    if (good)
        session->pipeline = cnn_pipeline_new(session->plugins, session->root, report);
    return session->pipeline != NULL;
}

bool cnn_session_open(cnn_session *session, const char *path, const cnn_session_options *options,
                      cnn_report *report)
{
    return cnn_session_read(session, path, options, report) && make_ready(session, report);
}

void cnn_session_close(cnn_session *session)
{
    cnn_callbacks_free(session->callbacks);
    cnn_network_free(session->network);
    cnn_pipeline_free(session->pipeline);
    cnn_plugins_free(session->plugins);
    cnn_yaml_free(session->root);
    free(session->names);
    free(session->resolved);
    free(session->path);
}

size_t cnn_session_threads(const cnn_session *session, size_t asked)
{
    const int64_t own = session->pipeline->train.threads;
    return asked ? asked : own != INT64_MIN ? (size_t)own : cnn_process_cpus();
}
