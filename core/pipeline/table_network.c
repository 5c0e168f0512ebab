/* table_network.c - the section `network` of a pipeline as parameter tables: layers, and the keys
 * that each layer may have beside its own parameters. */
#include <stdlib.h>

#include "base/memory.h"
#include "pipeline/tables.h"

/* Of kernels and of biases. */
#define FACTORS(NAME, FIELD)                                                                       \
    ENTRY(cnn_layer_spec, NAME, FIELD, CNN_REAL, "1", 0, MOST_FACTOR, CNN_OMIT, NULL, NULL)
#define MOST_FACTOR 1e6

/* It is read when all layers are, pipeline.c. */
static bool read_later(const cnn_filling *f, const cnn_host_param *param, const cnn_yaml *node,
                       void *self)
{
    (void)f, (void)param, (void)node, (void)self;
    return true;
}

/* Where the layer after it is its activation, or it could have had one. */
static cnn_yaml *write_activation(const void *self)
{
    const cnn_layer_spec *spec = self;
    return spec->activated    ? cnn_instance_resolved(spec[1].layer)
           : spec->has_kernel ? cnn_yaml_string("linear")
                              : NULL;
}

/* Where it is not just the layer before. */
static cnn_yaml *write_inputs(const void *self)
{
    const cnn_layer_spec *spec = self;
    if (cnn_layer_follows(spec))
        return NULL;
    cnn_yaml *list = cnn_yaml_new(CNN_YAML_LIST);
    list->flow = true;
    for (size_t i = 0; i < spec->input_count; i++)
        cnn_yaml_push(list, cnn_yaml_string(cnn_layer_input_name(spec, i)));
    return list;
}

static cnn_yaml *write_nothing(const void *self)
{
    (void)self;
    return NULL;
}

/* `trainable`, where it is false. */
static cnn_yaml *write_trainable(const void *self)
{
    const cnn_layer_spec *spec = self;
    return spec->trainable ? NULL : cnn_yaml_bool(false);
}

static bool is_factor(const cnn_yaml *node)
{
    return (node->type == CNN_YAML_REAL || node->type == CNN_YAML_INTEGER) && node->real >= 0 &&
           node->real <= MOST_FACTOR;
}

/* A number, or one for kernels and one for biases. */
static bool read_factors(const cnn_filling *f, const cnn_host_param *param, const cnn_yaml *node,
                         void *self)
{
    double *factors = (double *)((char *)self + param->param.offset);
    const bool pair = node->type == CNN_YAML_LIST && node->count == 2;
    const cnn_yaml *const given[] = {pair ? node->items[0] : node, pair ? node->items[1] : node};
    for (size_t i = 0; i < 2; i++) {
        if (!is_factor(given[i])) {
            char *seen = cnn_yaml_describe(given[i]);
            cnn_report_add(f->report, CNN_EXIT_PIPELINE, given[i]->mark,
                           "%s: %s is %s; it must be a real in [0, 1e6], or a list of two, for "
                           "kernels and for biases",
                           f->plugin, param->param.name, seen);
            free(seen);
            return false;
        }
        factors[i] = given[i]->real;
    }
    return true;
}

static cnn_yaml *factors_node(const double factors[2])
{
    if (factors[0] == factors[1])
        return factors[0] == 1 ? NULL : cnn_yaml_real(factors[0]);
    cnn_yaml *list = cnn_yaml_new(CNN_YAML_LIST);
    list->flow = true;
    for (size_t i = 0; i < 2; i++)
        cnn_yaml_push(list, cnn_yaml_real(factors[i]));
    return list;
}

static cnn_yaml *write_lr_mult(const void *self)
{
    return factors_node(((const cnn_layer_spec *)self)->lr_mult);
}

static cnn_yaml *write_decay_mult(const void *self)
{
    return factors_node(((const cnn_layer_spec *)self)->decay_mult);
}

static const cnn_host_param layer_keys[] = {
    {ENTRY(cnn_layer_spec, "name", name, CNN_STRING, "null", 0, 0, CNN_NULLABLE, NULL, NULL),
     .read = read_later},
    {ENTRY(cnn_layer_spec, "inputs", inputs, CNN_STRING, "null", 0, 0, OPTIONAL, NULL, NULL),
     .read = read_later, .write = write_inputs}, /* graph.c reads them */
    {ENTRY(cnn_layer_spec, "input", inputs, CNN_STRING, "null", 0, 0, OPTIONAL, NULL, NULL),
     .read = read_later, .write = write_nothing},
    {PLUGIN(cnn_layer_spec, "activation", own_activation, LAYER, "null", OPTIONAL | CNN_LAST),
     .none = "linear", .write = write_activation},
    {PLUGIN(cnn_layer_spec, "kernel_initializer", kernel_initializer, INITIALIZER, "null",
            OPTIONAL)},
    {PLUGIN(cnn_layer_spec, "bias_initializer", bias_initializer, INITIALIZER, "null", OPTIONAL)},
    {ENTRY(cnn_layer_spec, "trainable", trainable, CNN_BOOL, "true", 0, 1, CNN_OMIT, NULL, NULL),
     .write = write_trainable},
    {FACTORS("lr_mult", lr_mult), .read = read_factors, .write = write_lr_mult},
    {FACTORS("decay_mult", decay_mult), .read = read_factors, .write = write_decay_mult},
    END};
static const cnn_head layer_table = CNN_HOST_TABLE("layer", layer_keys);

static cnn_yaml *write_layers(const void *self);

static const cnn_host_param network_keys[] = {
    {PLUGIN(cnn_pipeline, "initializer", initializer, INITIALIZER, "null", CNN_NULLABLE)},
    {ENTRY(cnn_pipeline, "layers", layers, CNN_PLUGINS, NULL, 1, CNN_MAX_LAYERS, 0, NULL, NULL),
     .param.kind = CNN_KIND_LAYER, .item = sizeof(cnn_layer_spec), .table = &layer_table,
     .write = write_layers},
    END};
const cnn_head cnn_network_table = CNN_HOST_TABLE("network", network_keys);

/* Without those that stand as `activation:` of the layer before. */
static cnn_yaml *write_layers(const void *self)
{
    const cnn_pipeline *p = self;
    cnn_yaml *list = cnn_yaml_new(CNN_YAML_LIST);
    for (size_t i = 0; i < p->layer_count; i++)
        if (!p->layers[i].activation)
            cnn_yaml_push(list, cnn_host_plugin_resolved(&network_keys[1], &p->layers[i]));
    return list;
}
