/* node.c - a layer is asked for its plan, and the plan is checked. */
#include "base/memory.h"
#include "base/process.h"
#include "engine/network.h"
#include "plugin/crash.h"

__attribute__((format(printf, 3, 4))) static bool broken(const cnn_node *node, cnn_report *report,
                                                         const char *format, ...)
{
    char what[256];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(what, sizeof what, format, args);
    va_end(args);
    return cnn_report_add(report, CNN_EXIT_PLUGIN, node->spec->layer->mark,
                          "layer '%s' (%s) breaks its contract: %s",
                          node->spec->layer->file->head.name, node->spec->layer->file->path, what);
}

static bool shape_is_good(const cnn_shape *shape)
{
    uint64_t count = 1;
    if (shape->rank < 1 || shape->rank > CNN_MAX_RANK)
        return false;
    for (uint64_t i = 0; i < shape->rank; i++)
        if (shape->dim[i] < 1 || !cnn_mul(count, shape->dim[i], &count) ||
            count > CNN_NETWORK_MAX_FLOATS)
            return false;
    return true;
}

static bool check_weight(const cnn_node *node, const cnn_weight *weight, cnn_report *report)
{
    if (!weight->name || !cnn_is_identifier(weight->name))
        return broken(node, report, "a weight has no proper name");
    if (weight->role < CNN_ROLE_KERNEL || weight->role > CNN_ROLE_MEASURED)
        return broken(node, report, "weight '%s' has no known role", weight->name);
    if (weight->fan_in < 1 || weight->fan_out < 1)
        return broken(node, report, "weight '%s' has a fan of 0", weight->name);
    if (!weight->initializer)
        return broken(node, report, "weight '%s' names no initializer", weight->name);
    if (!shape_is_good(&weight->shape))
        return cnn_report_add(report, CNN_EXIT_PIPELINE, node->spec->layer->mark,
                              "%s: weight '%s' would have more elements than can be",
                              node->spec->layer->file->head.name, weight->name);
    return true;
}

static bool check_plan(const cnn_node *node, const cnn_shape *input, cnn_report *report)
{
    const cnn_layer_plan *plan = &node->plan;
    const uint64_t known = CNN_USES_INPUT | CNN_USES_OUTPUT | CNN_IN_PLACE | CNN_ELEMENTWISE |
                           CNN_RANDOM | CNN_PROBABILITIES;
    if (plan->output.rank < 1 || plan->output.rank > CNN_MAX_RANK)
        return broken(node, report, "plan() left an output of rank %llu",
                      (unsigned long long)plan->output.rank);
    if (!shape_is_good(&plan->output))
        return cnn_report_add(report, CNN_EXIT_PIPELINE, node->spec->layer->mark,
                              "%s: its output would have no elements, or more than can be",
                              node->spec->layer->file->head.name);
    if (plan->flags & ~known)
        return broken(node, report, "plan() set unknown flags %#llx",
                      (unsigned long long)(plan->flags & ~known));
    if (plan->weight_count > CNN_MAX_WEIGHTS)
        return broken(node, report, "plan() asked for %llu weights, at most %u",
                      (unsigned long long)plan->weight_count, CNN_MAX_WEIGHTS);
    if (node->input_count == 1 && (plan->flags & CNN_IN_PLACE) &&
        cnn_shape_count(&plan->output) != cnn_shape_count(input))
        return broken(node, report, "in place, but input and output differ in size");
    if (plan->piece_samples > CNN_SHARD || plan->piece_samples & (plan->piece_samples - 1))
        return broken(node, report, "plan() set piece_samples to %llu",
                      (unsigned long long)plan->piece_samples);
    if (plan->parts > 65536 || plan->measures > 1u << 26 || plan->measures_backward > 1u << 26 ||
        plan->saved_bytes > UINT64_C(1) << 32 || plan->scratch_bytes > UINT64_C(1) << 36 ||
        plan->prepared_bytes > UINT64_C(1) << 36 || plan->surveys > 1u << 24 ||
        plan->survey_passes > CNN_MAX_SURVEY_PASSES)
        return broken(node, report, "plan() asked for absurd sizes");
    return true;
}

/* How many weights of a role there are. */
static size_t count_role(const cnn_layer_plan *plan, uint64_t role)
{
    size_t count = 0;
    for (uint64_t w = 0; w < plan->weight_count; w++)
        count += plan->weights[w].role == role;
    return count;
}

/* Whether the layer has the functions that its plan needs. */
static bool check_functions(const cnn_node *node, cnn_report *report)
{
    const cnn_layer_plan *plan = &node->plan;
    const cnn_layer *layer = node->layer;
    const char *lacks = NULL;
    if (plan->parts > 0 && !layer->weight_gradient)
        lacks = "plan() set parts, but weight_gradient is NULL";
    else if (plan->measures > 0 && !layer->measure)
        lacks = "plan() set measures, but measure is NULL";
    else if (plan->measures_backward > 0 && !layer->measure_backward)
        lacks = "plan() set measures_backward, but measure_backward is NULL";
    else if (plan->measures > 0 && count_role(plan, CNN_ROLE_MOVING) && !layer->update)
        lacks = "plan() set measures and a moving weight, but update is NULL";
    else if (plan->prepared_bytes > 0 && !layer->prepare)
        lacks = "plan() set prepared_bytes, but prepare is NULL";
    else if (plan->surveys > 0 && !layer->survey)
        lacks = "plan() set surveys, but survey is NULL";
    else if (plan->surveys > 0 && !layer->settle)
        lacks = "plan() set surveys, but settle is NULL";
    else if (plan->surveys > 0 && !count_role(plan, CNN_ROLE_MEASURED))
        lacks = "plan() set surveys, but no weight is of CNN_ROLE_MEASURED";
    else if (plan->surveys == 0 && count_role(plan, CNN_ROLE_MEASURED))
        lacks = "plan() asked for a weight of CNN_ROLE_MEASURED, but set no surveys";
    return !lacks || broken(node, report, "%s", lacks);
}

static bool check_weights(const cnn_node *node, cnn_report *report)
{
    const cnn_layer_plan *plan = &node->plan;
    for (uint64_t w = 0; w < plan->weight_count; w++)
        if (!check_weight(node, &plan->weights[w], report))
            return false;
    return true;
}

/* Whether the layer takes as many tensors as the pipeline gives it. */
static bool check_inputs(const cnn_node *node, cnn_report *report)
{
    const cnn_layer_plan *plan = &node->plan;
    const uint64_t taken = plan->inputs_taken ? plan->inputs_taken : 1;
    if (taken != node->input_count)
        return cnn_report_add(report, CNN_EXIT_PIPELINE, node->spec->layer->mark,
                              "%s takes %llu input%s; here it has %zu",
                              node->spec->layer->file->head.name, (unsigned long long)taken,
                              taken == 1 ? "" : "s", node->input_count);
    if (taken > 1 && plan->parts > 0)
        return broken(node, report, "plan() set parts, but the layer has several inputs");
    return true;
}

bool cnn_node_ask(cnn_node *node, const cnn_network *network, cnn_report *report)
{
    const cnn_shape *input = &network->values[node->input[0]].shape;
    cnn_shape shapes[CNN_MAX_INPUTS];
    cnn_error error = {0};
    int failed = 0;
    for (size_t i = 0; i < node->input_count; i++)
        shapes[i] = network->values[node->input[i]].shape;
    node->plan.struct_size = sizeof node->plan;
    node->plan.input_count = node->input_count;
    node->plan.inputs = shapes;
    node->plan.trained = node->spec->trainable != 0;
    node->plan.shard_samples = CNN_SHARD;
    node->plan.training = network->training;
    cnn_process_caches(node->plan.cache_bytes);
    CNN_CRASH_GUARD(node->spec->layer->file, "plan",
                    failed = node->layer->plan(node->self, input, &node->plan, &error));
    if (failed)
        return cnn_instance_refuse(node->spec->layer, "plan", failed,
                                   node->spec->layer->file->head.name, &error, CNN_EXIT_PIPELINE,
                                   report);
    node->plan.inputs = NULL; /* the array ends with this function */
    node->plan.input_count =
        node->input_count; /* a plugin that fills the plan anew has not changed these */
    node->plan.trained = node->spec->trainable != 0;
    if (!check_inputs(node, report) || !check_plan(node, input, report) ||
        !check_functions(node, report) || !check_weights(node, report))
        return false;
    if (node->plan.surveys > 0 && node->plan.survey_passes == 0)
        node->plan.survey_passes = 1;
    node->whole = node->plan.parts > 0;
    if (!node->spec->trainable)
        node->plan.parts = 0;
    return true;
}
