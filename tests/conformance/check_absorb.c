/* check_absorb.c - rules on layers that stand in for others: what an operator is, and that bits
 * stay.
 */
#include <math.h>
#include <string.h>

#include "operator.h"

static const kit_layout plain = {.side = KIT_RIGHT, .prefill = KIT_PREFILL_ONE, .salt = 22};

#define SAMPLES KIT_OPERATOR_SAMPLES

/* Some inputs equal, so that it matters which of them is the first; and one NaN, if wanted. */
static void coarsen(float *x, uint64_t count, bool nan)
{
    for (uint64_t i = 0; i < count; i++)
        x[i] = rintf(2 * x[i]) / 2;
    if (nan)
        x[count - 1] = NAN;
}

static void compare(const char *what, const float *got, const float *want, uint64_t count,
                    const char *by)
{
    for (uint64_t i = 0; i < count; i++)
        if (memcmp(&got[i], &want[i], sizeof *got) != 0 && !(isnan(got[i]) && isnan(want[i])))
            kit_fail("%s[%llu] is %.9g, and %.9g by %s", what, (unsigned long long)i,
                     (double)got[i], (double)want[i], by);
}

/* ---- layers that equal an operator ---------------------------------------------------------- */

static cnn_operator operator_of(const kit_instance *layer)
{
    cnn_operator what = {.struct_size = sizeof what};
    kit_enter("equals", KIT_SETUP);
    layer->file->layer.equals(layer->self, &what);
    kit_leave();
    return what;
}

/* Forward and back to the bit. */
static void test_bits(kit_pass *p, kit_meaning *m)
{
    if (cnn_shape_count(&m->shape) != p->out)
        kit_fail("it gives %llu numbers, and its operator gives %llu", (unsigned long long)p->out,
                 (unsigned long long)cnn_shape_count(&m->shape));
    float *dx = kit_buffer(&plain, "expected dx", SAMPLES * p->in, sizeof(float), 64);
    kit_meaning_spread(m, p->dy, dx, SAMPLES * p->in);
    kit_forward(p, true);
    compare("y", p->y, m->value, SAMPLES * p->out, "its operator");
    kit_backward(p);
    compare("dx", p->dx, dx, SAMPLES * p->in, "its operator");
}

/* What evaluation gives, as near as the operator asks for. */
static void test_values(kit_pass *p, const cnn_operator *what)
{
    const double slack = kit_operator_slack(what);
    double largest = 0;
    kit_forward(p, false);
    for (uint64_t i = 0; i < SAMPLES * p->out; i++)
        largest = fmax(largest, fabs((double)p->y[i]));
    for (uint64_t i = 0; i < SAMPLES * p->out; i++) {
        const double want = kit_operator_value(p, what, i / p->out, i % p->out);
        if (!(fabs((double)p->y[i] - want) <= slack * largest))
            kit_fail("y[%llu] is %.9g, and %.9g by its operator", (unsigned long long)i,
                     (double)p->y[i], want);
    }
}

static void test_operator(const kit_instance *layer, const cnn_operator *what, bool nan)
{
    kit_pass p = kit_pass_new(layer, &plain, SAMPLES);
    coarsen(p.x, SAMPLES * p.in, nan);
    kit_meaning m = kit_meaning_new(&layer->input, p.x);
    if (kit_meaning_apply(&m, what))
        test_bits(&p, &m);
    else if (!nan)
        test_values(&p, what);
}

/* A layer is the operator that it says it equals. */
static void check_operator(kit_case *c)
{
    cnn_error refusal = {0};
    size_t accepted = 0;
    if (!c->file->layer.equals)
        kit_skip("it equals no standard operator");
    for (size_t v = 0; v < kit_layer_variants; v++) {
        kit_instance *layer = kit_make(c, &plain, NULL, v, &refusal);
        const cnn_operator what = layer ? operator_of(layer) : (cnn_operator){0};
        if (layer && what.id == CNN_OPERATOR_NONE)
            kit_skip("it equals no standard operator at its defaults");
        if (what.id > CNN_OPERATOR_BATCH_NORMALIZATION)
            kit_fail("equals gave the id %llu, which layer.h does not know",
                     (unsigned long long)what.id);
        for (int nan = 0; layer && nan < 2; nan++)
            test_operator(layer, &what, nan);
        accepted += layer != NULL;
        kit_unmake(layer);
        kit_arena_reset(0);
    }
    if (!accepted)
        kit_skip("it accepts none of the kit's inputs: %s", refusal.text);
}

/* ---- layers that absorb others -------------------------------------------------------------- */

typedef struct followers {
    cnn_operator next[3];
    const char *text;
} followers;

#define SIZE sizeof(cnn_operator)
#define RELU                                                                                       \
    {                                                                                              \
        SIZE, CNN_OPERATOR_RELU, {0}, {0}, 0, 0                                                    \
    }
#define POOL(WINDOW, STRIDE, SAME)                                                                 \
    {                                                                                              \
        SIZE, CNN_OPERATOR_MAX_POOL2D, {WINDOW, WINDOW}, {STRIDE, STRIDE}, SAME, 0                 \
    }
static const followers chains[] = {
    {{RELU}, "relu after it"},
    {{POOL(2, 2, 0)}, "maxima of 2 x 2 after it"},
    {{RELU, POOL(2, 2, 0)}, "relu and maxima of 2 x 2 after it"},
    {{POOL(2, 2, 1)}, "maxima of 2 x 2, padded, after it"},
    {{POOL(3, 2, 0)}, "maxima of 3 x 3, strides 2, after it"},
    {{POOL(2, 1, 0)}, "maxima of 2 x 2, strides 1, after it"},
};

/* Both forward, the layer alone and the one that absorbed; what the operators make of the former.
 */
static kit_meaning run_forward(kit_pass *a, kit_pass *b, const followers *chain, bool training)
{
    kit_forward(a, training);
    kit_forward(b, training);
    kit_meaning m = kit_meaning_new(&a->layer->plan.output, a->y);
    for (const cnn_operator *next = chain->next; next->id != CNN_OPERATOR_NONE; next++)
        (void)kit_meaning_apply(&m, next);
    if (cnn_shape_count(&m.shape) != b->out)
        kit_fail("it gives %llu numbers, and %llu with %s", (unsigned long long)b->out,
                 (unsigned long long)cnn_shape_count(&m.shape), chain->text);
    compare("y", b->y, m.value, SAMPLES * b->out, chain->text);
    return m;
}

static void test_chain(const kit_instance *apart, const kit_instance *both, const followers *chain,
                       bool nan)
{
    kit_pass a = kit_pass_new(apart, &plain, SAMPLES), b = kit_pass_new(both, &plain, SAMPLES);
    coarsen(a.x, SAMPLES * a.in, nan);
    coarsen(b.x, SAMPLES * b.in, nan);
    run_forward(&a, &b, chain, false);
    const kit_meaning m = run_forward(&a, &b, chain, true);
    kit_meaning_spread(&m, b.dy, a.dy, SAMPLES * a.out);
    kit_backward(&a);
    kit_backward(&b);
    kit_weight_gradients(&a);
    kit_weight_gradients(&b);
    compare("dx", b.dx, a.dx, SAMPLES * a.in, chain->text);
    for (size_t i = 0; i < apart->inputs; i++)
        if (a.dother[i])
            compare("another dx", b.dother[i], a.dother[i], SAMPLES * a.in, chain->text);
    for (uint64_t i = 0; i < apart->plan.weight_count; i++)
        if (a.dw[i])
            compare(apart->plan.weights[i].name, b.dw[i], a.dw[i], a.size[i], chain->text);
}

/* Whether the layer accepts this input, and these operators behind it. */
static bool tries_chain(kit_case *c, size_t variant, const followers *chain, bool nan,
                        cnn_error *refusal)
{
    kit_instance *apart = kit_make(c, &plain, NULL, variant, refusal);
    kit_instance *both = apart ? kit_make_absorbing(c, &plain, variant, chain->next) : NULL;
    if (both)
        test_chain(apart, both, chain, nan);
    kit_unmake(both);
    kit_unmake(apart);
    kit_arena_reset(0);
    return both != NULL;
}

/* A layer that absorbed others must give the bits of all of them apart. */
static void check_absorb(kit_case *c)
{
    cnn_error refusal = {0};
    size_t tried = 0;
    if (!c->file->layer.absorb)
        kit_skip("it absorbs nothing");
    for (size_t k = 0; k < sizeof chains / sizeof chains[0]; k++)
        for (size_t v = 0; v < 2 * kit_layer_variants; v++)
            tried += tries_chain(c, v / 2, &chains[k], v % 2, &refusal);
    if (!tried)
        kit_skip("it declines what the kit offers, relu and maxima%s%s",
                 refusal.text[0] ? ", or refuses the kit's inputs: " : "", refusal.text);
}

const kit_check kit_absorb_checks[] = {
    {"LAY-13", "absorbed layers are those layers", 3, CNN_KIND_LAYER, 0, check_absorb},
    {"LAY-15", "a layer is the operator that it says it equals", 3, CNN_KIND_LAYER, 0,
     check_operator},
    {0},
};
