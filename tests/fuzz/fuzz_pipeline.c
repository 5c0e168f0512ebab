/* fuzz_pipeline.c - any text as a pipeline of the built plugins, up to the network's plan; what is
 * written of it with every default means the same. */
#include "engine/network.h"
#include "fuzz.h"
#include "pipeline/pipeline.h"

static cnn_plugins *plugins;

/* Of images like MNIST's; nothing is trained, so none are needed. */
static cnn_network *plan(const cnn_pipeline *pipeline, cnn_report *report)
{
    const cnn_data data = {.train = {.name = "train",
                                     .count = 1,
                                     .view = {.struct_size = sizeof data.train.view,
                                              .samples = 1,
                                              .classes = 10,
                                              .shape = {3, {28, 28, 1}}}}};
    cnn_network *network = cnn_network_new(pipeline, &data, true, report);
    cnn_text summary = {0};
    if (network)
        cnn_network_summary(network, &summary);
    CNN_BUG_IF(network && !fuzz_printable(summary.data));
    cnn_text_free(&summary);
    return network;
}

/* The pipeline with every default, or NULL with faults. */
static char *resolve(const char *text, size_t size, cnn_report *report)
{
    cnn_yaml *root = cnn_yaml_parse(text, size, "fuzz", report);
    cnn_pipeline *pipeline = root ? cnn_pipeline_new(plugins, root, report) : NULL;
    fuzz_check(report, pipeline != NULL, CNN_EXIT_PIPELINE, CNN_EXIT_PLUGIN);
    cnn_network *network = pipeline ? plan(pipeline, report) : NULL;
    fuzz_check(report, network != NULL, CNN_EXIT_PIPELINE, CNN_EXIT_PLUGIN);
    char *out = NULL;
    if (network) {
        cnn_yaml *resolved = cnn_pipeline_resolved(pipeline, network->choices);
        out = cnn_yaml_emit(resolved);
        cnn_yaml_free(resolved);
    }
    cnn_network_free(network);
    cnn_pipeline_free(pipeline);
    cnn_yaml_free(root);
    return out;
}

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count;
    (void)arguments;
    plugins = fuzz_plugins(0);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cnn_report report = {0};
    char *once = resolve((const char *)data, size, &report);
    if (once) {
        char *twice = resolve(once, strlen(once), &report);
        CNN_BUG_IF(!twice || strcmp(once, twice) != 0);
        free(twice);
    }
    free(once);
    cnn_report_free(&report);
    return 0;
}
