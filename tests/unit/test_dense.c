/* test_dense.c - the dense layer against sums in double, for each instruction set. */
#include "layer_harness.h"

#include "unit.h"

static cnn_shape row(size_t n)
{
    return (cnn_shape){1, {n}};
}

static unit_layer open_dense(const char *isa, size_t in, size_t out, bool bias, bool relu)
{
    char given[64];
    snprintf(given, sizeof given, "units=%zu use_bias=%s", out, bias ? "true" : "false");
    return layer_open("dense", isa, given, row(in), relu ? "relu" : NULL);
}

/* |got - want| within rounding of a sum whose terms' sizes add up to `size`. */
static void assert_close(float got, double want, double size)
{
    ck_assert_msg(fabs((double)got - want) <= 2e-6 * size + 1e-12, "got %.9g, expected %.9g",
                  (double)got, want);
}

static void check_y(const unit_run *r, size_t in, size_t out, bool bias, bool relu)
{
    for (size_t s = 0; s < r->samples; s++)
        for (size_t o = 0; o < out; o++) {
            double sum = bias ? (double)r->w[1][o] : 0, size = fabs(sum);
            for (size_t i = 0; i < in; i++) {
                const double term = (double)r->x[s * in + i] * (double)r->w[0][i * out + o];
                sum += term;
                size += fabs(term);
            }
            assert_close(r->y[s * out + o], relu ? fmax(sum, 0) : sum, size);
        }
}

/* g: dy as it was before backward; what relu stops is taken from y. */
static void check_dx(const unit_run *r, size_t in, size_t out, bool relu, const float *g)
{
    for (size_t s = 0; s < r->samples; s++)
        for (size_t i = 0; i < in; i++) {
            double sum = 0, size = 0;
            for (size_t o = 0; o < out; o++) {
                const bool open = !relu || r->y[s * out + o] > 0;
                const double term =
                    open ? (double)g[s * out + o] * (double)r->w[0][i * out + o] : 0;
                sum += term;
                size += fabs(term);
            }
            assert_close(r->dx[s * in + i], sum, size);
        }
}

static void check_dw(const unit_run *r, size_t in, size_t out, bool bias, bool relu, const float *g)
{
    for (size_t o = 0; o < out; o++)
        for (size_t i = 0; i < in + bias; i++) {
            double sum = 0, size = 0;
            for (size_t s = 0; s < r->samples; s++) {
                const bool open = !relu || r->y[s * out + o] > 0;
                const double x = i < in ? (double)r->x[s * in + i] : 1;
                const double term = open ? (double)g[s * out + o] * x : 0;
                sum += term;
                size += fabs(term);
            }
            assert_close(i < in ? r->dw[0][i * out + o] : r->dw[1][o], sum, size);
        }
}

static void check_shape(const char *isa, size_t in, size_t out, size_t samples)
{
    const bool bias = (in + out) % 3 != 0, relu = (in + samples) % 2;
    unit_layer l = open_dense(isa, in, out, bias, relu);
    unit_run r = run_new(&l, samples);
    float *g = guarded(samples * out * sizeof(float));
    memcpy(g, r.dy, samples * out * sizeof(float));
    run_forward(&l, &r);
    run_backward(&l, &r);
    for (uint64_t part = 0; part < l.plan.parts; part++)
        run_part(&l, &r, part);
    check_y(&r, in, out, bias, relu);
    check_dx(&r, in, out, relu, g);
    check_dw(&r, in, out, bias, relu, g);
    guards_release();
    layer_close(&l);
}

START_TEST(agrees_with_double)
{
    const size_t features[] = {1, 2, 3, 7, 10, 16, 17, 33, 64, 130}, samples[] = {1, 3, 8, 16, 17};
    for (size_t isa = 0; isa < HARNESS_ISAS; isa++)
        for (size_t i = 0; i < 10 && harness_has("dense", harness_isas[isa]); i++)
            for (size_t o = 0; o < 10; o++)
                for (size_t s = 0; s < 5; s++)
                    check_shape(harness_isas[isa], features[i], features[o], samples[s]);
}
END_TEST

/* Inputs and batches deeper than a block, more parts than one. */
START_TEST(agrees_where_blocks_end)
{
    for (size_t isa = 0; isa < HARNESS_ISAS; isa++) {
        if (!harness_has("dense", harness_isas[isa]))
            continue;
        check_shape(harness_isas[isa], 127, 5, 127);
        check_shape(harness_isas[isa], 128, 32, 128);
        check_shape(harness_isas[isa], 385, 37, 257);
        check_shape(harness_isas[isa], 1031, 128, 33);
    }
}
END_TEST

START_TEST(agrees_with_differences)
{
    unit_layer l = open_dense("", 9, 5, true, false);
    ck_assert_double_lt(harness_gradient_error(&l, 3), 1e-3);
    layer_close(&l);
}
END_TEST

static void check_one_by_one(const char *isa, size_t in, size_t out)
{
    unit_layer l = open_dense(isa, in, out, true, true);
    unit_run all = run_new(&l, 35), one = run_new(&l, 1);
    float *dy = guarded(35 * out * sizeof(float));
    memcpy(dy, all.dy, 35 * out * sizeof(float));
    run_forward(&l, &all);
    run_backward(&l, &all);
    for (size_t s = 0; s < 35; s++) {
        memcpy(one.x, all.x + s * in, in * sizeof(float));
        memcpy(one.dy, dy + s * out, out * sizeof(float));
        run_forward(&l, &one);
        run_backward(&l, &one);
        ck_assert(same_bits(one.y, all.y + s * out, out));
        ck_assert(same_bits(one.dx, all.dx + s * in, in));
        ck_assert(same_bits(one.dy, all.dy + s * out, out));
    }
    guards_release();
    layer_close(&l);
}

START_TEST(samples_do_not_depend_on_the_shard)
{
    for (size_t isa = 0; isa < HARNESS_ISAS; isa++)
        if (harness_has("dense", harness_isas[isa])) {
            check_one_by_one(harness_isas[isa], 300, 128);
            check_one_by_one(harness_isas[isa], 30, 10);
        }
}
END_TEST

/* The absorbed relu gives the bits of dense and relu apart; NaN, infinity and -0 included. */
START_TEST(absorbs_relu_to_the_bit)
{
    for (size_t isa = 0; isa < HARNESS_ISAS; isa++) {
        const char *set = harness_isas[isa];
        if (!harness_has("dense", set) || !harness_has("relu", set))
            continue;
        unit_layer both = open_dense(set, 40, 30, true, true),
                   dense = open_dense(set, 40, 30, true, false);
        unit_layer relu = layer_open("relu", set, "", row(30), NULL);
        unit_run a = run_new(&both, 17), b = run_new(&dense, 17), c = run_new(&relu, 17);
        a.x[0] = b.x[0] = NAN;
        a.x[40] = b.x[40] = INFINITY;
        for (size_t i = 0; i < 40; i++) { /* sample 2: products so small that fused sums give -0 */
            a.x[80 + i] = b.x[80 + i] = 1e-30F;
            a.w[0][i * 30] = b.w[0][i * 30] = -1e-30F;
        }
        a.w[1][0] = b.w[1][0] = -0.0F;
        run_forward(&both, &a);
        run_forward(&dense, &b);
        memcpy(c.x, b.y, 17 * 30 * sizeof(float));
        run_forward(&relu, &c);
        ck_assert(isnan(a.y[0]));
        ck_assert(same_bits(a.y, c.y, 17 * 30));
        run_backward(&both, &a);
        run_backward(&relu, &c);
        memcpy(b.dy, c.dx, 17 * 30 * sizeof(float));
        run_backward(&dense, &b);
        ck_assert(same_bits(a.dx, b.dx, 17 * 40));
        for (uint64_t part = 0; part < dense.plan.parts; part++) {
            run_part(&both, &a, part);
            run_part(&dense, &b, part);
        }
        ck_assert(same_bits(a.dw[0] + 30, b.dw[0] + 30, 39 * 30));
        guards_release();
        layer_close(&both);
        layer_close(&dense);
        layer_close(&relu);
    }
}
END_TEST

START_TEST(parts_come_in_any_order)
{
    for (size_t isa = 0; isa < HARNESS_ISAS; isa++) {
        if (!harness_has("dense", harness_isas[isa]))
            continue;
        unit_layer l = open_dense(harness_isas[isa], 500, 70, true, false);
        unit_run up = run_new(&l, 140), down = run_new(&l, 140);
        ck_assert_uint_ge(l.plan.parts, 8);
        for (uint64_t part = 0; part < l.plan.parts; part++)
            run_part(&l, &up, part);
        for (uint64_t part = l.plan.parts; part-- > 0;) {
            memset(down.scratch, 0x77, l.plan.scratch_bytes);
            run_part(&l, &down, part);
            run_part(&l, &down, part);
        }
        ck_assert(same_bits(up.dw[0], down.dw[0], 500 * 70));
        ck_assert(same_bits(up.dw[1], down.dw[1], 70));
        guards_release();
        layer_close(&l);
    }
}
END_TEST

/* Threads take parts at the same time: no two may write the same number, not even the same value.
 */
START_TEST(parts_share_nothing)
{
    for (size_t isa = 0; isa < HARNESS_ISAS; isa++) {
        if (!harness_has("dense", harness_isas[isa]))
            continue;
        unit_layer l = open_dense(harness_isas[isa], 203, 19, true, false);
        unit_run r = run_new(&l, 9);
        size_t written = 0;
        for (uint64_t part = 0; part < l.plan.parts; part++) {
            for (size_t w = 0; w < 2; w++)
                memset(r.dw[w], 0xFF, r.size[w] * sizeof(float));
            run_part(&l, &r, part);
            for (size_t w = 0; w < 2; w++)
                for (size_t i = 0; i < r.size[w]; i++)
                    written += isnan(r.dw[w][i]) ? 0 : 1;
        }
        ck_assert_uint_eq(written, 203 * 19 + 19);
        guards_release();
        layer_close(&l);
    }
}
END_TEST

START_TEST(first_layer_needs_no_dx)
{
    unit_layer l = open_dense("", 6, 4, true, true);
    unit_run r = run_new(&l, 2);
    run_forward(&l, &r);
    r.dx = NULL;
    run_backward(&l, &r);
    for (size_t i = 0; i < 8; i++)
        ck_assert(r.y[i] > 0 || r.dy[i] == 0); /* the second phase sees what relu stopped */
    guards_release();
    layer_close(&l);
}
END_TEST

START_TEST(images_are_refused)
{
    unit_layer l;
    ck_assert(!layer_try(&l, "dense", "", "units=3", (cnn_shape){3, {4, 4, 2}}, NULL));
    ck_assert_str_eq(l.error.text,
                     "the input has 3 dimensions; dense takes 1, so put a flatten before it");
    layer_close(&l);
}
END_TEST

START_TEST(declines_other_activations)
{
    unit_layer l = open_dense("", 2, 2, true, false);
    ck_assert_int_eq(harness_offer(&l, "tanh"), 0);
    layer_close(&l);
}
END_TEST

UNIT_MAIN("dense", agrees_with_double, agrees_where_blocks_end, agrees_with_differences,
          samples_do_not_depend_on_the_shard, absorbs_relu_to_the_bit, parts_come_in_any_order,
          parts_share_nothing, first_layer_needs_no_dx, images_are_refused,
          declines_other_activations)
