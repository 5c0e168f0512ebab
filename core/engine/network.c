/* network.c - layers on given shapes: plans asked for and checked, nodes joined by tensors. */
#include "engine/network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/process.h"
#include "plugin/crash.h"

uint64_t cnn_network_size(const cnn_network *network, size_t id)
{
    return cnn_shape_count(&network->values[id].shape);
}

uint64_t cnn_node_saved(const cnn_node *node)
{
    return (node->plan.saved_bytes + 15) / 16 * 4;
}

float *cnn_network_tensor(const cnn_network *network, const cnn_weight_tensor *tensor)
{
    return (tensor->in_moving ? network->moving : network->weights) + tensor->offset;
}

/* ---- plans ---------------------------------------------------------------------------------- */

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
    if (weight->role < CNN_ROLE_KERNEL || weight->role > CNN_ROLE_MOVING)
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
    if (plan->parts > 0 && !node->layer->weight_gradient)
        return broken(node, report, "plan() set parts, but weight_gradient is NULL");
    if (plan->measures > 0 && !node->layer->measure)
        return broken(node, report, "plan() set measures, but measure is NULL");
    if (plan->measures_backward > 0 && !node->layer->measure_backward)
        return broken(node, report, "plan() set measures_backward, but measure_backward is NULL");
    for (uint64_t w = 0; w < plan->weight_count && plan->measures > 0; w++)
        if (plan->weights[w].role == CNN_ROLE_MOVING && !node->layer->update)
            return broken(node, report,
                          "plan() set measures and a moving weight, but update is NULL");
    if (plan->prepared_bytes > 0 && !node->layer->prepare)
        return broken(node, report, "plan() set prepared_bytes, but prepare is NULL");
    if (plan->piece_samples > CNN_SHARD || plan->piece_samples & (plan->piece_samples - 1))
        return broken(node, report, "plan() set piece_samples to %llu",
                      (unsigned long long)plan->piece_samples);
    if (plan->parts > 65536 || plan->measures > 1u << 26 || plan->measures_backward > 1u << 26 ||
        plan->saved_bytes > UINT64_C(1) << 32 || plan->scratch_bytes > UINT64_C(1) << 36 ||
        plan->prepared_bytes > UINT64_C(1) << 36)
        return broken(node, report, "plan() asked for absurd sizes");
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

static bool plan_node(cnn_node *node, const cnn_network *network, cnn_report *report)
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
    if (!check_inputs(node, report) || !check_plan(node, input, report))
        return false;
    node->whole = node->plan.parts > 0;
    if (!node->spec->trainable)
        node->plan.parts = 0;
    return true;
}

/* Which standard operator a layer equals, or none. */
static cnn_operator operator_of(const cnn_layer_spec *spec)
{
    const cnn_layer *layer = &spec->layer->file->layer;
    cnn_operator what = {.struct_size = sizeof what};
    if (layer->equals)
        CNN_CRASH_GUARD(spec->layer->file, "equals", layer->equals(spec->layer->self, &what));
    return what;
}

/* Whether the node's output is rectified once the operator is done, too. */
static bool rectifies(const cnn_node *node, const cnn_operator *what)
{
    return what->id == CNN_OPERATOR_RELU ||
           (node->rectified && what->id == CNN_OPERATOR_MAX_POOL2D);
}

/* Offers the layer those that follow it in a chain, until it declines one. */
static void absorb(cnn_node *node, const cnn_layer_spec *end)
{
    cnn_operator what = operator_of(node->spec);
    node->rectified = rectifies(node, &what);
    for (const cnn_layer_spec *next = node->spec + 1;
         node->layer->absorb && next < end && cnn_layer_follows(next) && next[-1].uses == 1;
         next++) {
        int absorbed = 0;
        what = operator_of(next);
        if (what.id != CNN_OPERATOR_NONE)
            CNN_CRASH_GUARD(node->spec->layer->file, "absorb",
                            absorbed = node->layer->absorb(node->self, &what));
        if (absorbed != 1)
            return;
        node->absorbed++;
        node->rectified = rectifies(node, &what);
    }
}

static size_t add_value(cnn_network *network, cnn_shape shape, size_t producer)
{
    network->values[network->value_count] = (cnn_value){.shape = shape, .producer = producer};
    return network->value_count++;
}

/* Has node n read the tensor. */
static void add_input(cnn_network *network, size_t n, size_t id)
{
    cnn_node *node = &network->nodes[n];
    cnn_value *value = &network->values[id];
    node->input[node->input_count++] = id;
    if (value->consumers++ == 0)
        value->first_consumer = n;
    value->last_consumer = n;
}

/* The layers as nodes; values_of has the id of each layer's output, where it is not absorbed. */
static bool add_nodes(cnn_network *network, const cnn_pipeline *p, size_t *values_of,
                      cnn_report *report)
{
    for (size_t i = 0; i < p->layer_count;) {
        const size_t n = network->node_count++;
        cnn_node *node = &network->nodes[n];
        node->spec = &p->layers[i];
        node->layer = &node->spec->layer->file->layer;
        node->self = node->spec->layer->self;
        for (size_t k = 0; k < node->spec->input_count; k++) {
            const size_t from = node->spec->inputs[k];
            add_input(network, n, from == CNN_IMAGES ? network->input : values_of[from]);
        }
        absorb(node, p->layers + p->layer_count);
        i += 1 + node->absorbed;
        if (!plan_node(node, network, report))
            return false;
        node->output = network->output = add_value(network, node->plan.output, n);
        values_of[i - 1] = node->output;
        network->flops += node->plan.flops;
    }
    return true;
}

static bool plan_nodes(cnn_network *network, const cnn_pipeline *p, cnn_shape shape,
                       cnn_report *report)
{
    size_t *values_of = cnn_alloc(p->layer_count, sizeof *values_of);
    network->nodes = cnn_alloc(p->layer_count, sizeof *network->nodes);
    network->values = cnn_alloc(p->layer_count + 1, sizeof *network->values);
    network->input = network->output = add_value(network, shape, CNN_NO_NODE);
    const bool good = add_nodes(network, p, values_of, report);
    free(values_of);
    return good;
}

/* Which layers write over their input. Only a tensor's one reader may do that, and only where no
 * backward pass reads the tensor. The same goes for gradients, which nobody reads later. */
static void choose_places(cnn_network *network)
{
    for (size_t n = 0; n < network->node_count; n++) {
        const cnn_node *node = &network->nodes[n];
        for (size_t i = 0; i < node->input_count; i++)
            network->values[node->input[i]].read_back |= (node->plan.flags & CNN_USES_INPUT) != 0;
        network->values[node->output].read_back |= (node->plan.flags & CNN_USES_OUTPUT) != 0;
    }
    for (size_t n = 0; n < network->node_count; n++) {
        cnn_node *node = &network->nodes[n];
        const cnn_value *input = &network->values[node->input[0]];
        node->in_place_gradient = node->plan.flags & CNN_IN_PLACE && node->plan.parts == 0 &&
                                  node->input_count == 1 && input->consumers == 1;
        node->in_place = node->in_place_gradient && !input->read_back;
    }
}

/* The node whose output is the network's. */
static const cnn_node *last_node(const cnn_network *network)
{
    return &network->nodes[network->values[network->output].producer];
}

static bool check_output(const cnn_network *network, const cnn_data *data, cnn_report *report)
{
    const cnn_node *last = last_node(network);
    const cnn_shape *output = &last->plan.output;
    const cnn_mark mark = last->spec->layer->mark;
    const uint64_t target = data->train.view.target_size;
    if (target)
        return cnn_shape_count(output) == target ||
               cnn_report_add(report, CNN_EXIT_PIPELINE, mark,
                              "the network ends in %llu numbers; the data's targets are vectors of "
                              "%llu, so it must end in as many",
                              (unsigned long long)cnn_shape_count(output),
                              (unsigned long long)target);
    if (output->rank != 1)
        return cnn_report_add(
            report, CNN_EXIT_PIPELINE, mark,
            "the network ends in a tensor of rank %llu; it must end in one number a "
            "class (flatten, then dense with %llu units)",
            (unsigned long long)output->rank, (unsigned long long)data->train.view.classes);
    if (output->dim[0] != data->train.view.classes)
        return cnn_report_add(
            report, CNN_EXIT_PIPELINE, mark,
            "the network ends in %llu numbers; the data has %llu classes, so it must "
            "end in as many",
            (unsigned long long)output->dim[0], (unsigned long long)data->train.view.classes);
    return true;
}

cnn_network *cnn_network_new(const cnn_pipeline *p, const cnn_data *data, bool training,
                             cnn_report *report)
{
    cnn_network *network = cnn_alloc(1, sizeof *network);
    network->training = training;
    if (plan_nodes(network, p, data->train.view.shape, report) &&
        check_output(network, data, report) && cnn_network_lay_out(network, p, report)) {
        choose_places(network);
        const cnn_node *last = last_node(network);
        network->outputs = cnn_shape_count(&last->plan.output);
        network->classes = data->train.view.classes;
        network->probabilities = last->plan.flags & CNN_PROBABILITIES && !last->absorbed;
        if (cnn_measures_plan(&network->measures, p, network->outputs, network->classes,
                              network->probabilities, report))
            return network;
    }
    cnn_network_free(network);
    return NULL;
}

void cnn_network_free(cnn_network *network)
{
    if (!network)
        return;
    for (size_t i = 0; i < network->tensor_count; i++)
        free(network->tensors[i].name);
    for (size_t i = 0; i < network->made_count; i++)
        cnn_instance_free(network->made[i]);
    cnn_measures_free(&network->measures);
    free(network->made);
    free(network->choices);
    free(network->tensors);
    free(network->values);
    free(network->nodes);
    free(network->weights);
    free(network->moving);
    free(network);
}

void cnn_network_summary(const cnn_network *network, cnn_text *text)
{
    cnn_text_add(text, "%-36s %-16s %12s %14s\n", "layer", "output", "parameters", "FLOPs/image");
    for (size_t n = 0; n < network->node_count; n++) {
        const cnn_node *node = &network->nodes[n];
        uint64_t parameters = 0;
        for (uint64_t w = 0; w < node->plan.weight_count; w++)
            parameters += network->tensors[node->first_tensor + w].count;
        char *shape = cnn_data_shape_text(&node->plan.output);
        cnn_text name = {0};
        for (size_t k = 0; k <= node->absorbed; k++)
            cnn_text_add(&name, "%s%s", k > 0 ? " + " : "", node->spec[k].name);
        for (size_t i = 0; i < node->input_count && !cnn_layer_follows(node->spec); i++)
            cnn_text_add(&name, "%s%s", i ? ", " : " <- ", cnn_layer_input_name(node->spec, i));
        cnn_text_add(text, "%-36s %-16s %12llu %14.0f%s\n", name.data, shape,
                     (unsigned long long)parameters, node->plan.flops,
                     node->plan.trained || parameters == 0 ? "" : "  not trained");
        cnn_text_free(&name);
        free(shape);
    }
    cnn_text_add(text, "%-36s %-16s %12llu %14.0f\n", "total", "",
                 (unsigned long long)(network->parameters + network->moving_parameters),
                 network->flops);
    if (network->moving_parameters > 0)
        cnn_text_add(text, "%-36s %-16s %12llu\n%-36s %-16s %12llu\n", "trained", "",
                     (unsigned long long)network->parameters, "not trained", "",
                     (unsigned long long)network->moving_parameters);
}
