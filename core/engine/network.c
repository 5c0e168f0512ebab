/* network.c - layers on given shapes: absorbed by others, or nodes joined by tensors. */
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
        if (!cnn_node_ask(node, network, report))
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

uint64_t cnn_network_survey_passes(const cnn_network *network)
{
    uint64_t passes = 0;
    for (size_t n = 0; n < network->node_count; n++)
        passes += network->nodes[n].plan.survey_passes;
    return passes;
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
    for (size_t n = 0; n < network->node_count; n++) {
        const unsigned long long passes = network->nodes[n].plan.survey_passes;
        if (passes > 0)
            cnn_text_add(text,
                         "before the first step, %s measures the training data in %llu pass%s\n",
                         network->nodes[n].spec->name, passes, passes == 1 ? "" : "es");
    }
}
