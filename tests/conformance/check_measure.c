/* check_measure.c - rules on what a layer measures of a batch. */
#include "layer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const kit_layout plain = {.side = KIT_RIGHT, .prefill = KIT_PREFILL_ONE, .salt = 23};

/* Calls `test` on the layer made for every input shape that it accepts, if it measures something
 * there. */
static void each_measuring(kit_case *c, void (*test)(kit_instance *))
{
    cnn_error refusal = {0};
    size_t tested = 0;
    for (size_t v = 0; v < kit_layer_variants; v++) {
        kit_instance *layer = kit_make(c, &plain, NULL, v, &refusal);
        if (!layer)
            continue;
        const cnn_shape *in = &layer->input;
        kit_where("input [%llu, %llu, %llu] of rank %llu", (unsigned long long)in->dim[0],
                  (unsigned long long)in->dim[1], (unsigned long long)in->dim[2],
                  (unsigned long long)in->rank);
        if (layer->plan.measures || layer->plan.measures_backward) {
            test(layer);
            tested++;
        }
        kit_unmake(layer);
        kit_arena_reset(0);
    }
    kit_where("%s", "");
    if (!tested)
        kit_skip("it measures nothing");
}

static void expect_again(const double *a, const double *b, uint64_t count, const char *name)
{
    if (memcmp(a, b, count * sizeof *a) != 0)
        kit_fail("%s gives other numbers for a shard after another one; it must depend on the "
                 "shard alone",
                 name);
}

static void test_order(kit_instance *layer)
{
    const cnn_layer_plan *plan = &layer->plan;
    kit_pass a = kit_pass_new(layer, &plain, 3), b = kit_pass_new(layer, &plain, 2);
    double *first = cnn_alloc(plan->measures + 1, sizeof *first),
           *back = cnn_alloc(plan->measures_backward + 1, sizeof *back);
    for (uint64_t i = 0; i < b.samples * b.in; i++)
        b.x[i] = 2 * b.x[i] + 1;
    kit_forward(&a, true);
    memcpy(first, a.totals, plan->measures * sizeof *first);
    kit_forward(&b, true);
    kit_measure(&a);
    expect_again(first, a.totals, plan->measures, "measure");
    kit_measure_backward(&a);
    memcpy(back, a.totals_backward, plan->measures_backward * sizeof *back);
    kit_measure_backward(&b);
    kit_measure_backward(&a);
    expect_again(back, a.totals_backward, plan->measures_backward, "measure_backward");
    free(first);
    free(back);
}

static void check_order(kit_case *c)
{
    each_measuring(c, test_order);
}

static void expect_near(const float *whole, const float *cut, uint64_t count, const char *name)
{
    double scale = 1e-3;
    for (uint64_t i = 0; i < count; i++)
        scale = fmax(scale, fabs((double)whole[i]));
    for (uint64_t i = 0; i < count; i++)
        if (!(fabs((double)whole[i] - (double)cut[i]) <= 1e-4 * scale))
            kit_fail("%s[%llu] is %.9g where the batch is one shard, and %.9g where it is two; it "
                     "must be the same",
                     name, (unsigned long long)i, (double)whole[i], (double)cut[i]);
}

/* Samples [first, first + to->samples) of `from`. */
static void copy_samples(kit_pass *to, const kit_pass *from, uint64_t first)
{
    memcpy(to->x, from->x + first * from->in, to->samples * to->in * sizeof(float));
    memcpy(to->dy, from->dy + first * from->out, to->samples * to->out * sizeof(float));
    memcpy(to->random, from->random + first, to->samples * sizeof *to->random);
    for (size_t i = 0; i < to->layer->inputs; i++)
        if (to->other[i])
            memcpy(to->other[i], from->other[i] + first * from->in,
                   to->samples * to->in * sizeof(float));
}

static void test_cut(kit_instance *layer)
{
    enum { LEFT = 3, RIGHT = 2 };
    kit_pass all = kit_pass_new(layer, &plain, LEFT + RIGHT), a = kit_pass_new(layer, &plain, LEFT),
             b = kit_pass_new(layer, &plain, RIGHT);
    copy_samples(&a, &all, 0);
    copy_samples(&b, &all, LEFT);
    for (uint64_t w = 0; w < layer->plan.weight_count; w++)
        b.dw[w] = a.dw[w];
    kit_forward(&all, true);
    kit_backward(&all);
    kit_measure(&a);
    kit_measure(&b);
    kit_share(&a, &b);
    kit_forward(&a, true);
    kit_forward(&b, true);
    kit_measure_backward(&a);
    kit_measure_backward(&b);
    kit_share(&a, &b);
    kit_backward(&a);
    kit_backward(&b);
    expect_near(all.y, a.y, LEFT * all.out, "y");
    expect_near(all.y + LEFT * all.out, b.y, RIGHT * all.out, "y");
    expect_near(all.dx, a.dx, LEFT * all.in, "dx");
    expect_near(all.dx + LEFT * all.in, b.dx, RIGHT * all.in, "dx");
    for (uint64_t w = 0; w < layer->plan.weight_count && !layer->plan.parts; w++)
        if (all.dw[w])
            expect_near(all.dw[w], a.dw[w], all.size[w], layer->plan.weights[w].name);
}

static void check_cut(kit_case *c)
{
    each_measuring(c, test_cut);
}

static void test_moving(kit_instance *layer)
{
    const cnn_layer_plan *plan = &layer->plan;
    kit_pass p = kit_pass_new(layer, &plain, 4), was = kit_pass_new(layer, &plain, 4);
    for (size_t step = 0; step < 2; step++) {
        for (uint64_t i = 0; i < p.samples * p.in; i++)
            p.x[i] = 3 * p.x[i] + 1;
        kit_forward(&p, true);
        kit_update(&p);
    }
    for (uint64_t w = 0; w < plan->weight_count && plan->measures; w++)
        if (plan->weights[w].role == CNN_ROLE_MOVING &&
            memcmp(p.w[w], was.w[w], p.size[w] * sizeof(float)) == 0)
            kit_fail("moving weight '%s' is as before after two steps", plan->weights[w].name);
}

static void check_moving(kit_case *c)
{
    each_measuring(c, test_moving);
}

const kit_check kit_measure_checks[] = {
    {"LAY-21", "what is measured depends on the shard alone", 3, CNN_KIND_LAYER, 0, check_order},
    {"LAY-22", "a batch in shards gives what it gives in one", 3, CNN_KIND_LAYER, 0, check_cut},
    {"LAY-23", "moving weights move", 3, CNN_KIND_LAYER, 0, check_moving},
    {0},
};
