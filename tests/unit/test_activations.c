/* test_activations.c - relu, softmax, and the layers that compute nothing, against their formulas.
 */
#include "layer_harness.h"

#include "unit.h"

static const cnn_shape shapes[] = {{1, {1}}, {1, {3}}, {1, {130}}, {3, {2, 3, 17}}, {2, {5, 16}}};
#define SHAPES (sizeof shapes / sizeof shapes[0])

/* Runs forward and backward apart and in place; the same bits are expected. Leaves the run apart.
 */
static unit_run run_both(const unit_layer *l, size_t samples, const float *x, size_t count)
{
    unit_run apart = run_new(l, samples), place = run_new(l, samples);
    float *input = place.x;
    if (x) {
        memcpy(apart.x, x, count * sizeof(float));
        memcpy(place.x, x, count * sizeof(float));
    }
    ck_assert(l->plan.flags & CNN_IN_PLACE);
    run_forward(l, &apart);
    run_backward(l, &apart);
    place.y = place.x;
    place.dx = place.dy;
    run_forward(l, &place);
    ck_assert(same_bits(apart.y, place.y, samples * l->out));
    if (l->plan.flags & CNN_USES_INPUT) /* the host then keeps it */
        memcpy(input, apart.x, samples * l->in * sizeof(float));
    run_backward(l, &place);
    ck_assert(same_bits(apart.dx, place.dx, samples * l->in));
    return apart;
}

/* ---- relu ----------------------------------------------------------------------------------- */

typedef struct relu_case {
    const char *given;
    double slope, max, threshold;
} relu_case;

static const relu_case relus[] = {
    {"", 0, (double)INFINITY, 0},
    {"negative_slope=0.25", 0.25, (double)INFINITY, 0},
    {"max_value=1.5", 0, 1.5, 0},
    {"threshold=0.5", 0, (double)INFINITY, 0.5},
    {"threshold=-1 negative_slope=0.5 max_value=1", 0.5, 1, -1},
};

static void check_relu(const char *isa, const relu_case *k, cnn_shape shape, size_t samples)
{
    unit_layer l = layer_open("relu", isa, k->given, shape, NULL);
    unit_run r = run_both(&l, samples, NULL, 0);
    for (size_t i = 0; i < samples * l.in; i++) {
        const double x = (double)r.x[i], dy = (double)r.dy[i];
        const bool over = x >= k->max, open = x >= k->threshold;
        const double y = over ? k->max : open ? x : k->slope * (x - k->threshold);
        const double dx = over ? 0 : open ? dy : k->slope * dy;
        ck_assert_double_le(fabs((double)r.y[i] - y), 1e-6);
        ck_assert_double_le(fabs((double)r.dx[i] - dx), 1e-6);
    }
    guards_release();
    layer_close(&l);
}

START_TEST(relu_follows_keras)
{
    for (size_t isa = 0; isa < HARNESS_ISAS; isa++)
        for (size_t k = 0; k < 5 && harness_has("relu", harness_isas[isa]); k++)
            for (size_t s = 0; s < SHAPES; s++) {
                check_relu(harness_isas[isa], &relus[k], shapes[s], 1);
                check_relu(harness_isas[isa], &relus[k], shapes[s], 17);
            }
}
END_TEST

START_TEST(relu_keeps_nan)
{
    const float x[] = {NAN, INFINITY, -INFINITY, 0, -1e-40F};
    for (size_t isa = 0; isa < HARNESS_ISAS; isa++)
        for (size_t k = 0; k < 3 && harness_has("relu", harness_isas[isa]); k++) {
            unit_layer l =
                layer_open("relu", harness_isas[isa], relus[k].given, (cnn_shape){1, {5}}, NULL);
            unit_run r = run_both(&l, 1, x, 5);
            ck_assert(isnan(r.y[0]));
            ck_assert(r.y[1] == (float)relus[k].max);
            ck_assert(r.y[2] == (relus[k].slope > 0 ? -INFINITY : 0));
            ck_assert(r.y[3] == 0);
            guards_release();
            layer_close(&l);
        }
}
END_TEST

START_TEST(relu_is_absorbed_at_its_defaults_only)
{
    for (size_t k = 0; k < 5; k++) {
        unit_layer l = layer_open("relu", "", relus[k].given, shapes[0], NULL);
        cnn_operator what = {.struct_size = sizeof what};
        l.layer->equals(l.self, &what);
        ck_assert(what.id == (k == 0 ? CNN_OPERATOR_RELU : CNN_OPERATOR_NONE));
        layer_close(&l);
    }
}
END_TEST

/* ---- softmax -------------------------------------------------------------------------------- */

static void check_softmax_row(const float *x, const float *y, const float *dy, const float *dx,
                              size_t n)
{
    double largest = (double)x[0], sum = 0, mean = 0;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, (double)x[i]);
    for (size_t i = 0; i < n; i++)
        sum += exp((double)x[i] - largest);
    for (size_t i = 0; i < n; i++)
        mean += exp((double)x[i] - largest) / sum * (double)dy[i];
    for (size_t i = 0; i < n; i++) {
        const double p = exp((double)x[i] - largest) / sum;
        ck_assert_double_le(fabs((double)y[i] - p), 1e-6 * p);
        ck_assert_double_le(fabs((double)dx[i] - p * ((double)dy[i] - mean)), 1e-6);
    }
}

START_TEST(softmax_follows_its_formula)
{
    for (size_t s = 0; s < SHAPES; s++) {
        const size_t classes = shapes[s].dim[shapes[s].rank - 1];
        unit_layer l = layer_open("softmax", "", "", shapes[s], NULL);
        unit_run r = run_both(&l, 3, NULL, 0);
        for (size_t i = 0; i < 3 * l.in; i += classes)
            check_softmax_row(r.x + i, r.y + i, r.dy + i, r.dx + i, classes);
        ck_assert(!(l.plan.flags & CNN_PROBABILITIES) == (shapes[s].rank != 1));
        guards_release();
        layer_close(&l);
    }
}
END_TEST

START_TEST(softmax_does_not_overflow)
{
    const float x[] = {3e38F, -3e38F, 0, 1000, 999, -INFINITY};
    unit_layer l = layer_open("softmax", "", "", (cnn_shape){1, {3}}, NULL);
    unit_run r = run_both(&l, 2, x, 6);
    ck_assert(r.y[0] == 1 && r.y[1] == 0 && r.y[2] == 0);
    ck_assert_double_le(fabs((double)r.y[3] - 1 / (1 + exp(-1))), 1e-6);
    ck_assert(r.y[5] == 0);
    guards_release();
    layer_close(&l);
}
END_TEST

/* ---- all ------------------------------------------------------------------------------------ */

START_TEST(gradients_agree_with_differences)
{
    for (size_t k = 0; k < 5; k++) {
        unit_layer l = layer_open("relu", "", relus[k].given, (cnn_shape){1, {22}}, NULL);
        ck_assert_double_lt(harness_gradient_error(&l, 2), 1e-3);
        layer_close(&l);
    }
    unit_layer l = layer_open("softmax", "", "", (cnn_shape){2, {3, 7}}, NULL);
    ck_assert_double_lt(harness_gradient_error(&l, 2), 1e-3);
    layer_close(&l);
}
END_TEST

START_TEST(linear_and_flatten_copy)
{
    const char *const names[] = {"linear", "flatten"};
    for (size_t k = 0; k < 2; k++)
        for (size_t s = 0; s < SHAPES; s++) {
            unit_layer l = layer_open(names[k], "", "", shapes[s], NULL);
            unit_run r = run_both(&l, 3, NULL, 0);
            ck_assert(same_bits(r.x, r.y, 3 * l.in));
            ck_assert(same_bits(r.dx, r.dy, 3 * l.in));
            ck_assert_uint_eq(l.plan.output.rank, k == 1 ? 1 : shapes[s].rank);
            ck_assert_uint_eq(l.out, l.in);
            guards_release();
            layer_close(&l);
        }
}
END_TEST

/* Without a dx nothing is written, and nothing crashes. */
START_TEST(no_layer_needs_dx)
{
    const char *const names[] = {"linear",  "flatten", "relu",
                                 "softmax", "dropout", "max_pooling2d"};
    for (size_t k = 0; k < 6; k++) {
        unit_layer l = layer_open(names[k], "", "rate=0.5", (cnn_shape){3, {4, 4, 3}}, NULL);
        unit_run r = run_new(&l, 2);
        run_forward(&l, &r);
        r.dx = NULL;
        run_backward(&l, &r);
        guards_release();
        layer_close(&l);
    }
}
END_TEST

/* A sample's bits do not depend on the others in its shard. */
START_TEST(samples_do_not_depend_on_the_shard)
{
    const char *const names[] = {"linear",  "flatten", "relu",
                                 "softmax", "dropout", "max_pooling2d"};
    for (size_t k = 0; k < 6 * HARNESS_ISAS; k++) {
        const char *name = names[k / HARNESS_ISAS], *isa = harness_isas[k % HARNESS_ISAS];
        if (!harness_has(name, isa))
            continue;
        unit_layer l = layer_open(name, isa, "rate=0.5", (cnn_shape){3, {4, 5, 7}}, NULL);
        unit_run all = run_new(&l, 17), one = run_new(&l, 1);
        run_forward(&l, &all);
        run_backward(&l, &all);
        for (size_t s = 0; s < 17; s++) {
            memcpy(one.x, all.x + s * l.in, l.in * sizeof(float));
            memcpy(one.dy, all.dy + s * l.out, l.out * sizeof(float));
            one.random[0] = all.random[s];
            run_forward(&l, &one);
            run_backward(&l, &one);
            ck_assert(same_bits(one.y, all.y + s * l.out, l.out));
            ck_assert(same_bits(one.dx, all.dx + s * l.in, l.in));
        }
        guards_release();
        layer_close(&l);
    }
}
END_TEST

UNIT_MAIN("activations", relu_follows_keras, relu_keeps_nan, relu_is_absorbed_at_its_defaults_only,
          softmax_follows_its_formula, softmax_does_not_overflow, gradients_agree_with_differences,
          linear_and_flatten_copy, no_layer_needs_dx, samples_do_not_depend_on_the_shard)
