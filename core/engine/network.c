/* network.c - layers on given shapes: plans asked for and checked, tensors laid out. */
#include "engine/network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "plugin/crash.h"

#define ALIGN_FLOATS 16u

uint64_t cnn_network_size(const cnn_network *network, size_t t)
{
    if (t == network->node_count)
        return cnn_shape_count(&network->nodes[t - 1].plan.output);
    return cnn_shape_count(&network->nodes[t].input);
}

float *cnn_network_tensor(const cnn_network *network, const cnn_weight_tensor *tensor)
{
    return (tensor->spec.role == CNN_ROLE_MOVING ? network->moving : network->weights) +
           tensor->offset;
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

static bool check_plan(const cnn_node *node, cnn_report *report)
{
    const cnn_layer_plan *plan = &node->plan;
    const uint64_t known = CNN_USES_INPUT | CNN_USES_OUTPUT | CNN_IN_PLACE | CNN_ELEMENTWISE |
                           CNN_RANDOM | CNN_COUPLED | CNN_PROBABILITIES;
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
    if ((plan->flags & CNN_IN_PLACE) &&
        cnn_shape_count(&plan->output) != cnn_shape_count(&node->input))
        return broken(node, report, "in place, but input and output differ in size");
    if (plan->parts > 0 && !node->layer->weight_gradient)
        return broken(node, report, "plan() set parts, but weight_gradient is NULL");
    if (plan->statistics > 0 && !node->layer->update)
        return broken(node, report, "plan() set statistics, but update is NULL");
    if (plan->prepared_bytes > 0 && !node->layer->prepare)
        return broken(node, report, "plan() set prepared_bytes, but prepare is NULL");
    if (plan->parts > 65536 || plan->statistics > 1u << 20 ||
        plan->saved_bytes > UINT64_C(1) << 32 || plan->scratch_bytes > UINT64_C(1) << 36 ||
        plan->prepared_bytes > UINT64_C(1) << 36)
        return broken(node, report, "plan() asked for absurd sizes");
    for (uint64_t w = 0; w < plan->weight_count; w++)
        if (!check_weight(node, &plan->weights[w], report))
            return false;
    return true;
}

static bool plan_node(cnn_node *node, cnn_report *report)
{
    cnn_error error = {{0}};
    int failed = 0;
    node->plan.struct_size = sizeof node->plan;
    CNN_CRASH_GUARD(node->spec->layer->file, "plan",
                    failed = node->layer->plan(node->self, &node->input, &node->plan, &error));
    if (failed)
        return cnn_instance_refuse(node->spec->layer, "plan", failed,
                                   node->spec->layer->file->head.name, &error, CNN_EXIT_PIPELINE,
                                   report);
    return check_plan(node, report);
}

/* Under which name other layers can absorb this one, or NULL. */
static const char *name_for_others(const cnn_layer_spec *spec)
{
    const cnn_layer *layer = &spec->layer->file->layer;
    const char *name = NULL;
    if (layer->activation)
        CNN_CRASH_GUARD(spec->layer->file, "activation",
                        name = layer->activation(spec->layer->self));
    return name;
}

/* Whether the node's output is rectified once the layer of this name, or none, is done too. */
static bool rectifies(const cnn_node *node, const char *name)
{
    return name &&
           (strcmp(name, "relu") == 0 || (node->rectified && strcmp(name, "max_pool_2x2") == 0));
}

/* Offers the layer all that come behind it, until it declines one. */
static void absorb(cnn_node *node, const cnn_layer_spec *end)
{
    node->rectified = rectifies(node, name_for_others(node->spec));
    for (const cnn_layer_spec *next = node->spec + 1; next < end; next++) {
        int (*const offer)(void *, const char *) =
            node->absorbed == 0 ? node->layer->absorb : node->layer->absorb_next;
        const char *name = offer ? name_for_others(next) : NULL;
        int absorbed = 0;
        if (name)
            CNN_CRASH_GUARD(node->spec->layer->file, node->absorbed == 0 ? "absorb" : "absorb_next",
                            absorbed = offer(node->self, name));
        if (absorbed != 1)
            return;
        node->absorbed++;
        node->rectified = rectifies(node, name);
    }
}

static bool plan_nodes(cnn_network *network, cnn_pipeline *p, cnn_shape shape, cnn_report *report)
{
    network->nodes = cnn_alloc(p->layer_count, sizeof *network->nodes);
    for (size_t i = 0; i < p->layer_count;) {
        cnn_node *node = &network->nodes[network->node_count++];
        node->spec = &p->layers[i];
        node->layer = &node->spec->layer->file->layer;
        node->self = node->spec->layer->self;
        node->input = shape;
        absorb(node, p->layers + p->layer_count);
        i += 1 + node->absorbed;
        if (!plan_node(node, report))
            return false;
        shape = node->plan.output;
        network->flops += node->plan.flops;
    }
    return true;
}

/* ---- weights -------------------------------------------------------------------------------- */

/* An initializer that a layer names, at its defaults; kept for the next tensor that names it. */
static const cnn_instance *default_initializer(cnn_network *network, cnn_pipeline *p,
                                               const char *name, cnn_mark mark, cnn_report *report)
{
    for (size_t i = 0; i < network->default_count; i++)
        if (strcmp(network->defaults[i]->file->head.name, name) == 0)
            return network->defaults[i];
    cnn_instance *made =
        cnn_instance_make(p->plugins, CNN_KIND_INITIALIZER, name, NULL, mark, report);
    if (!made)
        return NULL;
    network->defaults = cnn_realloc(network->defaults, network->default_count + 1, sizeof made);
    network->defaults[network->default_count++] = made;
    return made;
}

/* A second instance with the same parameters, for a spec to own: the resolved pipeline names the
 * initializer at every layer. */
static cnn_instance *copy_initializer(cnn_pipeline *p, const cnn_instance *from, cnn_mark mark,
                                      cnn_report *report)
{
    cnn_yaml *resolved = cnn_instance_resolved(from);
    cnn_instance *copy = cnn_instance_new(p->plugins, CNN_KIND_INITIALIZER, resolved, report);
    cnn_yaml_free(resolved);
    if (copy)
        copy->mark = mark;
    return copy;
}

/* The initializer of one tensor: the layer's own setting, then for kernels the network's, then what
 * the layer's plugin names. */
static bool choose_initializer(cnn_network *network, cnn_pipeline *p, cnn_node *node,
                               cnn_weight_tensor *tensor, cnn_report *report)
{
    cnn_layer_spec *spec = &p->layers[node->spec - p->layers];
    const uint64_t role = tensor->spec.role;
    cnn_instance **own = role == CNN_ROLE_KERNEL ? &spec->kernel_initializer
                         : role == CNN_ROLE_BIAS ? &spec->bias_initializer
                                                 : NULL;
    if (own && !*own) {
        const cnn_instance *from = role == CNN_ROLE_KERNEL ? p->initializer : NULL;
        if (!from)
            from = default_initializer(network, p, tensor->spec.initializer, spec->layer->mark,
                                       report);
        *own = from ? copy_initializer(p, from, spec->layer->mark, report) : NULL;
    }
    tensor->initializer =
        own ? *own
            : default_initializer(network, p, tensor->spec.initializer, spec->layer->mark, report);
    return tensor->initializer != NULL;
}

/* An initializer that no tensor of the layer takes is a mistake of the pipeline; absorbed layers
 * have no tensors. */
static bool check_unused(const cnn_node *node, cnn_report *report)
{
    bool kernel = false, bias = false;
    for (uint64_t w = 0; w < node->plan.weight_count; w++) {
        kernel |= node->plan.weights[w].role == CNN_ROLE_KERNEL;
        bias |= node->plan.weights[w].role == CNN_ROLE_BIAS;
    }
    for (size_t k = 0; k <= node->absorbed; k++) {
        const cnn_layer_spec *spec = node->spec + k;
        const char *name = spec->layer->file->head.name;
        if (spec->kernel_given && !(k == 0 && kernel))
            return cnn_report_add(report, CNN_EXIT_PIPELINE, spec->kernel_mark,
                                  "%s: kernel_initializer is given, but the layer has no kernel",
                                  name);
        if (spec->bias_given && !(k == 0 && bias))
            return cnn_report_add(report, CNN_EXIT_PIPELINE, spec->bias_mark,
                                  "%s: bias_initializer is given, but the layer has no bias", name);
    }
    return true;
}

static bool add_tensors(cnn_network *network, cnn_pipeline *p, cnn_node *node, cnn_report *report)
{
    node->first_tensor = network->tensor_count;
    for (uint64_t w = 0; w < node->plan.weight_count; w++) {
        cnn_weight_tensor *tensor = &network->tensors[network->tensor_count++];
        tensor->spec = node->plan.weights[w];
        tensor->count = cnn_shape_count(&tensor->spec.shape);
        tensor->name = cnn_format("%s/%s", node->spec->name, tensor->spec.name);
        if (tensor->spec.role == CNN_ROLE_KERNEL)
            p->layers[node->spec - p->layers].has_kernel = true;
        if (!choose_initializer(network, p, node, tensor, report))
            return false;
    }
    return check_unused(node, report);
}

/* Gives each tensor of the nodes with or without a second phase its place behind `end`. */
static uint64_t place(cnn_network *network, bool second_phase, uint64_t end)
{
    for (size_t n = 0; n < network->node_count; n++) {
        const cnn_node *node = &network->nodes[n];
        if ((node->plan.parts > 0) != second_phase)
            continue;
        for (uint64_t w = 0; w < node->plan.weight_count; w++) {
            cnn_weight_tensor *tensor = &network->tensors[node->first_tensor + w];
            const bool moving = tensor->spec.role == CNN_ROLE_MOVING;
            uint64_t *at = moving ? &network->moving_floats : &end;
            tensor->offset = *at;
            *at += (tensor->count + ALIGN_FLOATS - 1) / ALIGN_FLOATS * ALIGN_FLOATS;
            *(moving ? &network->moving_parameters : &network->parameters) += tensor->count;
        }
    }
    return end;
}

static bool lay_out(cnn_network *network, cnn_pipeline *p, cnn_report *report)
{
    network->tensors = cnn_alloc(network->node_count * CNN_MAX_WEIGHTS, sizeof *network->tensors);
    for (size_t n = 0; n < network->node_count; n++)
        if (!add_tensors(network, p, &network->nodes[n], report))
            return false;
    network->first_phase = place(network, false, 0);
    network->weight_floats = place(network, true, network->first_phase);
    return true;
}

/* Which layers write over their input. In memory that holds a tensor, the last one written must be
 * the only one that a backward pass still reads. */
static void choose_places(cnn_network *network)
{
    bool read_later = false; /* some layer's backward reads a tensor in this memory */
    for (size_t n = 0; n < network->node_count; n++) {
        cnn_node *node = &network->nodes[n];
        const bool can = node->plan.flags & CNN_IN_PLACE && node->plan.parts == 0;
        read_later |= (node->plan.flags & CNN_USES_INPUT) != 0;
        node->in_place = can && !read_later;
        node->in_place_gradient = can;
        if (!node->in_place)
            read_later = false;
        read_later |= (node->plan.flags & CNN_USES_OUTPUT) != 0;
    }
}

static bool check_output(const cnn_network *network, const cnn_data *data, cnn_report *report)
{
    const cnn_node *last = &network->nodes[network->node_count - 1];
    const cnn_shape *output = &last->plan.output;
    const cnn_mark mark = last->spec->layer->mark;
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

cnn_network *cnn_network_new(cnn_pipeline *p, const cnn_data *data, cnn_report *report)
{
    cnn_network *network = cnn_alloc(1, sizeof *network);
    if (plan_nodes(network, p, data->train.view.shape, report) &&
        check_output(network, data, report) && lay_out(network, p, report)) {
        choose_places(network);
        const cnn_node *last = &network->nodes[network->node_count - 1];
        network->classes = last->plan.output.dim[0];
        network->probabilities = last->plan.flags & CNN_PROBABILITIES && !last->absorbed;
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
    for (size_t i = 0; i < network->default_count; i++)
        cnn_instance_free(network->defaults[i]);
    free(network->defaults);
    free(network->tensors);
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
        cnn_text_add(text, "%-36s %-16s %12llu %14.0f\n", name.data, shape,
                     (unsigned long long)parameters, node->plan.flops);
        cnn_text_free(&name);
        free(shape);
    }
    cnn_text_add(text, "%-36s %-16s %12llu %14.0f\n", "total", "",
                 (unsigned long long)(network->parameters + network->moving_parameters),
                 network->flops);
}
