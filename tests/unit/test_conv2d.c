/* test_conv2d.c - conv2d against a float64 reference, for every instruction set built. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include <cnnrun/layer.h>

#include <dlfcn.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "unit.h"

enum { VALID, SAME };
enum { AUTO, DIRECT, WINOGRAD };
static const char *const isas[] = {"", ".avx2", ".avx512"};
#define ISAS 3

/* ---- memory between two pages that cannot be touched ---- */

typedef struct guarded {
    void *map;
    size_t length;
    float *at; /* ends at the second page, but for what 64-byte alignment asks */
    size_t floats;
} guarded;

#define SLACK 0x5A

static guarded guard(size_t floats, size_t align)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE),
                 bytes = (floats * sizeof(float) + align - 1) / align * align;
    const size_t inner = (bytes + page) / page * page;
    guarded g = {NULL, inner + 2 * page, NULL, floats};
    g.map = mmap(NULL, g.length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(g.map, MAP_FAILED);
    char *start = (char *)g.map + page;
    ck_assert(mprotect(g.map, page, PROT_NONE) == 0 &&
              mprotect(start + inner, page, PROT_NONE) == 0);
    memset(start, SLACK, inner);
    g.at = (float *)(void *)(start + inner - bytes);
    for (size_t i = 0; i < floats; i++)
        g.at[i] = NAN;
    return g;
}

/* Whether nothing beside the buffer was written. */
static bool intact(const guarded *g)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const char *start = (const char *)g->map + page, *end = (const char *)g->map + g->length - page;
    const char *from = (const char *)g->at, *to = (const char *)(g->at + g->floats);
    for (const char *p = start; p < end; p++)
        if ((p < from || p >= to) && *p != SLACK)
            return false;
    return true;
}

static void release(guarded *g)
{
    ck_assert(intact(g));
    munmap(g->map, g->length);
}

static void fill(const guarded *g, uint64_t stream)
{
    const cnn_random random = {7, stream};
    for (size_t i = 0; i < g->floats; i++)
        g->at[i] = (float)(2 * cnn_random_uniform(&random, i) - 1);
}

/* ---- the plugin ---- */

typedef struct spec {
    size_t h, w, c, o, k, s;
    int padding;
    size_t samples;
} spec;

/* The variant for isas[isa]; NULL where the processor lacks it. */
static const cnn_layer *open_isa(size_t isa)
{
    char path[512];
    if ((isa == 1 && !__builtin_cpu_supports("avx2")) ||
        (isa == 2 && !__builtin_cpu_supports("avx512vl")))
        return NULL;
    snprintf(path, sizeof path, "%s/plugins/layer/conv2d%s.so", unit_build(), isas[isa]);
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    ck_assert_msg(library != NULL, "%s", dlerror());
    return dlsym(library, "cnn_plugin");
}

#define FOR_EACH_ISA(LAYER)                                                                        \
    for (size_t isa = 0; isa < ISAS; isa++)                                                        \
        for (const cnn_layer *LAYER = open_isa(isa); LAYER; LAYER = NULL)

static void set(const cnn_layer *layer, void *self, const char *name, const void *value)
{
    for (const cnn_param *p = layer->params; p->name; p++)
        if (strcmp(p->name, name) == 0)
            memcpy((char *)self + p->offset, value, p->size);
}

static void *make_self(const cnn_layer *layer, const spec *c, int algorithm, bool bias)
{
    void *self = NULL;
    ck_assert_int_eq(posix_memalign(&self, 64, layer->self_size), 0);
    memset(self, 0, layer->self_size);
    const int64_t filters = (int64_t)c->o;
    const cnn_shape kernel = {2, {c->k, c->k}}, strides = {2, {c->s, c->s}};
    const int32_t use_bias = bias, padding = c->padding;
    set(layer, self, "filters", &filters);
    set(layer, self, "kernel_size", &kernel);
    set(layer, self, "strides", &strides);
    set(layer, self, "padding", &padding);
    set(layer, self, "use_bias", &use_bias);
    set(layer, self, "algorithm", &algorithm);
    return self;
}

/* ---- one case: the layer's results, and the reference's ---- */

typedef struct outcome {
    cnn_layer_plan plan;
    guarded x, y, dy, dx, kernel, bias, dkernel, dbias;
} outcome;

static void release_outcome(outcome *r)
{
    guarded *all[] = {&r->x, &r->y, &r->dy, &r->dx, &r->kernel, &r->bias, &r->dkernel, &r->dbias};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        release(all[i]);
}

/* What a gradient starts from: the layer must add to it. */
#define GRADIENT_BEFORE 0.5f

static void call_passes(const cnn_layer *layer, const void *self, outcome *r, size_t samples,
                        bool bias, bool want_dx)
{
    guarded scratch = guard(r->plan.scratch_bytes / sizeof(float), 64);
    guarded saved = guard(samples * r->plan.saved_bytes / sizeof(float), 64);
    const float *const weights[] = {r->kernel.at, bias ? r->bias.at : NULL};
    float *const dweights[] = {r->dkernel.at, bias ? r->dbias.at : NULL};
    cnn_layer_io io = {.struct_size = sizeof io,
                       .samples = samples,
                       .training = 1,
                       .weights = weights,
                       .x = r->x.at,
                       .y = r->y.at,
                       .saved = saved.at,
                       .scratch = scratch.at};
    layer->forward(self, &io);
    for (size_t i = 0; i < scratch.floats; i++)
        scratch.at[i] = NAN;
    io.y = r->plan.flags & CNN_USES_OUTPUT ? r->y.at : NULL;
    io.dy = r->dy.at;
    io.dx = want_dx ? r->dx.at : NULL;
    io.dweights = dweights;
    layer->backward(self, &io);
    release(&scratch);
    release(&saved);
}

/* Forward and backward of case c, with random tensors. */
static outcome run(const cnn_layer *layer, const spec *c, int algorithm, bool relu, bool bias,
                   bool want_dx)
{
    outcome r = {.plan = {.struct_size = sizeof r.plan}};
    cnn_error error = {""};
    void *self = make_self(layer, c, algorithm, bias);
    if (relu)
        ck_assert_int_eq(layer->absorb(self, "relu"), 1);
    ck_assert_msg(layer->init(self, &error) == 0, "%s", error.text);
    ck_assert_msg(layer->plan(self, &(cnn_shape){3, {c->h, c->w, c->c}}, &r.plan, &error) == 0,
                  "%s", error.text);
    const size_t in = c->samples * c->h * c->w * c->c,
                 out = c->samples * cnn_shape_count(&r.plan.output);
    r.x = guard(in, 64);
    r.dx = guard(in, 64);
    r.y = guard(out, 64);
    r.dy = guard(out, 64);
    r.kernel = guard(c->k * c->k * c->c * c->o, 4);
    r.dkernel = guard(r.kernel.floats, 4);
    r.bias = guard(c->o, 4);
    r.dbias = guard(c->o, 4);
    fill(&r.x, 1);
    fill(&r.dy, 2);
    fill(&r.kernel, 3);
    fill(&r.bias, 4);
    for (size_t i = 0; i < r.dkernel.floats; i++)
        r.dkernel.at[i] = GRADIENT_BEFORE;
    for (size_t i = 0; i < r.dbias.floats; i++)
        r.dbias.at[i] = GRADIENT_BEFORE;
    call_passes(layer, self, &r, c->samples, bias, want_dx);
    free(self);
    return r;
}

/* A value and the sum of its terms' sizes, which says how exact it can be. */
typedef struct term {
    double value, size;
} term;

static void add(term *t, double product)
{
    t->value += product;
    t->size += fabs(product);
}

typedef struct reference {
    term *y, *dx, *dkernel, *dbias;
} reference;

/* One window of the definition: adds to y, or to the gradients. */
static void window(const spec *c, const outcome *r, const reference *f, const size_t at[3],
                   const long before[2], bool relu)
{
    const size_t oh = r->plan.output.dim[0], ow = r->plan.output.dim[1],
                 pixel = (at[0] * oh + at[1]) * ow + at[2];
    for (size_t u = 0; u < c->k; u++)
        for (size_t v = 0; v < c->k; v++) {
            const long i = (long)(at[1] * c->s + u) - before[0],
                       j = (long)(at[2] * c->s + v) - before[1];
            if (i < 0 || j < 0 || i >= (long)c->h || j >= (long)c->w)
                continue;
            for (size_t n = 0; n < c->c * c->o; n++) {
                const size_t x = ((at[0] * c->h + (size_t)i) * c->w + (size_t)j) * c->c + n / c->o;
                const size_t w = (u * c->k + v) * c->c * c->o + n, y = pixel * c->o + n % c->o;
                const double dy = relu && !(r->y.at[y] > 0) ? 0 : (double)r->dy.at[y];
                add(&f->y[y], (double)r->x.at[x] * (double)r->kernel.at[w]);
                add(&f->dx[x], dy * (double)r->kernel.at[w]);
                add(&f->dkernel[w], dy * (double)r->x.at[x]);
            }
        }
}

static reference refer(const spec *c, const outcome *r, bool relu, bool bias)
{
    const size_t oh = r->plan.output.dim[0], ow = r->plan.output.dim[1];
    const reference f = {calloc(r->y.floats, sizeof(term)), calloc(r->x.floats, sizeof(term)),
                         calloc(r->kernel.floats, sizeof(term)), calloc(c->o, sizeof(term))};
    long before[2] = {0, 0};
    const size_t extent[2] = {c->h, c->w}, out[2] = {oh, ow};
    for (int a = 0; a < 2; a++) {
        const long total = (long)((out[a] - 1) * c->s + c->k) - (long)extent[a];
        before[a] = c->padding == SAME && total > 0 ? total / 2 : 0;
    }
    for (size_t n = 0; n < c->samples * oh * ow; n++)
        window(c, r, &f, (size_t[]){n / (oh * ow), n / ow % oh, n % ow}, before, relu);
    for (size_t i = 0; i < r->y.floats; i++) {
        if (bias)
            add(&f.y[i], (double)r->bias.at[i % c->o]);
        if (relu && f.y[i].value < 0)
            f.y[i].value = 0;
        add(&f.dbias[i % c->o], relu && !(r->y.at[i] > 0) ? 0 : (double)r->dy.at[i]);
    }
    return f;
}

/* Each element within `tolerance` of the size of its terms; Winograd mixes the terms of its
 * neighbours, so there the largest size counts for all. */
static void compare(const char *what, const spec *c, const guarded *got, const term *want,
                    double before, int algorithm)
{
    double largest = 0;
    for (size_t i = 0; i < got->floats; i++)
        largest = fmax(largest, want[i].size);
    for (size_t i = 0; i < got->floats; i++) {
        const double error = fabs((double)got->at[i] - before - want[i].value);
        const double bound =
            algorithm == DIRECT ? 2e-6 * (want[i].size + before) : 4e-6 * (largest + before);
        ck_assert_msg(
            error <= bound,
            "%s[%zu] of %zux%zux%zu, %zu filters, kernel %zu, stride %zu, padding %d, %zu samples, "
            "algorithm %d: %.9g, expected %.9g, off by %.3g, allowed %.3g",
            what, i, c->h, c->w, c->c, c->o, c->k, c->s, c->padding, c->samples, algorithm,
            (double)got->at[i], before + want[i].value, error, bound);
    }
}

static void check_case(const cnn_layer *layer, const spec *c, int algorithm, bool relu, bool bias,
                       bool want_dx)
{
    outcome r = run(layer, c, algorithm, relu, bias, want_dx);
    const reference f = refer(c, &r, relu, bias);
    compare("y", c, &r.y, f.y, 0, algorithm);
    compare("dkernel", c, &r.dkernel, f.dkernel, (double)GRADIENT_BEFORE, algorithm);
    if (bias)
        compare("dbias", c, &r.dbias, f.dbias, (double)GRADIENT_BEFORE, algorithm);
    if (want_dx)
        compare("dx", c, &r.dx, f.dx, 0, algorithm);
    free(f.y);
    free(f.dx);
    free(f.dkernel);
    free(f.dbias);
    release_outcome(&r);
}

/* ---- the grid ---- */

static const size_t channels[][2] = {{1, 1},   {1, 32},  {2, 3},   {3, 16},  {5, 7},
                                     {8, 8},   {15, 17}, {16, 4},  {17, 33}, {31, 64},
                                     {33, 48}, {130, 5}, {4, 130}, {65, 66}};
static const size_t extents[][2] = {{5, 5}, {6, 9}, {7, 13}, {11, 6}, {10, 10}, {14, 5}};

/* Every pair of channels with an extent, strides, paddings and shard sizes that change along. */
static void check_grid(const cnn_layer *layer, size_t kernel, int algorithm)
{
    static const size_t samples[] = {1, 3, 8};
    for (size_t i = 0; i < sizeof channels / sizeof channels[0]; i++)
        for (size_t n = 0; n < 4; n++) {
            const size_t *extent = extents[(i + n) % 6];
            const size_t stride = algorithm == DIRECT ? 1 + n / 2 : 1;
            const spec c = {extent[0], extent[1], channels[i][0], channels[i][1],
                            kernel,    stride,    n % 2,          samples[(i + n) % 3]};
            check_case(layer, &c, algorithm, i % 2 == n / 2, (i + n) % 5 != 0, (i + n) % 7 != 0);
        }
}

START_TEST(direct_1x1)
{
    FOR_EACH_ISA(layer)
    check_grid(layer, 1, DIRECT);
}
END_TEST

START_TEST(direct_3x3)
{
    FOR_EACH_ISA(layer)
    check_grid(layer, 3, DIRECT);
}
END_TEST

START_TEST(direct_5x5)
{
    FOR_EACH_ISA(layer)
    check_grid(layer, 5, DIRECT);
}
END_TEST

START_TEST(winograd_3x3)
{
    FOR_EACH_ISA(layer)
    check_grid(layer, 3, WINOGRAD);
}
END_TEST

/* The layers of the pipelines, as they are chosen for. */
START_TEST(shapes_in_use)
{
    static const spec cases[] = {{28, 28, 1, 32, 3, 1, VALID, 3}, {26, 26, 32, 64, 3, 1, VALID, 2},
                                 {28, 28, 1, 20, 5, 1, VALID, 3}, {12, 12, 20, 50, 5, 1, VALID, 3},
                                 {32, 32, 3, 32, 3, 1, SAME, 2},  {13, 13, 32, 64, 3, 2, SAME, 2},
                                 {3, 4, 20, 24, 3, 1, VALID, 5},  {2, 1, 3, 4, 5, 3, SAME, 2},
                                 {9, 9, 4, 6, 1, 3, VALID, 2},    {4, 4, 2, 3, 3, 2, VALID, 2}};
    FOR_EACH_ISA(layer)
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check_case(layer, &cases[i], AUTO, true, true, i != 0);
}
END_TEST

/* A sample's results have the same bits alone and among others. */
static void check_independence(const cnn_layer *layer, const spec *many, int algorithm)
{
    outcome all = run(layer, many, algorithm, true, true, true);
    const size_t in = all.x.floats / many->samples, out = all.y.floats / many->samples;
    const spec one = {many->h, many->w, many->c, many->o, many->k, many->s, many->padding, 1};
    void *self = make_self(layer, &one, algorithm, true);
    cnn_error error;
    ck_assert_int_eq(layer->absorb(self, "relu"), 1);
    ck_assert_int_eq(layer->init(self, &error), 0);
    for (size_t n = 0; n < many->samples; n++) {
        outcome alone = run(layer, &one, algorithm, true, true, true);
        ck_assert_int_eq(
            layer->plan(self, &(cnn_shape){3, {one.h, one.w, one.c}}, &alone.plan, &error), 0);
        memcpy(alone.x.at, all.x.at + n * in, in * sizeof(float));
        memcpy(alone.dy.at, all.dy.at + n * out, out * sizeof(float));
        call_passes(layer, self, &alone, 1, true, true);
        ck_assert_mem_eq(alone.y.at, all.y.at + n * out, out * sizeof(float));
        ck_assert_mem_eq(alone.dx.at, all.dx.at + n * in, in * sizeof(float));
        release_outcome(&alone);
    }
    free(self);
    release_outcome(&all);
}

START_TEST(samples_are_independent)
{
    FOR_EACH_ISA(layer)
    {
        check_independence(layer, &(spec){9, 7, 5, 19, 3, 1, SAME, 7}, DIRECT);
        check_independence(layer, &(spec){9, 7, 17, 19, 5, 2, VALID, 5}, DIRECT);
        check_independence(layer, &(spec){9, 7, 17, 19, 3, 1, SAME, 7}, WINOGRAD);
        check_independence(layer, &(spec){14, 14, 32, 64, 3, 1, VALID, 13}, WINOGRAD);
    }
}
END_TEST

/* NaN in one pixel reaches the windows that see it, through ReLU too, and no others. */
static void check_nan(const cnn_layer *layer)
{
    const spec c = {12, 12, 3, 5, 3, 1, VALID, 1};
    void *self = make_self(layer, &c, DIRECT, true);
    outcome r = run(layer, &c, DIRECT, true, true, true);
    cnn_error error;
    layer->absorb(self, "relu");
    ck_assert(layer->init(self, &error) == 0 &&
              layer->plan(self, &(cnn_shape){3, {12, 12, 3}}, &r.plan, &error) == 0);
    r.x.at[(4 * 12 + 7) * 3 + 1] = NAN;
    call_passes(layer, self, &r, 1, true, true);
    for (size_t i = 0; i < 10; i++)
        for (size_t j = 0; j < 10; j++) {
            const bool seen = i <= 4 && i + 2 >= 4 && j <= 7 && j + 2 >= 7;
            ck_assert_int_eq(isnan(r.y.at[(i * 10 + j) * 5 + 2]) != 0, seen);
        }
    free(self);
    release_outcome(&r);
}

START_TEST(nan_stays_where_it_belongs)
{
    FOR_EACH_ISA(layer)
    check_nan(layer);
}
END_TEST

/* ---- what plan says ---- */

static void check_plan(const spec *c, int algorithm, uint64_t rank, const char *expected)
{
    const cnn_layer *layer = open_isa(0);
    cnn_error error = {""};
    cnn_layer_plan plan = {.struct_size = sizeof plan};
    void *self = make_self(layer, c, algorithm, true);
    ck_assert_int_eq(layer->init(self, &error), 0);
    const int failed =
        layer->plan(self, &(cnn_shape){rank, {c->h, c->w, rank > 2 ? c->c : 0}}, &plan, &error);
    ck_assert_str_eq(error.text, expected);
    ck_assert_int_eq(failed, *expected ? -1 : 0);
    free(self);
}

START_TEST(plan_refuses)
{
    check_plan(&(spec){28, 28, 1, 8, 3, 1, VALID, 1}, AUTO, 2,
               "the input has rank 2; conv2d needs an image (height, width, channels)");
    check_plan(&(spec){2, 9, 1, 8, 3, 1, VALID, 1}, AUTO, 3,
               "kernel_size is [3, 3], larger than the input [2, 9, 1]; it must fit, or padding "
               "must be same");
    check_plan(&(spec){2, 9, 1, 8, 3, 1, SAME, 1}, AUTO, 3, "");
    check_plan(&(spec){9, 9, 1, 8, 5, 1, VALID, 1}, WINOGRAD, 3,
               "algorithm is winograd, but kernel_size is [5, 5] and strides [1, 1]; "
               "winograd needs kernel_size 3 and strides 1");
    check_plan(&(spec){9, 9, 1, 8, 3, 2, VALID, 1}, WINOGRAD, 3,
               "algorithm is winograd, but kernel_size is [3, 3] and strides [2, 2]; "
               "winograd needs kernel_size 3 and strides 1");
    check_plan(
        &(spec){1024, 1024, 65536, 65536, 1024, 1, VALID, 1}, AUTO, 3,
        "a kernel of 1024 x 1024 x 65536 x 65536 on an input of 1024 x 1024 is too large to be "
        "computed; fewer filters or channels are needed");
}
END_TEST

START_TEST(plan_describes)
{
    const cnn_layer *layer = open_isa(0);
    const spec c = {26, 24, 32, 64, 3, 1, VALID, 1};
    cnn_error error;
    cnn_layer_plan plan = {.struct_size = sizeof plan};
    void *self = make_self(layer, &c, AUTO, true);
    ck_assert_int_eq(layer->absorb(self, "tanh"), 0);
    ck_assert(layer->init(self, &error) == 0 &&
              layer->plan(self, &(cnn_shape){3, {26, 24, 32}}, &plan, &error) == 0);
    ck_assert(plan.output.rank == 3 && plan.output.dim[0] == 24 && plan.output.dim[1] == 22 &&
              plan.output.dim[2] == 64);
    ck_assert_uint_eq(plan.flags, CNN_USES_INPUT);
    ck_assert_uint_eq(plan.weight_count, 2);
    ck_assert_uint_eq(cnn_shape_count(&plan.weights[0].shape), 9 * 32 * 64);
    ck_assert(plan.weights[0].fan_in == 9 * 32 && plan.weights[0].fan_out == 9 * 64);
    ck_assert(plan.flops == 2.0 * 24 * 22 * 9 * 32 * 64);
    const cnn_shape line = {1, {3}};
    set(layer, self, "kernel_size", &line);
    ck_assert_int_eq(layer->init(self, &error), -1);
    ck_assert_str_eq(error.text,
                     "kernel_size has 1 numbers; it must be [height, width] or one number");
    free(self);
}
END_TEST

UNIT_MAIN("conv2d", direct_1x1, direct_3x3, direct_5x5, winograd_3x3, shapes_in_use,
          samples_are_independent, nan_stays_where_it_belongs, plan_refuses, plan_describes)
