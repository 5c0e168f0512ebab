/* test_pooling.c - max_pooling2d against a search through each window, for each instruction set. */
#include "layer_harness.h"

#include "unit.h"

typedef struct shape_case {
    size_t h, w, c, pool_h, pool_w, stride_h, stride_w;
    bool same;
} shape_case;

static const shape_case cases[] = {
    {4, 4, 1, 2, 2, 2, 2, false},   {5, 7, 3, 2, 2, 2, 2, false},     {6, 4, 16, 2, 2, 2, 2, true},
    {2, 2, 130, 2, 2, 2, 2, false}, {8, 6, 33, 2, 2, 2, 2, false},    {3, 3, 17, 2, 2, 2, 2, true},
    {7, 5, 4, 3, 3, 2, 2, false},   {7, 5, 4, 3, 3, 2, 2, true},      {6, 6, 5, 2, 2, 1, 1, false},
    {5, 5, 8, 3, 2, 1, 3, true},    {9, 4, 2, 1, 1, 2, 3, false},     {5, 6, 20, 5, 6, 5, 6, false},
    {4, 5, 3, 7, 9, 2, 2, true},    {20, 20, 2, 20, 20, 1, 1, false}, {3, 2, 64, 1, 2, 1, 2, false},
};
#define CASES (sizeof cases / sizeof cases[0])

static unit_layer open_pooling(const char *isa, const shape_case *k)
{
    char given[128];
    snprintf(given, sizeof given, "pool_size=%zux%zu strides=%zux%zu padding=%s", k->pool_h,
             k->pool_w, k->stride_h, k->stride_w, k->same ? "same" : "valid");
    return layer_open("max_pooling2d", isa, given, (cnn_shape){3, {k->h, k->w, k->c}}, NULL);
}

static size_t padding(size_t n, size_t size, size_t stride, bool same)
{
    const size_t reach = ((n + stride - 1) / stride - 1) * stride + size;
    return same && reach > n ? (reach - n) / 2 : 0;
}

/* The input of sample s that output (i, j, c) takes: the first largest, or the first NaN. */
static size_t winner(const shape_case *k, const float *x, size_t i, size_t j, size_t c)
{
    const size_t top = padding(k->h, k->pool_h, k->stride_h, k->same);
    const size_t left = padding(k->w, k->pool_w, k->stride_w, k->same);
    size_t best = SIZE_MAX;
    for (size_t a = 0; a < k->pool_h; a++)
        for (size_t b = 0; b < k->pool_w; b++) {
            const size_t row = i * k->stride_h + a - top, column = j * k->stride_w + b - left;
            const size_t at = (row * k->w + column) * k->c + c;
            if (row >= k->h || column >= k->w) /* also where it would be negative */
                continue;
            if (best == SIZE_MAX || x[at] > x[best] || (isnan(x[at]) && !isnan(x[best])))
                best = at;
        }
    return best;
}

static void check_sample(const shape_case *k, const unit_layer *l, const float *x, const float *y,
                         const float *dy, const float *dx)
{
    const cnn_shape *out = &l->plan.output;
    float *want = calloc(l->in, sizeof *want);
    for (size_t i = 0; i < out->dim[0]; i++)
        for (size_t j = 0; j < out->dim[1]; j++)
            for (size_t c = 0; c < k->c; c++) {
                const size_t at = (i * out->dim[1] + j) * k->c + c, from = winner(k, x, i, j, c);
                ck_assert(same_bits(&y[at], &x[from], 1));
                want[from] += dy[at];
            }
    for (size_t n = 0; n < l->in; n++)
        ck_assert_msg(dx[n] == want[n], "dx[%zu] is %g, expected %g", n, (double)dx[n],
                      (double)want[n]);
    free(want);
}

enum content { DISTINCT, TIES, NANS };

static void check_case(const char *isa, const shape_case *k, size_t samples, enum content content)
{
    unit_layer l = open_pooling(isa, k);
    unit_run r = run_new(&l, samples);
    ck_assert_uint_eq(l.plan.output.dim[0], k->same ? (k->h + k->stride_h - 1) / k->stride_h
                                                    : (k->h - k->pool_h) / k->stride_h + 1);
    for (size_t i = 0; i < samples * l.in && content != DISTINCT; i++)
        r.x[i] = content == NANS && i * 37 % 5 == 0 ? NAN : (float)(i * 13 % 3);
    run_forward(&l, &r);
    run_backward(&l, &r);
    for (size_t s = 0; s < samples; s++)
        check_sample(k, &l, r.x + s * l.in, r.y + s * l.out, r.dy + s * l.out, r.dx + s * l.in);
    float *trained = guarded(samples * l.out * sizeof(float));
    memcpy(trained, r.y, samples * l.out * sizeof(float));
    r.training = false; /* saved is NULL */
    run_forward(&l, &r);
    ck_assert(same_bits(trained, r.y, samples * l.out));
    guards_release();
    layer_close(&l);
}

/* All samples are compared with the same function of their own inputs, whatever the shard. */
START_TEST(takes_the_largest)
{
    for (size_t isa = 0; isa < HARNESS_ISAS; isa++)
        for (size_t i = 0; i < CASES && harness_has("max_pooling2d", harness_isas[isa]); i++) {
            check_case(harness_isas[isa], &cases[i], 1, DISTINCT);
            check_case(harness_isas[isa], &cases[i], 3, DISTINCT);
        }
}
END_TEST

START_TEST(takes_the_first_of_equals)
{
    for (size_t isa = 0; isa < HARNESS_ISAS; isa++)
        for (size_t i = 0; i < CASES && harness_has("max_pooling2d", harness_isas[isa]); i++)
            check_case(harness_isas[isa], &cases[i], 2, TIES);
}
END_TEST

START_TEST(lets_nan_through)
{
    for (size_t isa = 0; isa < HARNESS_ISAS; isa++)
        for (size_t i = 0; i < CASES && harness_has("max_pooling2d", harness_isas[isa]); i++)
            check_case(harness_isas[isa], &cases[i], 2, NANS);
}
END_TEST

START_TEST(agrees_with_differences)
{
    for (size_t i = 0; i < CASES; i++) {
        unit_layer l = open_pooling("", &cases[i]);
        if (l.in < 300)
            ck_assert_double_lt(harness_gradient_error(&l, 1), 1e-3);
        layer_close(&l);
    }
}
END_TEST

START_TEST(windows_are_pool_size_apart_by_default)
{
    unit_layer l = layer_open("max_pooling2d", "", "pool_size=3", (cnn_shape){3, {8, 9, 2}}, NULL);
    ck_assert_uint_eq(l.plan.output.dim[0], 2);
    ck_assert_uint_eq(l.plan.output.dim[1], 3);
    layer_close(&l);
    l = layer_open("max_pooling2d", "", "", (cnn_shape){3, {8, 9, 2}}, NULL);
    ck_assert_uint_eq(l.plan.output.dim[0], 4);
    ck_assert_uint_eq(l.plan.output.dim[1], 4);
    ck_assert_uint_eq(l.plan.saved_bytes, 4 * 4 * 2);
    layer_close(&l);
}
END_TEST

static void check_refusal(const char *given, cnn_shape input, const char *message)
{
    unit_layer l;
    ck_assert(!layer_try(&l, "max_pooling2d", "", given, input, NULL));
    ck_assert_str_eq(l.error.text, message);
    layer_close(&l);
}

START_TEST(refuses_what_does_not_fit)
{
    const cnn_shape image = {3, {2, 2, 8}};
    check_refusal(
        "pool_size=3", image,
        "pool_size is [3, 3], larger than the input [2, 2, 8]; it must fit, or padding be same");
    check_refusal("pool_size=2x2x2", image,
                  "pool_size has 3 numbers; it must have 2, for height and width");
    check_refusal("strides=1x1x1", image,
                  "strides has 3 numbers; it must have 2, for height and width");
    check_refusal("pool_size=65536", image,
                  "pool_size covers 4294967296 inputs; at most 65536 are possible");
    check_refusal(
        "", (cnn_shape){1, {8}},
        "the input has 1 dimensions; max_pooling2d takes images of 3: height, width, channels");
}
END_TEST

UNIT_MAIN("pooling", takes_the_largest, takes_the_first_of_equals, lets_nan_through,
          agrees_with_differences, windows_are_pool_size_apart_by_default,
          refuses_what_does_not_fit)
