/* weights.c - the memory of a network's weights: allocated, initialized, hashed. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "engine/data.h"
#include "engine/network.h"
#include "plugin/crash.h"

bool cnn_network_allocate(cnn_network *network, cnn_report *report)
{
    if (network->weights)
        return true;
    if (network->weight_floats <= CNN_NETWORK_MAX_FLOATS) {
        network->weights = cnn_tensor_alloc(network->weight_floats, sizeof(float));
        network->moving = cnn_tensor_alloc(network->moving_floats, sizeof(float));
    }
    if (!network->weights || !network->moving)
        return cnn_report_add(report, CNN_EXIT_SYSTEM, CNN_NOWHERE,
                              "out of memory: the network has %llu parameters, %.1f GB",
                              (unsigned long long)network->parameters,
                              (double)network->parameters * 4e-9);
    return true;
}

static bool initialize_tensor(const cnn_network *network, const cnn_weight_tensor *tensor,
                              uint64_t seed, cnn_report *report)
{
    const cnn_random random = cnn_data_stream(seed, "initializer", tensor->name);
    const cnn_tensor view = {tensor->name, tensor->spec.shape, tensor->spec.fan_in,
                             tensor->spec.fan_out, tensor->spec.role};
    const cnn_instance *initializer = tensor->initializer;
    float *weights = cnn_network_tensor(network, tensor);
    cnn_error error = {{0}};
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
        if (!initialize_tensor(network, &network->tensors[i], seed, report))
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
