/* check_backward.c - rules on a layer's gradients, against differences of its own forward. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "layer.h"

#define COORDINATES 40 /* of each tensor */
#define SAMPLES 2

static const kit_layout plain = {.side = KIT_RIGHT, .prefill = KIT_PREFILL_ONE, .salt = 22};

/* One tensor's values and what backward says of them. */
typedef struct tensor {
    const char *name;
    float *values;
    const float *gradient;
    uint64_t count;
    double scale; /* of the gradient's largest element */
} tensor;

/* sum of y * g after a forward, in double; dy itself may be overwritten by backward. */
static double objective(kit_pass *p, const float *g)
{
    double sum = 0;
    kit_forward(p, true);
    for (uint64_t i = 0; i < p->samples * p->out; i++)
        sum += (double)p->y[i] * (double)g[i];
    return sum;
}

/* The slopes on both sides; a right gradient lies between them at a kink of one coordinate. */
static bool fits(kit_pass *p, const float *g, double here, const tensor *t, uint64_t i, float h,
                 double slope[2])
{
    const float old = t->values[i], up = old + h, down = old - h;
    t->values[i] = up;
    slope[1] = (objective(p, g) - here) / ((double)up - (double)old);
    t->values[i] = down;
    slope[0] = (here - objective(p, g)) / ((double)old - (double)down);
    t->values[i] = old;
    const double tolerance = 0.02 * fmax(t->scale, 1e-3), d = (double)t->gradient[i];
    return d >= fmin(slope[0], slope[1]) - tolerance && d <= fmax(slope[0], slope[1]) + tolerance;
}

static void test_tensor(kit_case *c, kit_pass *p, const float *g, tensor *t)
{
    static const float steps[] = {0x1p-7F, 0x1p-5F, 0x1p-10F, 0x1p-4F};
    const double here = objective(p, g);
    for (uint64_t i = 0; i < t->count; i++)
        t->scale = fmax(t->scale, fabs((double)t->gradient[i]));
    for (uint64_t n = 0; n < COORDINATES && n < t->count; n++) {
        const uint64_t i = t->count <= COORDINATES ? n : kit_below(c, t->count);
        double first[2], slope[2];
        bool good = fits(p, g, here, t, i, steps[0], first);
        for (size_t k = 1; k < 4 && !good; k++)
            good = fits(p, g, here, t, i, steps[k], slope);
        if (!good || !isfinite(t->gradient[i]))
            kit_fail("%s[%llu] is %.6g; sum(y * dy) slopes by %.6g below and %.6g above", t->name,
                     (unsigned long long)i, (double)t->gradient[i], first[0], first[1]);
    }
}

/* Kernels, then dx, of one shape. */
static void test_layer(kit_case *c, kit_instance *layer)
{
    kit_pass p = kit_pass_new(layer, &plain, SAMPLES);
    float *g = cnn_alloc(p.samples * p.out, sizeof *g),
          *dx = cnn_alloc(p.samples * p.in, sizeof *dx);
    memcpy(g, p.dy, p.samples * p.out * sizeof *g);
    kit_pass_whole(&p);
    memcpy(dx, p.dx, p.samples * p.in * sizeof *dx);
    tensor x = {.name = "dx", .values = p.x, .gradient = dx, .count = p.samples * p.in};
    test_tensor(c, &p, g, &x);
    for (uint64_t i = 0; i < layer->plan.weight_count; i++) {
        if (!p.dw[i])
            continue;
        char *name = cnn_format("dweights %s", layer->plan.weights[i].name);
        tensor w = {.name = name, .values = p.w[i], .gradient = p.dw[i], .count = p.size[i]};
        test_tensor(c, &p, g, &w);
        free(name);
    }
    free(g);
    free(dx);
}

static void name_input(const kit_instance *layer)
{
    const cnn_shape *in = &layer->input;
    kit_where("input %zu of %zu, [%llu, %llu, %llu] of rank %llu, %d samples, parameters {%.120s}",
              layer->slot + 1, layer->inputs, (unsigned long long)in->dim[0],
              (unsigned long long)in->dim[1], (unsigned long long)in->dim[2],
              (unsigned long long)in->rank, SAMPLES, kit_setting_text(layer->given));
}

static void check_gradient(kit_case *c)
{
    cnn_error refusal = {0};
    size_t accepted = 0;
    for (size_t setting = 0; setting < 3; setting++)
        for (size_t v = 0; v < kit_layer_variants; v++) {
            kit_instance *layer =
                kit_make(c, &plain, setting ? kit_random_setting(c) : NULL, v, &refusal);
            if (!layer) {
                kit_arena_reset(0); /* what the refused one had */
                continue;
            }
            name_input(layer);
            if (cnn_shape_count(&layer->input) * cnn_shape_count(&layer->plan.output) < 4000000) {
                test_layer(c, layer);
                accepted++;
            }
            kit_unmake(layer);
            kit_arena_reset(0);
        }
    kit_where("%s", "");
    if (!accepted)
        kit_skip("it accepts none of the kit's inputs: %s", refusal.text);
}

/* backward adds to dweights: from 1 instead of 0 it must end 1 higher. */
static void check_adds(kit_case *c)
{
    kit_instance *layer = kit_make_any(c, &plain, NULL);
    if (layer->plan.weight_count == 0)
        kit_skip("it has no weights");
    if (layer->plan.parts)
        kit_skip("its weights' gradients are made in a second phase");
    kit_pass a = kit_pass_new(layer, &plain, SAMPLES), b = kit_pass_new(layer, &plain, SAMPLES);
    for (uint64_t i = 0; i < layer->plan.weight_count; i++)
        for (uint64_t k = 0; b.dw[i] && k < b.size[i]; k++)
            b.dw[i][k] = 1;
    kit_pass_whole(&a);
    kit_pass_whole(&b);
    for (uint64_t i = 0; i < layer->plan.weight_count; i++)
        for (uint64_t k = 0; b.dw[i] && k < b.size[i]; k++)
            if (fabs((double)b.dw[i][k] - (double)a.dw[i][k] - 1) >
                1e-4 * (1 + fabs((double)a.dw[i][k])))
                kit_fail("dweights %s[%llu]: from 0 backward makes %.6g, from 1 it makes %.6g; it "
                         "must add",
                         layer->plan.weights[i].name, (unsigned long long)k, (double)a.dw[i][k],
                         (double)b.dw[i][k]);
}

/* Each element belongs to one part, the same in whatever order the parts are called. */
static void check_parts(kit_case *c)
{
    static const kit_layout marked = {.side = KIT_RIGHT, .prefill = KIT_PREFILL_NAN, .salt = 22};
    kit_instance *layer = kit_make_any(c, &marked, NULL);
    if (!layer->plan.parts)
        kit_skip("it has no second phase");
    kit_pass p = kit_pass_new(layer, &marked, SAMPLES);
    kit_forward(&p, true);
    kit_backward(&p);
    unsigned char *owners = cnn_alloc(CNN_MAX_WEIGHTS, 1u << 20);
    for (uint64_t part = layer->plan.parts; part-- > 0;) {
        for (uint64_t i = 0; i < layer->plan.weight_count; i++)
            if (p.dw[i])
                kit_prefill(p.dw[i], marked.prefill);
        kit_weight_part(&p, part);
        for (uint64_t i = 0; i < layer->plan.weight_count; i++)
            for (uint64_t k = 0; p.dw[i] && k < p.size[i] && k < 1u << 20; k++) {
                if (memcmp(&p.dw[i][k], &marked.prefill, sizeof(float)) == 0 ||
                    owners[i << 20 | k]++ == 0)
                    continue;
                kit_fail("element %llu of dweights %s is written by part %llu and by a later one; "
                         "each must have "
                         "one owner",
                         (unsigned long long)k, layer->plan.weights[i].name,
                         (unsigned long long)part);
            }
    }
}

/* The first layer of a network needs no dx. */
static void check_no_dx(kit_case *c)
{
    kit_instance *layer = kit_make_any(c, &plain, NULL);
    kit_pass a = kit_pass_new(layer, &plain, SAMPLES), b = kit_pass_new(layer, &plain, SAMPLES);
    kit_pass_whole(&a);
    b.dx = NULL;
    kit_pass_whole(&b);
    for (uint64_t i = 0; i < layer->plan.weight_count; i++)
        if (a.dw[i] && memcmp(a.dw[i], b.dw[i], a.size[i] * sizeof(float)) != 0)
            kit_fail("dweights %s differ when dx is not wanted", layer->plan.weights[i].name);
}

/* A layer whose weights are not trained gives dx alone, the same one. Only the host fills
 * `trained`, so here it is changed once the layer has planned: backward sees just io->dweights. */
static void check_untrained(kit_case *c)
{
    kit_instance *layer = kit_make_any(c, &plain, NULL);
    if (layer->plan.weight_count == 0 || layer->plan.parts)
        kit_skip("it has no weights whose gradients backward gives");
    kit_pass a = kit_pass_new(layer, &plain, SAMPLES);
    kit_pass_whole(&a);
    layer->plan.trained = 0;
    kit_pass b = kit_pass_new(layer, &plain, SAMPLES);
    kit_pass_whole(&b);
    if (memcmp(a.dx, b.dx, a.samples * a.in * sizeof(float)) != 0)
        kit_fail("dx differs where io->dweights is NULL; it must be the same");
}

const kit_check kit_backward_checks[] = {
    {"LAY-3", "gradients are slopes of forward", 3, CNN_KIND_LAYER, 0, check_gradient},
    {"LAY-6", "backward adds to the weights' gradients", 3, CNN_KIND_LAYER, 0, check_adds},
    {"LAY-8", "each part of the second phase has its own share", 3, CNN_KIND_LAYER, 0, check_parts},
    {"LAY-14", "dx may be unwanted", 2, CNN_KIND_LAYER, KIT_MEMORY, check_no_dx},
    {"LAY-17", "gradients of weights may be unwanted", 2, CNN_KIND_LAYER, KIT_MEMORY,
     check_untrained},
    {0},
};
