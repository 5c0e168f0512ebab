/* test_layer_golden.c - what layers give, forward and back, compared with PyTorch's in float64, for
 * each instruction set; and activations at infinity and NaN. */
#include "layer_harness.h"

#include "unit.h"

#define TOLERANCE 1e-5
#define FLOOR 1e-15 /* float64 itself rounds: PyTorch has 1 - y y for the slope of tanh */

typedef struct layer_case {
    const char *layer, *parameters;
    int each; /* every number has a tolerance of its own; else the largest of its tensor has */
    cnn_shape shape;
    cnn_golden_array arrays[CNN_MAX_GOLDEN_ARRAYS];
} layer_case;

#include "../golden/layers.h"

#define CASES (sizeof layer_cases / sizeof layer_cases[0])

/* The array `prefix` + `name`; every case has it. */
static const cnn_golden_array *array_of(const layer_case *k, const char *prefix, const char *name)
{
    char whole[64];
    snprintf(whole, sizeof whole, "%s%s", prefix, name);
    for (size_t i = 0; i < CNN_MAX_GOLDEN_ARRAYS && k->arrays[i].name; i++)
        if (!strcmp(k->arrays[i].name, whole))
            return &k->arrays[i];
    ck_abort_msg("%s {%s} has no %s", k->layer, k->parameters, whole);
    return NULL;
}

static void fill(const layer_case *k, const char *name, float *to, size_t count)
{
    const cnn_golden_array *from = array_of(k, "", name);
    ck_assert_msg(from->count == count, "%s {%s}: %s has %zu numbers, and the layer takes %zu",
                  k->layer, k->parameters, name, (size_t)from->count, count);
    for (size_t i = 0; i < count; i++)
        to[i] = (float)from->values[i];
}

static void compare(const layer_case *k, const char *isa, const char *prefix, const char *name,
                    const float *got, size_t count)
{
    const cnn_golden_array *want = array_of(k, prefix, name);
    double largest = 0;
    ck_assert_msg(want->count == count, "%s {%s}: %s%s has %zu numbers; PyTorch's has %zu",
                  k->layer, k->parameters, prefix, name, count, (size_t)want->count);
    for (size_t i = 0; i < count; i++)
        largest = fmax(largest, fabs(want->values[i]));
    for (size_t i = 0; i < count; i++) {
        const double of = k->each ? fabs(want->values[i]) : largest;
        ck_assert_msg(fabs((double)got[i] - want->values[i]) <=
                          TOLERANCE * of + (k->each ? FLOOR : 0),
                      "%s {%s} %s: %s%s[%zu] is %.9g, PyTorch's %.9g", k->layer, k->parameters, isa,
                      prefix, name, i, (double)got[i], want->values[i]);
    }
}

static void check_case(const layer_case *k, const char *isa)
{
    unit_layer l = layer_open(k->layer, isa, k->parameters, k->shape, NULL);
    unit_run r = run_new(&l, array_of(k, "", "x")->count / cnn_shape_count(&k->shape));
    fill(k, "x", r.x, r.samples * l.in);
    fill(k, "dy", r.dy, r.samples * l.out);
    for (size_t i = 0; i < l.plan.weight_count; i++) {
        fill(k, l.plan.weights[i].name, r.w[i], r.size[i]);
        memset(r.dw[i], 0, r.size[i] * sizeof(float));
    }
    run_forward(&l, &r);
    compare(k, isa, "", "y", r.y, r.samples * l.out);
    run_backward(&l, &r);
    compare(k, isa, "d", "x", r.dx, r.samples * l.in);
    for (size_t i = 0; i < l.plan.weight_count; i++)
        compare(k, isa, "d", l.plan.weights[i].name, r.dw[i], r.size[i]);
    guards_release();
    layer_close(&l);
}

START_TEST(layers_give_what_pytorch_gives)
{
    for (size_t isa = 0; isa < HARNESS_ISAS; isa++)
        for (size_t k = 0; k < CASES; k++)
            if (harness_has(layer_cases[k].layer, harness_isas[isa]))
                check_case(&layer_cases[k], harness_isas[isa]);
}
END_TEST

/* What an activation gives for minus and plus infinity, and its slope there. */
typedef struct end_case {
    const char *layer, *parameters;
    float y[2], slope[2];
} end_case;

static const end_case ends[] = {
    {"sigmoid", "", {0, 1}, {0, 0}},
    {"tanh", "", {-1, 1}, {0, 0}},
    {"leaky_relu", "", {-INFINITY, INFINITY}, {0.3F, 1}},
    {"leaky_relu", "negative_slope=0", {0, INFINITY}, {0, 1}},
    {"elu", "alpha=2", {-2, INFINITY}, {0, 1}},
    {"selu", "", {-1.7580993F, INFINITY}, {0, 1.0507010F}},
    {"gelu", "", {0, INFINITY}, {0, 1}},
    {"gelu", "approximate=true", {0, INFINITY}, {0, 1}},
    {"silu", "", {0, INFINITY}, {0, 1}},
    {"relu6", "", {0, 6}, {0, 0}},
    {"softplus", "", {0, INFINITY}, {0, 1}},
    {"softsign", "", {-1, 1}, {0, 0}},
    {"mish", "", {0, INFINITY}, {0, 1}},
    {"hard_sigmoid", "", {0, 1}, {0, 0}},
};
#define ENDS (sizeof ends / sizeof ends[0])

static void check_ends(const end_case *k, const char *isa)
{
    unit_layer l = layer_open(k->layer, isa, k->parameters, (cnn_shape){1, {19}}, NULL);
    unit_run r = run_new(&l, 1);
    for (size_t i = 0; i < l.in; i++) {
        r.x[i] = i % 3 == 2 ? NAN : i % 3 ? INFINITY : -INFINITY;
        r.dy[i] = 1;
    }
    run_forward(&l, &r);
    run_backward(&l, &r);
    for (size_t i = 0; i < l.in; i++) {
        const size_t end = i % 3;
        if (end == 2)
            ck_assert_msg(isnan(r.y[i]), "%s %s: NaN gives %g", k->layer, isa, (double)r.y[i]);
        else
            ck_assert_msg(r.y[i] == k->y[end] && r.dx[i] == k->slope[end],
                          "%s {%s} %s: %g gives %.9g and %.9g", k->layer, k->parameters, isa,
                          (double)r.x[i], (double)r.y[i], (double)r.dx[i]);
    }
    guards_release();
    layer_close(&l);
}

START_TEST(activations_are_right_at_their_ends)
{
    for (size_t isa = 0; isa < HARNESS_ISAS; isa++)
        for (size_t k = 0; k < ENDS; k++)
            if (harness_has(ends[k].layer, harness_isas[isa]))
                check_ends(&ends[k], harness_isas[isa]);
}
END_TEST

/* The same bits from every instruction set, but where a number lies between two floats to ten
 * digits. */
START_TEST(instruction_sets_agree_on_activations)
{
    for (size_t k = 0; k < ENDS; k++) {
        float *y[HARNESS_ISAS];
        size_t sets = 0, differ = 0, count = 0;
        unit_layer l[HARNESS_ISAS];
        for (size_t isa = 0; isa < HARNESS_ISAS; isa++) {
            if (!harness_has(ends[k].layer, harness_isas[isa]))
                continue;
            l[sets] = layer_open(ends[k].layer, harness_isas[isa], ends[k].parameters,
                                 (cnn_shape){1, {10007}}, NULL);
            unit_run r = run_new(&l[sets], 1);
            for (size_t i = 0; i < l[sets].in; i++)
                r.x[i] *= 5;
            run_forward(&l[sets], &r);
            y[sets] = r.y;
            count = l[sets].in;
            sets++;
        }
        for (size_t s = 1; s < sets; s++)
            for (size_t i = 0; i < count; i++)
                differ += y[s][i] != y[0][i];
        ck_assert_msg(differ <= 2, "%s: %zu numbers differ", ends[k].layer, differ);
        guards_release();
        for (size_t s = 0; s < sets; s++)
            layer_close(&l[s]);
    }
}
END_TEST

UNIT_MAIN("layer_golden", layers_give_what_pytorch_gives, activations_are_right_at_their_ends,
          instruction_sets_agree_on_activations)
