/* test_conv2d.c - conv2d against its definition in double, for each instruction set. */
#include "layer_harness.h"

#include "unit.h"

/* ---- a layer, and what it should give ---- */

typedef struct conv {
    size_t h, w, c, o, kh, kw, sh, sw;
    bool same;
    size_t samples;
    const char *algorithm;
    bool bias, relu, wants_dx;
} conv;

static void describe(char text[128], const conv *c)
{
    snprintf(text, 128,
             "filters=%zu kernel_size=%zux%zu strides=%zux%zu padding=%s use_bias=%s algorithm=%s",
             c->o, c->kh, c->kw, c->sh, c->sw, c->same ? "same" : "valid",
             c->bias ? "true" : "false", c->algorithm);
}

static unit_layer open_conv(const char *isa, const conv *c)
{
    char given[128];
    describe(given, c);
    return layer_open("conv2d", isa, given, (cnn_shape){3, {c->h, c->w, c->c}},
                      c->relu ? "relu" : NULL);
}

/* The same with the 2 x 2 maxima behind it. */
static unit_layer open_pooled(const char *isa, const conv *c)
{
    char given[128];
    describe(given, c);
    return layer_open("conv2d", isa, given, (cnn_shape){3, {c->h, c->w, c->c}},
                      c->relu ? "relu max_pool_2x2" : "max_pool_2x2");
}

/* A sum in double, and the sum of its terms' sizes, which says how exact float32 can be. */
typedef struct sum {
    double value, size;
} sum;

static void add(sum *to, double term)
{
    to->value += term;
    to->size += fabs(term);
}

typedef struct expected {
    sum *y, *dx, *dkernel, *dbias;
} expected;

/* Zeros before the first element of an axis. */
static size_t before(const conv *c, size_t n, size_t k, size_t stride, size_t out)
{
    const size_t reach = (out - 1) * stride + k;
    return c->same && reach > n ? (reach - n) / 2 : 0;
}

/* All terms of output pixel `pixel`, of image n, at (i, j). */
static void window(const conv *c, const unit_layer *l, const unit_run *r, const expected *e,
                   size_t pixel, const double *dy)
{
    const size_t oh = l->plan.output.dim[0], ow = l->plan.output.dim[1];
    const size_t n = pixel / (oh * ow), i = pixel / ow % oh * c->sh, j = pixel % ow * c->sw;
    const size_t top = before(c, c->h, c->kh, c->sh, oh), left = before(c, c->w, c->kw, c->sw, ow);
    for (size_t tap = 0; tap < c->kh * c->kw; tap++) {
        const size_t a = i + tap / c->kw, b = j + tap % c->kw;
        if (a < top || b < left || a - top >= c->h || b - left >= c->w)
            continue;
        const size_t x = ((n * c->h + a - top) * c->w + b - left) * c->c;
        for (size_t k = 0; k < c->c * c->o; k++) {
            const size_t w = tap * c->c * c->o + k;
            const double value = (double)r->x[x + k / c->o], weight = (double)r->w[0][w];
            add(&e->y[pixel * c->o + k % c->o], value * weight);
            add(&e->dx[x + k / c->o], dy[k % c->o] * weight);
            add(&e->dkernel[w], dy[k % c->o] * value);
        }
    }
}

/* From the definition; what relu stops is taken from y, as the layer does. */
static expected expect(const conv *c, const unit_layer *l, const unit_run *r)
{
    const size_t outputs = r->samples * l->out;
    const expected e = {calloc(outputs, sizeof(sum)), calloc(r->samples * l->in, sizeof(sum)),
                        calloc(r->size[0], sizeof(sum)), calloc(c->o, sizeof(sum))};
    double *dy = calloc(c->o, sizeof *dy);
    for (size_t pixel = 0; pixel < outputs / c->o; pixel++) {
        for (size_t o = 0; o < c->o; o++) {
            const size_t y = pixel * c->o + o;
            dy[o] = c->relu && !(r->y[y] > 0) ? 0 : (double)r->dy[y];
            add(&e.dbias[o], dy[o]);
            add(&e.y[y], c->bias ? (double)r->w[1][o] : 0);
        }
        window(c, l, r, &e, pixel, dy);
        for (size_t o = 0; o < c->o && c->relu; o++)
            e.y[pixel * c->o + o].value = fmax(e.y[pixel * c->o + o].value, 0);
    }
    free(dy);
    return e;
}

/* Each element within rounding of the sizes of its terms. Winograd mixes the terms of neighbours,
 * so there the largest size counts for all. */
static void compare(const char *what, const conv *c, const float *got, const sum *want,
                    size_t count, double start)
{
    const bool direct = strcmp(c->algorithm, "direct") == 0;
    double largest = 0;
    for (size_t i = 0; i < count; i++)
        largest = fmax(largest, want[i].size);
    for (size_t i = 0; i < count; i++) {
        const double error = fabs((double)got[i] - start - want[i].value);
        const double bound = direct ? 2e-6 * (want[i].size + start) : 1.2e-5 * (largest + start);
        if (error <= bound)
            continue;
        char text[128];
        describe(text, c);
        ck_abort_msg("%s[%zu] on %zux%zux%zu, %zu samples, %s, relu %d: %.9g, expected %.9g", what,
                     i, c->h, c->w, c->c, c->samples, text, c->relu, (double)got[i],
                     start + want[i].value);
    }
}

/* What gradients start from: the layer must add to them. */
#define START 0.5

static void run_both(const unit_layer *l, unit_run *r)
{
    for (size_t w = 0; w < l->plan.weight_count; w++)
        for (size_t i = 0; i < r->size[w]; i++)
            r->dw[w][i] = (float)START;
    run_forward(l, r);
    memset(r->scratch, 0xFF, l->plan.scratch_bytes);
    run_backward(l, r);
}

static void check(const char *isa, const conv *c)
{
    unit_layer l = open_conv(isa, c);
    unit_run r = run_new(&l, c->samples);
    if (!c->wants_dx)
        r.dx = NULL;
    run_both(&l, &r);
    const expected e = expect(c, &l, &r);
    compare("y", c, r.y, e.y, r.samples * l.out, 0);
    compare("dkernel", c, r.dw[0], e.dkernel, r.size[0], START);
    if (c->bias)
        compare("dbias", c, r.dw[1], e.dbias, c->o, START);
    if (c->wants_dx)
        compare("dx", c, r.dx, e.dx, r.samples * l.in, 0);
    free(e.y);
    free(e.dx);
    free(e.dkernel);
    free(e.dbias);
    layer_close(&l);
    guards_release();
}

/* ---- the grid ---- */

#define FOR_EACH_ISA(ISA)                                                                          \
    for (size_t isa_ = 0; isa_ < HARNESS_ISAS; isa_++)                                             \
        for (const char *ISA = harness_isas[isa_]; ISA && harness_has("conv2d", ISA); ISA = NULL)

static const size_t channels[][2] = {{1, 1},   {1, 32},  {2, 3},   {3, 16},  {5, 7},
                                     {8, 8},   {15, 17}, {16, 4},  {17, 33}, {31, 64},
                                     {33, 48}, {130, 5}, {4, 130}, {65, 66}};
static const size_t extents[][2] = {{5, 5}, {6, 9}, {7, 13}, {11, 6}, {10, 10}, {14, 5}};

/* Every pair of channels; extents, strides, paddings, shards and the rest change along. */
static void check_grid(const char *algorithm, size_t kh, size_t kw)
{
    static const size_t samples[] = {1, 3, 8};
    const bool strides = strcmp(algorithm, "direct") == 0;
    FOR_EACH_ISA(isa)
    for (size_t i = 0; i < sizeof channels / sizeof channels[0]; i++)
        for (size_t n = 0; n < 4; n++)
            check(isa, &(conv){.h = extents[(i + n) % 6][0],
                               .w = extents[(i + n) % 6][1],
                               .c = channels[i][0],
                               .o = channels[i][1],
                               .kh = kh,
                               .kw = kw,
                               .sh = strides ? 1 + n / 2 : 1,
                               .sw = strides ? 1 + n / 2 : 1,
                               .same = n % 2,
                               .samples = samples[(i + n) % 3],
                               .algorithm = algorithm,
                               .bias = (i + n) % 5 != 0,
                               .relu = i % 2 == n / 2,
                               .wants_dx = (i + n) % 7 != 0});
}

START_TEST(direct_1x1)
{
    check_grid("direct", 1, 1);
}
END_TEST

START_TEST(direct_3x3)
{
    check_grid("direct", 3, 3);
}
END_TEST

START_TEST(direct_5x5)
{
    check_grid("direct", 5, 5);
}
END_TEST

START_TEST(winograd_3x3)
{
    check_grid("winograd", 3, 3);
}
END_TEST

/* The layers of the pipelines as they are chosen for, wide images, and odd geometries. */
START_TEST(particular_shapes)
{
    static const size_t shapes[][10] = {
        /* h, w, c, o, kh, kw, sh, sw, same, samples */
        {28, 28, 1, 32, 3, 3, 1, 1, 0, 3}, {26, 26, 32, 64, 3, 3, 1, 1, 0, 2},
        {28, 28, 1, 20, 5, 5, 1, 1, 0, 3}, {12, 12, 20, 50, 5, 5, 1, 1, 0, 3},
        {32, 32, 3, 32, 3, 3, 1, 1, 1, 2}, {13, 13, 32, 64, 3, 3, 2, 2, 1, 2},
        {4, 55, 20, 24, 3, 3, 1, 1, 0, 2}, {2, 1, 3, 4, 5, 5, 3, 3, 1, 2},
        {9, 9, 4, 6, 1, 1, 3, 3, 0, 2},    {4, 4, 2, 3, 3, 3, 2, 2, 0, 2},
        {9, 11, 3, 18, 2, 5, 3, 1, 1, 2},  {8, 9, 17, 3, 4, 1, 1, 2, 0, 1},
        {1, 1, 1, 1, 3, 3, 1, 1, 1, 1},    {1, 1100, 1, 2, 1, 3, 1, 1, 0, 1},
        {3, 3, 16, 16, 3, 3, 1, 1, 0, 70},
    };
    FOR_EACH_ISA(isa)
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        const size_t *s = shapes[i];
        check(isa, &(conv){s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9], "auto", true,
                           true, i != 0});
    }
}
END_TEST

/* ---- samples ---- */

/* A sample's results have the same bits alone and among others. */
static void check_independence(const char *isa, const conv *c)
{
    unit_layer l = open_conv(isa, c);
    unit_run all = run_new(&l, c->samples);
    run_both(&l, &all);
    for (size_t n = 0; n < c->samples; n++) {
        unit_run alone = all;
        alone.samples = 1;
        alone.x = guarded(l.in * sizeof(float));
        alone.y = guarded(l.out * sizeof(float));
        alone.dx = guarded(l.in * sizeof(float));
        alone.dy = guarded(l.out * sizeof(float));
        memcpy(alone.x, all.x + n * l.in, l.in * sizeof(float));
        memcpy(alone.dy, all.dy + n * l.out, l.out * sizeof(float));
        run_both(&l, &alone);
        ck_assert(same_bits(alone.y, all.y + n * l.out, l.out));
        ck_assert(same_bits(alone.dx, all.dx + n * l.in, l.in));
    }
    layer_close(&l);
    guards_release();
}

START_TEST(samples_are_independent)
{
    static const conv cases[] = {
        {9, 7, 5, 19, 3, 3, 1, 1, true, 7, "direct", true, true, true},
        {9, 7, 17, 19, 5, 5, 2, 2, false, 5, "direct", true, true, true},
        {9, 7, 17, 19, 3, 3, 1, 1, true, 7, "winograd", true, true, true},
        {14, 35, 32, 64, 3, 3, 1, 1, false, 13, "winograd", true, true, true}};
    FOR_EACH_ISA(isa)
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check_independence(isa, &cases[i]);
}
END_TEST

/* NaN in one pixel reaches the windows that see it, through ReLU too, and no others; with Winograd,
 * others of its image perhaps, but no other image. */
static void check_nan(const char *isa, const char *algorithm)
{
    const conv c = {12, 12, 3, 5, 3, 3, 1, 1, false, 2, algorithm, true, true, true};
    const bool direct = strcmp(algorithm, "direct") == 0;
    unit_layer l = open_conv(isa, &c);
    unit_run r = run_new(&l, c.samples);
    r.x[(4 * 12 + 7) * 3 + 1] = NAN;
    run_both(&l, &r);
    for (size_t i = 0; i < 20; i++)
        for (size_t j = 0; j < 10; j++) {
            const bool sees = i >= 2 && i <= 4 && j >= 5 && j <= 7;
            if (sees || direct || i >= 10)
                ck_assert_int_eq(isnan(r.y[(i * 10 + j) * 5 + 2]) != 0, sees);
        }
    layer_close(&l);
    guards_release();
}

START_TEST(nan_stays_where_it_belongs)
{
    FOR_EACH_ISA(isa)
    {
        check_nan(isa, "direct");
        check_nan(isa, "winograd");
    }
}
END_TEST

/* ---- the largest of 2 x 2, taken along ---- */

/* The output of l that output i of the pooled layer takes: the first of the largest, or of the
 * NaNs. */
static size_t winner(const unit_layer *l, const unit_layer *pooled, const float *y, size_t i)
{
    const uint64_t *whole = l->plan.output.dim, *half = pooled->plan.output.dim;
    const size_t c = i % half[2], b = i / half[2] % half[1], a = i / half[2] / half[1] % half[0];
    const size_t first = ((i / pooled->out * whole[0] + 2 * a) * whole[1] + 2 * b) * whole[2] + c;
    size_t best = first;
    for (size_t k = 1; k < 4; k++) {
        const size_t other = first + (k / 2 * whole[1] + k % 2) * whole[2];
        if (y[other] > y[best] || (isnan(y[other]) && !isnan(y[best])))
            best = other;
    }
    return best;
}

static void check_pooled(const char *isa, const conv *c, bool ties, bool nan)
{
    unit_layer l = open_conv(isa, c), pooled = open_pooled(isa, c);
    ck_assert_uint_eq(pooled.plan.output.dim[0], l.plan.output.dim[0] / 2);
    ck_assert_uint_eq(pooled.plan.output.dim[1], l.plan.output.dim[1] / 2);
    unit_run a = run_new(&l, c->samples), b = run_new(&pooled, c->samples);
    if (ties)
        memset(a.w[0], 0, a.size[0] * sizeof(float));
    memcpy(b.w[0], a.w[0], a.size[0] * sizeof(float));
    if (nan)
        a.x[l.in / 2] = b.x[l.in / 2] = NAN;
    memset(a.dy, 0, c->samples * l.out * sizeof(float));
    run_both(&pooled, &b);
    run_forward(&l, &a);
    for (size_t i = 0; i < c->samples * pooled.out; i++) {
        const size_t from = winner(&l, &pooled, a.y, i);
        ck_assert(same_bits(&b.y[i], &a.y[from], 1));
        a.dy[from] = b.dy[i];
    }
    run_both(&l, &a);
    ck_assert(same_bits(a.dx, b.dx, c->samples * l.in));
    ck_assert(same_bits(a.dw[0], b.dw[0], a.size[0]));
    ck_assert(!c->bias || same_bits(a.dw[1], b.dw[1], a.size[1]));
    b.training = false;
    a.training = false;
    run_forward(&l, &a);
    run_forward(&pooled, &b);
    for (size_t i = 0; i < c->samples * pooled.out; i++)
        ck_assert(same_bits(&b.y[i], &a.y[winner(&l, &pooled, a.y, i)], 1));
    layer_close(&l);
    layer_close(&pooled);
    guards_release();
}

/* Even and odd extents, tails of channels, rows of tiles that windows end in: the bits of two
 * layers. */
START_TEST(pooled_as_by_two_layers)
{
    static const size_t sizes[][2] = {{4, 4}, {8, 8}, {5, 7}, {14, 15}, {15, 9}, {26, 27}, {27, 8}};
    static const char *const algorithms[] = {"direct", "winograd"};
    FOR_EACH_ISA(isa)
    {
        for (size_t e = 0; e < sizeof sizes / sizeof sizes[0]; e++)
            for (size_t k = 0; k < 8; k++) {
                conv c = {sizes[e][0],       sizes[e][1], 1 + e % 4 * 5, 1,   3, 3, 1, 1, k & 1, 2,
                          algorithms[k / 4], true,        (k & 2) != 0,  true};
                const size_t filters[] = {1, 16, 17, 7, 32, 64, 33};
                c.o = filters[(e + k) % 7];
                check_pooled(isa, &c, false, false);
                check_pooled(isa, &c, true, false);
            }
        const conv strided = {12, 13, 1, 20, 5, 5, 2, 1, true, 3, "direct", false, true, true};
        check_pooled(isa, &strided, false, false);
    }
}
END_TEST

START_TEST(pooled_nan_is_the_largest)
{
    FOR_EACH_ISA(isa)
    {
        conv c = {14, 14, 3, 17, 3, 3, 1, 1, false, 2, "direct", true, true, true};
        check_pooled(isa, &c, false, true);
        c.relu = false;
        check_pooled(isa, &c, false, true);
        c.algorithm = "winograd";
        check_pooled(isa, &c, false, true);
    }
}
END_TEST

/* ReLU first, then the maxima; nothing twice, and nothing behind the maxima. */
START_TEST(absorbs_in_this_order)
{
    static const conv c = {9, 9, 1, 8, 3, 3, 1, 1, false, 1, "auto", true, false, true};
    unit_layer l = open_conv("", &c);
    ck_assert_int_eq(harness_offer(&l, "tanh"), 0);
    ck_assert_int_eq(harness_offer(&l, "relu"), 1);
    ck_assert_int_eq(harness_offer(&l, "relu"), 0);
    ck_assert_int_eq(harness_offer(&l, "max_pool_2x2"), 1);
    ck_assert_int_eq(harness_offer(&l, "max_pool_2x2"), 0);
    ck_assert_int_eq(harness_offer(&l, "relu"), 0);
    layer_close(&l);
}
END_TEST

/* ---- init and plan ---- */

static void refuses(const char *given, cnn_shape input, const char *message)
{
    unit_layer l;
    ck_assert(!layer_try(&l, "conv2d", "", given, input, NULL));
    ck_assert_str_eq(l.error.text, message);
    free(l.self);
}

START_TEST(refuses_to_pool_a_single_row)
{
    unit_layer l;
    ck_assert(!layer_try(&l, "conv2d", "", "filters=8 kernel_size=3", (cnn_shape){3, {3, 9, 1}},
                         "max_pool_2x2"));
    ck_assert_str_eq(
        l.error.text,
        "its output is [1, 7, 8], smaller than the pool_size [2, 2] behind it; it must "
        "fit, or padding there be same");
    free(l.self);
}
END_TEST

START_TEST(refuses_what_does_not_fit)
{
    const cnn_shape image = {3, {9, 9, 1}};
    refuses("filters=8 kernel_size=3", (cnn_shape){2, {28, 28}},
            "the input has rank 2; conv2d needs an image (height, width, channels)");
    refuses("filters=8 kernel_size=3", (cnn_shape){3, {2, 9, 1}},
            "kernel_size is [3, 3], larger than the input [2, 9, 1]; it must fit, or padding must "
            "be same");
    refuses("filters=8 kernel_size=5 algorithm=winograd", image,
            "algorithm is winograd, but kernel_size is [5, 5] and strides [1, 1]; winograd needs "
            "kernel_size 3 and strides 1");
    refuses("filters=8 kernel_size=3 strides=1x2 algorithm=winograd", image,
            "algorithm is winograd, but kernel_size is [3, 3] and strides [1, 2]; winograd needs "
            "kernel_size 3 and strides 1");
    refuses("filters=8 kernel_size=3x3x3", image,
            "kernel_size has 3 numbers; it must be [height, width] or one number");
    refuses("filters=8 kernel_size=3 strides=1x2x3", image,
            "strides has 3 numbers; it must be [vertical, horizontal] or one number");
    refuses("filters=65536 kernel_size=1024", (cnn_shape){3, {1024, 1024, 65536}},
            "a kernel of 1024 x 1024 x 65536 x 65536 on an input of 1024 x 1024 is too large to be "
            "computed; fewer filters or channels are needed");
}
END_TEST

START_TEST(describes_itself)
{
    const conv c = {26, 24, 32, 64, 3, 5, 1, 1, false, 1, "auto", true, false, true};
    unit_layer l = open_conv("", &c);
    const cnn_layer_plan *p = &l.plan;
    ck_assert(p->output.rank == 3 && p->output.dim[0] == 24 && p->output.dim[1] == 20 &&
              p->output.dim[2] == 64);
    ck_assert_uint_eq(p->flags, CNN_USES_INPUT);
    ck_assert_uint_eq(p->weight_count, 2);
    ck_assert_uint_eq(cnn_shape_count(&p->weights[0].shape), 15 * 32 * 64);
    ck_assert(p->weights[0].fan_in == 15 * 32 && p->weights[0].fan_out == 15 * 64);
    ck_assert(p->flops == 2.0 * 24 * 20 * 15 * 32 * 64);
    layer_close(&l);
}
END_TEST

UNIT_MAIN("conv2d", direct_1x1, direct_3x3, direct_5x5, winograd_3x3, particular_shapes,
          samples_are_independent, nan_stays_where_it_belongs, pooled_as_by_two_layers,
          pooled_nan_is_the_largest, absorbs_in_this_order, refuses_to_pool_a_single_row,
          refuses_what_does_not_fit, describes_itself)
