/* weights.c - a network's weights: their names, initializers and places, their memory, their hash.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "engine/data.h"
#include "engine/network.h"
#include "plugin/crash.h"

#define ALIGN_FLOATS 16u

uint64_t cnn_network_padded(uint64_t count)
{
    return (count + ALIGN_FLOATS - 1) / ALIGN_FLOATS * ALIGN_FLOATS;
}

/* An instance of the initializer that the pipeline gives for all kernels, at the mark of the layer
 * that takes it, or of the one that the layer's plugin names. */
static cnn_instance *make_initializer(const cnn_pipeline *p, const cnn_weight_tensor *tensor,
                                      cnn_mark mark, cnn_report *report)
{
    if (tensor->spec.role != CNN_ROLE_KERNEL || !p->initializer)
        return cnn_instance_make(p->plugins,
                                 &(cnn_instance_spec){.kind = CNN_KIND_INITIALIZER,
                                                      .name = tensor->spec.initializer,
                                                      .mark = mark},
                                 report);
    cnn_yaml *resolved = cnn_instance_resolved(p->initializer);
    cnn_instance *copy = cnn_instance_new(p->plugins, CNN_KIND_INITIALIZER, resolved, report);
    cnn_yaml_free(resolved);
    if (copy)
        copy->mark = mark;
    return copy;
}

/* The initializer of one tensor: the layer's own setting, then for kernels the network's, then what
 * the layer's plugin names. Kernels of one layer share theirs, and so do its biases. */
static bool choose_initializer(cnn_network *network, const cnn_pipeline *p, const cnn_node *node,
                               cnn_weight_tensor *tensor, cnn_report *report)
{
    cnn_layer_choice *choice = &network->choices[node->spec - p->layers];
    const uint64_t role = tensor->spec.role;
    cnn_instance **shared = role == CNN_ROLE_KERNEL ? &choice->kernel_initializer
                            : role == CNN_ROLE_BIAS ? &choice->bias_initializer
                                                    : NULL;
    cnn_instance *chosen = shared ? *shared : NULL;
    if (!chosen) {
        chosen = make_initializer(p, tensor, node->spec->layer->mark, report);
        if (!chosen)
            return false;
        network->made[network->made_count++] = chosen;
    }
    if (shared)
        *shared = chosen;
    tensor->initializer = chosen;
    return true;
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

/* What the pipeline says of how the tensor is trained. */
static void take_training(cnn_weight_tensor *tensor, const cnn_layer_spec *spec)
{
    const size_t which = tensor->spec.role == CNN_ROLE_BIAS;
    tensor->in_moving = !cnn_role_is_trained(tensor->spec.role) || !spec->trainable;
    tensor->lr_mult = spec->lr_mult[which];
    tensor->decay_mult = spec->decay_mult[which];
    tensor->trained = !tensor->in_moving && tensor->lr_mult > 0;
}

static bool add_tensors(cnn_network *network, const cnn_pipeline *p, cnn_node *node,
                        cnn_report *report)
{
    node->first_tensor = network->tensor_count;
    for (uint64_t w = 0; w < node->plan.weight_count; w++) {
        cnn_weight_tensor *tensor = &network->tensors[network->tensor_count++];
        tensor->spec = node->plan.weights[w];
        tensor->count = cnn_shape_count(&tensor->spec.shape);
        tensor->name = cnn_format("%s/%s", node->spec->name, tensor->spec.name);
        take_training(tensor, node->spec);
        if (tensor->spec.role == CNN_ROLE_KERNEL)
            network->choices[node->spec - p->layers].has_kernel = true;
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
            uint64_t *at = tensor->in_moving ? &network->moving_floats : &end;
            tensor->offset = *at;
            *at += cnn_network_padded(tensor->count);
            *(tensor->trained ? &network->parameters : &network->moving_parameters) +=
                tensor->count;
        }
    }
    return end;
}

bool cnn_network_lay_out(cnn_network *network, const cnn_pipeline *p, cnn_report *report)
{
    const size_t most = network->node_count * CNN_MAX_WEIGHTS;
    network->tensors = cnn_alloc(most, sizeof *network->tensors);
    network->made = cnn_alloc(most, sizeof(cnn_instance *));
    network->choices = cnn_alloc(p->layer_count, sizeof *network->choices);
    for (size_t i = 0; i < p->layer_count; i++)
        network->choices[i] =
            (cnn_layer_choice){.kernel_initializer = p->layers[i].kernel_initializer,
                               .bias_initializer = p->layers[i].bias_initializer};
    for (size_t n = 0; n < network->node_count; n++)
        if (!add_tensors(network, p, &network->nodes[n], report))
            return false;
    network->first_phase = place(network, false, 0);
    network->weight_floats = place(network, true, network->first_phase);
    return true;
}

bool cnn_network_allocate(cnn_network *network, cnn_report *report)
{
    if (network->weights)
        return true;
    if (network->weight_floats <= CNN_NETWORK_MAX_FLOATS &&
        network->moving_floats <= CNN_NETWORK_MAX_FLOATS) {
        network->weights = cnn_tensor_alloc(network->weight_floats, sizeof(float));
        network->moving = cnn_tensor_alloc(network->moving_floats, sizeof(float));
    }
    const uint64_t parameters = network->parameters + network->moving_parameters;
    return (network->weights && network->moving) ||
           cnn_report_add(report, CNN_EXIT_SYSTEM, CNN_NOWHERE,
                          "out of memory: the network has %llu parameters, %.1f GB",
                          (unsigned long long)parameters, (double)parameters * 4e-9);
}

bool cnn_network_fill(const cnn_weight_tensor *tensor, uint64_t seed, float *weights,
                      cnn_report *report)
{
    const cnn_random random = cnn_data_stream(seed, "initializer", tensor->name);
    const cnn_tensor view = {tensor->name, tensor->spec.shape, tensor->spec.fan_in,
                             tensor->spec.fan_out, tensor->spec.role};
    const cnn_instance *initializer = tensor->initializer;
    cnn_error error = {0};
    for (uint64_t i = 0; i < tensor->count; i++)
        weights[i] = NAN;
    int failed = 0;
    CNN_CRASH_GUARD(initializer->file, "fill",
                    failed = initializer->file->initializer.fill(initializer->self, &view, &random,
                                                                 weights, &error));
    if (failed) {
        char *what = cnn_format("%s, for %s", initializer->file->head.name, tensor->name);
        cnn_instance_refuse(initializer, "fill", failed, what, &error, CNN_EXIT_PIPELINE, report);
        free(what);
        return false;
    }
    for (uint64_t i = 0; i < tensor->count; i++)
        if (!isfinite(weights[i]))
            return cnn_report_add(
                report, CNN_EXIT_PLUGIN, initializer->mark,
                "initializer '%s' (%s) breaks its contract: element %llu of %s is "
                "not finite, or was not written",
                initializer->file->head.name, initializer->file->path, (unsigned long long)i,
                tensor->name);
    return true;
}

bool cnn_network_initialize(cnn_network *network, uint64_t seed, cnn_report *report)
{
    if (!cnn_network_allocate(network, report))
        return false;
    for (size_t i = 0; i < network->tensor_count; i++)
        if (!cnn_network_fill(&network->tensors[i], seed,
                              cnn_network_tensor(network, &network->tensors[i]), report))
            return false;
    return true;
}

static int by_name(const void *a, const void *b)
{
    const cnn_weight_tensor *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

void cnn_network_sha256(const cnn_network *network, char hex[CNN_SHA256_HEX])
{
    const size_t count = network->tensor_count;
    const cnn_weight_tensor **order = cnn_alloc(count, sizeof *order);
    cnn_piece *pieces = cnn_alloc(count, sizeof *pieces);
    for (size_t i = 0; i < count; i++)
        order[i] = &network->tensors[i];
    qsort(order, count, sizeof *order, by_name);
    for (size_t i = 0; i < count; i++)
        pieces[i] =
            (cnn_piece){cnn_network_tensor(network, order[i]), order[i]->count * sizeof(float)};
    cnn_sha256(pieces, count, hex);
    free(pieces);
    free(order);
}
