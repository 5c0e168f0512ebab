/* check_absorb.c - rules on layers that stand in for others: what names mean, and that bits stay.
 */
#include "layer.h"

#include <math.h>
#include <string.h>

static const kit_layout plain = {.side = KIT_RIGHT, .prefill = KIT_PREFILL_ONE, .salt = 22};

#define SAMPLES 2u

/* What names stand for: element i of the output is value[i], and its gradient goes to element
 * from[i] of what the first name was applied to, if open[i]. */
typedef struct meaning {
    cnn_shape shape; /* of a sample */
    float *value;
    uint64_t *from;
    bool *open;
} meaning;

static meaning meaning_new(const cnn_shape *shape, const float *x)
{
    const uint64_t count = SAMPLES * cnn_shape_count(shape);
    meaning m = {.shape = *shape,
                 .value = kit_buffer(&plain, "expected y", count, sizeof(float), 64),
                 .from = kit_buffer(&plain, "places", count, sizeof(uint64_t), 64),
                 .open = kit_buffer(&plain, "open", count, sizeof(bool), 64)};
    for (uint64_t i = 0; i < count; i++) {
        m.value[i] = x[i];
        m.from[i] = i;
        m.open[i] = true;
    }
    return m;
}

static void apply_relu(meaning *m)
{
    for (uint64_t i = 0; i < SAMPLES * cnn_shape_count(&m->shape); i++) {
        m->open[i] = m->open[i] && m->value[i] > 0;
        m->value[i] = m->value[i] < 0 ? 0 : m->value[i];
    }
}

/* The outputs stand behind one another, so each is written at or before the inputs it reads. */
static void apply_pool(meaning *m)
{
    const uint64_t h = m->shape.dim[0], w = m->shape.dim[1], c = m->shape.dim[2];
    m->shape.dim[0] = h / 2;
    m->shape.dim[1] = w / 2;
    for (uint64_t i = 0; i < SAMPLES * (h / 2) * (w / 2) * c; i++) {
        const uint64_t pixel = i / c, column = pixel % (w / 2), row = pixel / (w / 2) % (h / 2);
        const uint64_t first =
            ((pixel / (w / 2) / (h / 2) * h + 2 * row) * w + 2 * column) * c + i % c;
        uint64_t best = first;
        for (uint64_t k = 1; k < 4; k++) {
            const uint64_t at = first + (k / 2 * w + k % 2) * c;
            if (m->value[at] > m->value[best] || (isnan(m->value[at]) && !isnan(m->value[best])))
                best = at;
        }
        m->value[i] = m->value[best];
        m->from[i] = m->from[best];
        m->open[i] = m->open[best];
    }
}

static void apply(meaning *m, const char *name)
{
    const cnn_shape *s = &m->shape;
    if (strcmp(name, "relu") == 0)
        apply_relu(m);
    else if (strcmp(name, "max_pool_2x2") != 0)
        kit_skip("the kit does not know the name '%s'", name);
    else if (s->rank == 3 && s->dim[0] >= 2 && s->dim[1] >= 2)
        apply_pool(m);
    else
        kit_fail("max_pool_2x2 is no layer for what has not height, width and channels, or fewer "
                 "than 2 x 2 pixels; plan must refuse that");
}

/* The gradient by what the first name was applied to, `count` floats. */
static void spread(const meaning *m, const float *dy, float *to, uint64_t count)
{
    memset(to, 0, count * sizeof(float));
    for (uint64_t i = 0; i < SAMPLES * cnn_shape_count(&m->shape); i++)
        if (m->open[i])
            to[m->from[i]] = dy[i];
}

/* Some inputs equal, so that it matters which of them is the first; and one NaN, if wanted. */
static void coarsen(float *x, uint64_t count, bool nan)
{
    for (uint64_t i = 0; i < count; i++)
        x[i] = rintf(2 * x[i]) / 2;
    if (nan)
        x[count - 1] = NAN;
}

static void compare(const char *what, const float *got, const float *want, uint64_t count,
                    const char *names)
{
    for (uint64_t i = 0; i < count; i++)
        if (memcmp(&got[i], &want[i], sizeof *got) != 0 && !(isnan(got[i]) && isnan(want[i])))
            kit_fail("%s[%llu] is %.9g, and %.9g by %s", what, (unsigned long long)i,
                     (double)got[i], (double)want[i], names);
}

/* ---- layers with a name --------------------------------------------------------------------- */

static const char *name_of(const kit_instance *layer)
{
    kit_enter("activation", KIT_SETUP);
    const char *name = layer->file->layer.activation(layer->self);
    kit_leave();
    return name;
}

static void test_name(const kit_instance *layer, const char *name, bool nan)
{
    kit_pass p = kit_pass_new(layer, &plain, SAMPLES);
    coarsen(p.x, SAMPLES * p.in, nan);
    meaning m = meaning_new(&layer->input, p.x);
    apply(&m, name);
    if (cnn_shape_count(&m.shape) != p.out)
        kit_fail("it gives %llu numbers, and %s gives %llu", (unsigned long long)p.out, name,
                 (unsigned long long)cnn_shape_count(&m.shape));
    float *dx = kit_buffer(&plain, "expected dx", SAMPLES * p.in, sizeof(float), 64);
    spread(&m, p.dy, dx, SAMPLES * p.in);
    kit_forward(&p, true);
    compare("y", p.y, m.value, SAMPLES * p.out, name);
    kit_backward(&p);
    compare("dx", p.dx, dx, SAMPLES * p.in, name);
}

/* A layer is what the name says under which others absorb it. */
static void check_name(kit_case *c)
{
    cnn_error refusal = {{0}};
    size_t accepted = 0;
    if (!c->file->layer.activation)
        kit_skip("it has no name for others");
    for (size_t v = 0; v < kit_input_shape_count; v++) {
        kit_instance *layer = kit_make(c, &plain, NULL, v, &refusal);
        const char *name = layer ? name_of(layer) : NULL;
        if (layer && !name)
            kit_skip("it has no name for others at its defaults");
        for (int nan = 0; layer && nan < 2; nan++)
            test_name(layer, name, nan);
        accepted += layer != NULL;
        kit_unmake(layer);
        kit_arena_reset(0);
    }
    if (!accepted)
        kit_skip("it accepts none of the kit's inputs: %s", refusal.text);
}

/* ---- layers that absorb others -------------------------------------------------------------- */

typedef struct chain {
    const char *names[3];
    const char *text;
} chain;

static const chain chains[] = {{{"relu"}, "relu after it"},
                               {{"max_pool_2x2"}, "max_pool_2x2 after it"},
                               {{"relu", "max_pool_2x2"}, "relu and max_pool_2x2 after it"}};

/* Both forward, the layer alone and the one that absorbed; what the names make of the former. */
static meaning run_forward(kit_pass *a, kit_pass *b, const chain *names, bool training)
{
    kit_forward(a, training);
    kit_forward(b, training);
    meaning m = meaning_new(&a->layer->plan.output, a->y);
    for (size_t k = 0; names->names[k]; k++)
        apply(&m, names->names[k]);
    if (cnn_shape_count(&m.shape) != b->out)
        kit_fail("it gives %llu numbers, and %llu with %s", (unsigned long long)b->out,
                 (unsigned long long)cnn_shape_count(&m.shape), names->text);
    compare("y", b->y, m.value, SAMPLES * b->out, names->text);
    return m;
}

static void test_chain(const kit_instance *apart, const kit_instance *both, const chain *names,
                       bool nan)
{
    kit_pass a = kit_pass_new(apart, &plain, SAMPLES), b = kit_pass_new(both, &plain, SAMPLES);
    coarsen(a.x, SAMPLES * a.in, nan);
    coarsen(b.x, SAMPLES * b.in, nan);
    run_forward(&a, &b, names, false);
    const meaning m = run_forward(&a, &b, names, true);
    spread(&m, b.dy, a.dy, SAMPLES * a.out);
    kit_backward(&a);
    kit_backward(&b);
    kit_weight_gradients(&a);
    kit_weight_gradients(&b);
    compare("dx", b.dx, a.dx, SAMPLES * a.in, names->text);
    for (uint64_t i = 0; i < apart->plan.weight_count; i++)
        if (a.dw[i])
            compare(apart->plan.weights[i].name, b.dw[i], a.dw[i], a.size[i], names->text);
}

/* Whether the layer accepts this input, and these names behind it. */
static bool tries_chain(kit_case *c, size_t variant, const chain *names, bool nan,
                        cnn_error *refusal)
{
    kit_instance *apart = kit_make(c, &plain, NULL, variant, refusal);
    kit_instance *both = apart ? kit_make_absorbing(c, &plain, variant, names->names) : NULL;
    if (both)
        test_chain(apart, both, names, nan);
    kit_unmake(both);
    kit_unmake(apart);
    kit_arena_reset(0);
    return both != NULL;
}

/* A layer that absorbed others must give the bits of all of them apart. */
static void check_absorb(kit_case *c)
{
    cnn_error refusal = {{0}};
    size_t tried = 0;
    if (!c->file->layer.absorb)
        kit_skip("it absorbs nothing");
    for (size_t k = 0; k < sizeof chains / sizeof chains[0]; k++)
        for (size_t v = 0; v < 2 * kit_input_shape_count; v++)
            tried += tries_chain(c, v / 2, &chains[k], v % 2, &refusal);
    if (!tried)
        kit_skip("it declines what the kit knows, relu and max_pool_2x2%s%s",
                 refusal.text[0] ? ", or refuses the kit's inputs: " : "", refusal.text);
}

const kit_check kit_absorb_checks[] = {
    {"LAY-13", "absorbed layers are those layers", 3, CNN_KIND_LAYER, 0, check_absorb},
    {"LAY-15", "a layer is what its name for others says", 3, CNN_KIND_LAYER, 0, check_name},
    {0},
};
