/* test_update.c - optimizers of each form on the tensors of a network, as the host calls them,
 * against twenty golden steps in float64. */
#include "run_outside.h"
#include "unit_plugin.h"

#include <math.h>

#include "base/memory.h"
#include "engine/private.h"

#include "../golden/updates.h"

#define GOLDEN_UPDATES (sizeof golden_updates / sizeof golden_updates[0])

/* A network of the golden tensors alone, and the part of an engine that takes the optimizer's step.
 */
typedef struct stage {
    cnn_plugins *plugins;
    cnn_pipeline *pipeline;
    cnn_weight_tensor tensors[GOLDEN_TENSORS];
    cnn_network network;
    cnn_plan plan;
    cnn_engine engine;
} stage;

static double number(uint64_t tensor, uint64_t t, uint64_t i)
{
    uint32_t x = (uint32_t)(i * 2654435761u + tensor * 40503u + t * 2246822519u);
    for (int round = 0; round < 2; round++)
        x = (x ^ x >> 16) * 73244475u;
    return ((x ^ x >> 16) & 1023u) / 512.0 - 1;
}

/* The pipeline is read as any other; its data are never opened. */
static cnn_pipeline *pipeline_of(cnn_plugins *plugins, const char *optimizer)
{
    cnn_report report = {0};
    const char *text = run_text("name: golden\n"
                                "data: {train: synthetic_digits, test: synthetic_digits}\n"
                                "network: {layers: [dense: {units: 10}]}\n"
                                "loss: hinge\n"
                                "optimizer: {%s}\n",
                                optimizer);
    cnn_yaml *root = cnn_yaml_parse(text, strlen(text), "line", &report);
    cnn_pipeline *pipeline = root ? cnn_pipeline_new(plugins, root, &report) : NULL;
    cnn_yaml_free(root);
    unit_no_faults(&report);
    return pipeline;
}

static void make_network(stage *s)
{
    cnn_network *n = &s->network;
    *n = (cnn_network){.tensors = s->tensors, .tensor_count = GOLDEN_TENSORS, .training = true};
    for (size_t k = 0; k < GOLDEN_TENSORS; k++) {
        s->tensors[k] =
            (cnn_weight_tensor){.name = run_keep(cnn_strdup(golden_tensors[k].name)),
                                .spec = {.name = strchr(golden_tensors[k].name, '/') + 1,
                                         .shape = golden_tensors[k].shape,
                                         .role = golden_tensors[k].role},
                                .trained = true,
                                .lr_mult = golden_tensors[k].lr_mult,
                                .decay_mult = golden_tensors[k].decay_mult,
                                .offset = n->weight_floats,
                                .count = cnn_shape_count(&golden_tensors[k].shape)};
        n->weight_floats += cnn_network_padded(s->tensors[k].count);
    }
    n->weights = cnn_tensor_alloc(n->weight_floats, sizeof(float));
    for (size_t k = 0; k < GOLDEN_TENSORS; k++)
        for (uint64_t i = 0; i < s->tensors[k].count; i++)
            n->weights[s->tensors[k].offset + i] = (float)number(k, 0, i);
}

static void open_stage(stage *s, const char *optimizer, size_t threads)
{
    cnn_report report = {0};
    const char *const folders[] = {run_text("%s/plugins", unit_build())};
    *s = (stage){.plugins = cnn_plugins_new(folders, 1, &report)};
    unit_no_faults(&report);
    s->pipeline = pipeline_of(s->plugins, optimizer);
    make_network(s);
    ck_assert(cnn_update_plan(&s->plan.update, &s->pipeline->optimizer, &s->network, &report));
    s->plan.training = true;
    s->plan.network = &s->network;
    s->plan.scratch_bytes = s->plan.update.plan.scratch_bytes;
    s->engine = (cnn_engine){.plan = &s->plan,
                             .pipeline = s->pipeline,
                             .network = &s->network,
                             .threads = threads,
                             .pool = cnn_pool_new(threads, &report)};
    ck_assert(cnn_engine_allocate(&s->engine, &report));
    unit_no_faults(&report);
}

static void close_stage(stage *s)
{
    cnn_pool_free(s->engine.pool);
    cnn_engine_release(&s->engine);
    cnn_update_free(&s->plan.update);
    free(s->network.weights);
    cnn_pipeline_free(s->pipeline);
    cnn_plugins_free(s->plugins);
}

static void take_step(stage *s, uint64_t t)
{
    for (size_t k = 0; k < GOLDEN_TENSORS; k++)
        for (uint64_t i = 0; i < s->tensors[k].count; i++)
            s->engine.gradient[s->tensors[k].offset + i] =
                (float)ldexp(number(k, t, i), 2 * ((int)k - 2));
    s->engine.step = t - 1;
    s->engine.learning_rate =
        cnn_instance_real(s->pipeline->optimizer.instance, "learning_rate") * (t % 4 ? 1 : 0.5);
    cnn_engine_update(&s->engine);
}

static double norm_of(const float *x, uint64_t count)
{
    double squares = 0;
    for (uint64_t i = 0; i < count; i++)
        squares += (double)x[i] * (double)x[i];
    return sqrt(squares);
}

/* The weights against those of golden case c at the shown step. */
static void compare(const float *weights, const stage *s, size_t c, size_t shown)
{
    for (size_t k = 0; k < GOLDEN_TENSORS; k++) {
        const cnn_weight_tensor *tensor = &s->tensors[k];
        const double *wanted = golden_updates[c].weights[shown][k];
        const float *w = weights + tensor->offset;
        const double root = sqrt((double)tensor->count);
        const double most = golden_updates[c].tolerance * fmax(wanted[0] / root, 0.5);
        ck_assert_msg(fabs(norm_of(w, tensor->count) - wanted[0]) <= most * root,
                      "%s, step %d: the norm of %s is %.9g, not %.9g", golden_updates[c].spec,
                      golden_shown[shown], tensor->name, norm_of(w, tensor->count), wanted[0]);
        for (uint64_t i = 0; i < GOLDEN_PLACES; i++) {
            const double seen = (double)w[i * tensor->count / GOLDEN_PLACES];
            ck_assert_msg(fabs(seen - wanted[1 + i]) <= most,
                          "%s, step %d: element %d of %s is %.9g, not %.9g (%.2g too far)",
                          golden_updates[c].spec, golden_shown[shown],
                          (int)(i * tensor->count / GOLDEN_PLACES), tensor->name, seen,
                          wanted[1 + i], fabs(seen - wanted[1 + i]) / most);
        }
    }
}

START_TEST(golden)
{
    for (size_t c = 0; c < GOLDEN_UPDATES; c++) {
        stage s;
        size_t shown = 0;
        open_stage(&s, golden_updates[c].spec, 1);
        for (uint64_t t = 1; t <= GOLDEN_STEPS; t++) {
            take_step(&s, t);
            if (t == (uint64_t)golden_shown[shown])
                compare(s.engine.average ? s.engine.average : s.network.weights, &s, c, shown++);
        }
        ck_assert_uint_eq(shown, GOLDEN_SHOWN);
        close_stage(&s);
    }
}
END_TEST

/* To the bit, for each of the golden cases. */
START_TEST(threads_do_not_show)
{
    for (size_t c = 0; c < GOLDEN_UPDATES; c++) {
        stage one, other;
        open_stage(&one, golden_updates[c].spec, 1);
        for (uint64_t t = 1; t <= 5; t++)
            take_step(&one, t);
        for (size_t threads = 2; threads <= 4; threads++) {
            open_stage(&other, golden_updates[c].spec, threads);
            for (uint64_t t = 1; t <= 5; t++)
                take_step(&other, t);
            ck_assert_mem_eq(one.network.weights, other.network.weights,
                             one.network.weight_floats * sizeof(float));
            if (one.engine.average)
                ck_assert_mem_eq(one.engine.average, other.engine.average,
                                 one.network.weight_floats * sizeof(float));
            close_stage(&other);
        }
        close_stage(&one);
    }
}
END_TEST

UNIT_MAIN("update", golden, threads_do_not_show)
