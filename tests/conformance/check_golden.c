/* check_golden.c - the rule on golden cases, the numbers that a plugin itself says must come out.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "initializer.h"
#include "layer.h"
#include "loss.h"
#include "optimizer.h"
#include "schedule.h"

static const kit_layout plain = {.side = KIT_RIGHT, .prefill = KIT_PREFILL_NAN, .salt = 25};

/* A case under test; `used` has a bit for each array that was looked at, `compared` counts those
 * that came out.
 */
typedef struct golden {
    const cnn_golden *table;
    uint64_t used, compared;
} golden;

/* The array of this name, or NULL. */
static const cnn_golden_array *find(golden *g, const char *name)
{
    for (size_t i = 0; i < CNN_MAX_GOLDEN_ARRAYS && g->table->arrays[i].name; i++)
        if (strcmp(g->table->arrays[i].name, name) == 0) {
            g->used |= UINT64_C(1) << i;
            return &g->table->arrays[i];
        }
    return NULL;
}

/* An input of the case; `count` numbers of it, or any number where that is 0. */
static const cnn_golden_array *need(golden *g, const char *name, uint64_t count)
{
    const cnn_golden_array *array = find(g, name);
    if (!array || !array->values || array->count == 0 || (count && array->count != count))
        kit_fail("the case needs an array '%s' of %llu numbers (0: any number)", name,
                 (unsigned long long)count);
    return array;
}

static void fill(golden *g, const char *name, float *to, uint64_t count)
{
    const cnn_golden_array *array = need(g, name, count);
    for (uint64_t i = 0; i < count; i++)
        to[i] = (float)array->values[i];
}

/* What came out, as floats or as doubles, against the case's array, if there is one. */
static void compare(golden *g, const char *name, const float *floats, const double *doubles,
                    uint64_t count)
{
    const cnn_golden_array *want = find(g, name);
    double largest = 0;
    if (!want)
        return;
    if (want->count != count)
        kit_fail("the case has %llu numbers for '%s', and there are %llu",
                 (unsigned long long)want->count, name, (unsigned long long)count);
    for (uint64_t i = 0; i < count; i++)
        largest = fmax(largest, fabs(want->values[i]));
    const double slack = g->table->tolerance * (largest > 0 ? largest : 1);
    for (uint64_t i = 0; i < count; i++) {
        const double got = floats ? (double)floats[i] : doubles[i];
        if (!(fabs(got - want->values[i]) <= slack))
            kit_fail("%s[%llu] is %.9g; the case says %.9g, within %.3g", name,
                     (unsigned long long)i, got, want->values[i], slack);
    }
    g->compared++;
}

/* ---- kinds ---------------------------------------------------------------------------------- */

static void run_layer(golden *g, const kit_instance *layer)
{
    const cnn_layer_plan *plan = &layer->plan;
    const uint64_t in = cnn_shape_count(&layer->input), samples = need(g, "x", 0)->count / in;
    if (samples == 0)
        kit_fail("the case's x has less than one sample of %llu numbers", (unsigned long long)in);
    kit_pass p = kit_pass_new(layer, &plain, samples);
    fill(g, "x", p.x, samples * in);
    fill(g, "dy", p.dy, samples * p.out);
    for (uint64_t w = 0; w < plan->weight_count; w++)
        fill(g, plan->weights[w].name, p.w[w], p.size[w]);
    kit_pass_whole(&p);
    compare(g, "y", p.y, NULL, samples * p.out);
    compare(g, "dx", p.dx, NULL, samples * in);
    for (uint64_t w = 0; w < plan->weight_count; w++) {
        char *name = cnn_format("d%s", plan->weights[w].name);
        if (p.dw[w])
            compare(g, name, p.dw[w], NULL, p.size[w]);
        free(name);
    }
}

static void run_loss(golden *g, const kit_instance *loss)
{
    const cnn_golden_array *output = need(g, "output", 0);
    const cnn_golden_array *target = need(g, "target", output->count);
    const double value = kit_loss_value(loss, output->values, target->values, output->count);
    compare(g, "value", NULL, &value, 1);
    if (!kit_loss_has_gradient(loss))
        return;
    double *gradient = kit_buffer(&plain, "gradient", output->count, sizeof(double), 8);
    kit_loss_gradient(loss, output->values, target->values, output->count, gradient);
    compare(g, "gradient", NULL, gradient, output->count);
}

static void run_initializer(golden *g, const kit_instance *initializer)
{
    const cnn_golden_array *fans = find(g, "fans");
    const bool two = fans && fans->count == 2 && fans->values;
    const cnn_tensor tensor = {"golden/kernel", g->table->shape,
                               two ? (uint64_t)fans->values[0] : 1,
                               two ? (uint64_t)fans->values[1] : 1, CNN_ROLE_KERNEL};
    float *weights;
    if (!kit_fill(initializer, &plain, &tensor, (cnn_random){1, 2}, &weights))
        kit_fail("fill refuses the case's tensor");
    compare(g, "weights", weights, NULL, cnn_shape_count(&tensor.shape));
}

static void run_optimizer(golden *g, const kit_instance *optimizer)
{
    const uint64_t count = need(g, "weight", 0)->count, steps = need(g, "rate", 0)->count;
    const cnn_golden_array *gradients = need(g, "gradient", steps * count),
                           *rates = find(g, "rate");
    kit_range range = kit_range_new(optimizer, &plain, count);
    fill(g, "weight", range.weight, count);
    for (uint64_t s = 0; s < steps; s++) {
        for (uint64_t i = 0; i < count; i++)
            range.gradient[i] = (float)gradients->values[s * count + i];
        kit_step(optimizer, &plain, &range,
                 &(kit_terms){.step = s + 1, .rate = rates->values[s], .decay_mult = 1});
    }
    compare(g, "result", range.weight, NULL, count);
    for (uint64_t k = 0; k < optimizer->slot_count; k++)
        compare(g, optimizer->slots[k].name, range.state[k], NULL, count);
}

static void run_schedule(golden *g, const kit_instance *schedule)
{
    const cnn_golden_array *steps = need(g, "steps", 0), *training = need(g, "training", 3);
    double *rates = kit_buffer(&plain, "rates", steps->count, sizeof(double), 8);
    for (uint64_t i = 0; i < steps->count; i++)
        rates[i] = kit_rate(schedule, &plain,
                            (cnn_schedule_point){.step = (uint64_t)steps->values[i],
                                                 .steps_per_epoch = (uint64_t)training->values[0],
                                                 .total_steps = (uint64_t)training->values[1],
                                                 .base = training->values[2]});
    compare(g, "rates", NULL, rates, steps->count);
}

/* ---- a table -------------------------------------------------------------------------------- */

static void run_kind(golden *g, const kit_instance *instance)
{
    switch (instance->file->head.kind) {
    case CNN_KIND_LAYER:
        run_layer(g, instance);
        break;
    case CNN_KIND_LOSS:
        run_loss(g, instance);
        break;
    case CNN_KIND_INITIALIZER:
        run_initializer(g, instance);
        break;
    case CNN_KIND_OPTIMIZER:
        run_optimizer(g, instance);
        break;
    case CNN_KIND_SCHEDULE:
        run_schedule(g, instance);
        break;
    default:
        kit_fail("plugins of this kind have no golden cases");
    }
}

static void run_case(kit_case *c, const cnn_golden *table)
{
    golden g = {.table = table};
    cnn_report report = {0};
    const bool shaped = c->subject->kind == CNN_KIND_LAYER;
    cnn_yaml *given =
        cnn_yaml_parse(table->parameters, strlen(table->parameters), "golden", &report);
    if (!given || given->type != CNN_YAML_MAP)
        kit_fail("the parameters are no map of YAML");
    if (!(table->tolerance >= 0))
        kit_fail("the tolerance is not 0 or more");
    if ((shaped || c->subject->kind == CNN_KIND_INITIALIZER) &&
        table->shape.rank - 1 >= CNN_MAX_RANK)
        kit_fail("the case has no shape");
    kit_instance *instance = shaped ? kit_make_for(c, &plain, given, &table->shape)
                                    : kit_make(c, &plain, given, 0, NULL);
    if (!instance)
        kit_fail("the layer refuses the case's shape");
    run_kind(&g, instance);
    for (size_t i = 0; i < CNN_MAX_GOLDEN_ARRAYS && table->arrays[i].name; i++)
        if (!(g.used >> i & 1))
            kit_fail("the case has an array '%s', which means nothing here", table->arrays[i].name);
    if (g.compared == 0)
        kit_fail("the case says nothing of what must come out");
    kit_unmake(instance);
    kit_arena_reset(0);
}

static void check_golden(kit_case *c)
{
    const cnn_golden *table = c->file->head.golden;
    if (!table)
        kit_skip("it brings no golden cases");
    if (!table->parameters)
        kit_fail("its table of golden cases is empty");
    c->golden = true;
    for (size_t i = 0; table[i].parameters; i++) {
        kit_where("golden case %zu, %s", i + 1, table[i].parameters);
        run_case(c, &table[i]);
    }
}

const kit_check kit_golden_checks[] = {
    {"GOLD-1", "the plugin's golden cases come out", 3, 0, 0, check_golden},
    {0},
};
