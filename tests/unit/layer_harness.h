/* layer_harness.h - runs one layer plugin alone, with a guard around every buffer.
 *
 * Opens build/plugins/layer/NAME[.ISA].so directly, fills its parameters, and calls it as the
 * engine does. Buffers end at an unreadable page and begin behind a red zone; outputs are NaN
 * before each call, inputs read only. What is wrong with the harness or a red zone ends the test by
 * abort(). */
#ifndef LAYER_HARNESS_H
#define LAYER_HARNESS_H

#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include <cnnrun/layer.h>
#include <dlfcn.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static inline void harness_die(const char *what, const char *detail)
{
    fprintf(stderr, "layer harness: %s: %s\n", what, detail);
    abort();
}

/* ---- guarded memory ------------------------------------------------------------------------- */

typedef struct guard {
    unsigned char *map, *data;
    size_t length, bytes;
} guard;

static guard guards[1024];
static size_t guard_count;
#define GUARD_PAGE ((size_t)4096)
#define GUARD_BYTE 0xA5

/* Writable memory of so many bytes, all bits 1: NaN as floats. */
static inline void *guarded(size_t bytes)
{
    const size_t body = (bytes + GUARD_PAGE - 1) / GUARD_PAGE * GUARD_PAGE + GUARD_PAGE;
    if (guard_count == sizeof guards / sizeof guards[0])
        harness_die("guarded", "too many buffers");
    unsigned char *map =
        mmap(NULL, body, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED || mprotect(map + body - GUARD_PAGE, GUARD_PAGE, PROT_NONE) != 0)
        harness_die("mmap", "failed");
    guard *g = &guards[guard_count++];
    *g = (guard){map, map + body - GUARD_PAGE - bytes, body, bytes};
    memset(map, GUARD_BYTE, (size_t)(g->data - map));
    memset(g->data, 0xFF, bytes);
    return g->data;
}

static inline void guard_protect(const void *data, bool writable)
{
    for (size_t i = 0; i < guard_count; i++)
        if (guards[i].data == data && mprotect(guards[i].map, guards[i].length - GUARD_PAGE,
                                               writable ? PROT_READ | PROT_WRITE : PROT_READ))
            harness_die("mprotect", "failed");
}

/* Checks the red zones and frees all guarded memory. */
static inline void guards_release(void)
{
    for (size_t i = 0; i < guard_count; i++) {
        for (const unsigned char *p = guards[i].map; p < guards[i].data; p++)
            if (*p != GUARD_BYTE)
                harness_die("red zone", "written before the start of a buffer");
        munmap(guards[i].map, guards[i].length);
    }
    guard_count = 0;
}

/* ---- layers --------------------------------------------------------------------------------- */

static const char *const harness_isas[] = {"", ".avx2", ".avx512"};
#define HARNESS_ISAS (sizeof harness_isas / sizeof harness_isas[0])

static inline void harness_path(char path[512], const char *name, const char *isa)
{
    const char *build = getenv("CNNRUN_BUILD");
    snprintf(path, 512, "%s/plugins/layer/%s%s.so", build ? build : "build", name, isa);
}

/* Whether there is such a variant and this processor can run it. */
static inline bool harness_has(const char *name, const char *isa)
{
    char path[512];
    harness_path(path, name, isa);
#if defined __x86_64__
    if (!strcmp(isa, ".avx2") && !(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")))
        return false;
    if (!strcmp(isa, ".avx512") &&
        !(__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
          __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")))
        return false;
#endif
    return !*isa || access(path, R_OK) == 0; /* without a baseline the test fails at opening */
}

typedef struct unit_layer {
    const cnn_layer *layer;
    void *self;
    size_t in, out; /* floats of a sample */
    cnn_layer_plan plan;
    cnn_error error; /* where open failed */
} unit_layer;

/* Memory that is kept for the process, and found by LeakSanitizer. */
static inline void *harness_keep(size_t size)
{
    static void **kept;
    void **block = calloc(1, 2 * sizeof *block + size);
    if (!block)
        harness_die("memory", "there is none");
    block[0] = kept;
    kept = block;
    return block + 2;
}

/* "3,1,2" or "[3, 1, 2]", or null for none; kept for the process. */
static inline cnn_integers harness_integers(const char *text, bool null)
{
    int64_t *items = null ? NULL : harness_keep((strlen(text) + 1) * sizeof *items);
    cnn_integers list = {items, 0};
    for (char *end; !null && *(text += strspn(text, "[], ")); text = end)
        items[list.count++] = strtoll(text, &end, 10);
    return list;
}

static inline cnn_reals harness_reals(const char *text, bool null)
{
    double *items = null ? NULL : harness_keep((strlen(text) + 1) * sizeof *items);
    cnn_reals list = {items, 0};
    for (char *end; !null && *(text += strspn(text, "[], ")); text = end)
        items[list.count++] = strtod(text, &end);
    return list;
}

static inline void harness_fill(const cnn_param *param, void *self, const char *text)
{
    char *field = (char *)self + param->offset, *end;
    const bool null = !strcmp(text, "null");
    const double number = null ? (double)NAN : strtod(text, &end);
    cnn_shape shape = {0};
    int64_t integer = null ? INT64_MIN : (int64_t)(isnan(number) ? 0 : number);
    int32_t index = !strcmp(text, "true");
    switch (param->type) {
    case CNN_INTEGER:
        memcpy(field, &integer, sizeof integer);
        return;
    case CNN_REAL:
        memcpy(field, &number, sizeof number);
        return;
    case CNN_CHOICE:
        for (index = 0; param->choices[index] && strcmp(param->choices[index], text) != 0;)
            index++;
        /* fall through */
    case CNN_BOOL:
        memcpy(field, &index, sizeof index);
        return;
    case CNN_SHAPE: /* n, or n x n x ... */
        while (!null && shape.rank < CNN_MAX_RANK) {
            shape.dim[shape.rank++] = strtoull(text, &end, 10);
            if (*end != 'x')
                break;
            text = end + 1;
        }
        if (shape.rank == 1)
            shape = (cnn_shape){2, {shape.dim[0], shape.dim[0]}};
        memcpy(field, &shape, sizeof shape);
        return;
    case CNN_INTEGERS:
        *(cnn_integers *)(void *)field = harness_integers(text, null);
        return;
    case CNN_REALS:
        *(cnn_reals *)(void *)field = harness_reals(text, null);
        return;
    default:
        harness_die(param->name, "a parameter type that the harness does not know");
    }
}

/* The value of NAME in "NAME=VALUE NAME=VALUE", else the default. */
static inline void harness_value(char value[64], const cnn_param *param, const char *given)
{
    const size_t length = strlen(param->name);
    if (param->fallback)
        snprintf(value, 64, "%s", param->fallback);
    for (const char *at = given; at; at = strchr(at, ' ') ? strchr(at, ' ') + 1 : NULL)
        if (!strncmp(at, param->name, length) && at[length] == '=')
            snprintf(value, 64, "%.*s", (int)strcspn(at + length + 1, " "), at + length + 1);
}

/* The plan's struct_size; a host of an older ABI has a smaller one. */

/* "relu", "max_pool_2x2", or what no layer of today knows. */
static inline cnn_operator harness_operator(const char *word)
{
    cnn_operator o = {.struct_size = sizeof o, .id = 1000};
    if (!strcmp(word, "relu"))
        o.id = CNN_OPERATOR_RELU;
    if (!strcmp(word, "max_pool_2x2"))
        o = (cnn_operator){sizeof o, CNN_OPERATOR_MAX_POOL2D, {2, 2}, {2, 2}, 0, 0};
    return o;
}

static inline int harness_offer(const unit_layer *l, const char *word)
{
    const cnn_operator next = harness_operator(word);
    return l->layer->absorb(l->self, &next);
}

/* Opens, fills, inits, offers the operators in `activation` (may be NULL) and plans. False with
 * l->error where init or plan refuse. */
static inline bool layer_try(unit_layer *l, const char *name, const char *isa, const char *given,
                             cnn_shape input, const char *activation)
{
    char path[512];
    memset(l, 0, sizeof *l);
    harness_path(path, name, isa);
    void *file = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    l->layer = file ? dlsym(file, "cnn_plugin") : NULL;
    if (!l->layer)
        harness_die(path, dlerror());
    l->self = l->layer->self_size ? calloc(1, l->layer->self_size) : NULL;
    for (const cnn_param *p = l->layer->params; p && p->name; p++) {
        char value[64] = "null";
        harness_value(value, p, given);
        harness_fill(p, l->self, value);
    }
    if (l->layer->init && l->layer->init(l->self, &l->error) != 0)
        return false;
    while (activation && *activation) {
        char one[64];
        snprintf(one, sizeof one, "%.*s", (int)strcspn(activation, " "), activation);
        if (harness_offer(l, one) != 1)
            harness_die(name, "declined an activation");
        activation += strcspn(activation, " ");
        activation += *activation == ' ';
    }
    l->plan.struct_size = sizeof l->plan;
    l->plan.trained = 1;
    l->plan.shard_samples = 16;
    l->plan.training = 1;
    l->in = cnn_shape_count(&input);
    if (l->layer->plan(l->self, &input, &l->plan, &l->error) != 0)
        return false;
    l->out = cnn_shape_count(&l->plan.output);
    return true;
}

static inline unit_layer layer_open(const char *name, const char *isa, const char *given,
                                    cnn_shape input, const char *activation)
{
    unit_layer l;
    if (!layer_try(&l, name, isa, given, input, activation))
        harness_die(name, l.error.text);
    return l;
}

static inline void layer_close(unit_layer *l)
{
    if (l->layer->fini)
        l->layer->fini(l->self);
    free(l->self);
}

/* ---- one shard or batch through a layer ----------------------------------------------------- */

typedef struct unit_run {
    size_t samples;
    float *w[CNN_MAX_WEIGHTS], *dw[CNN_MAX_WEIGHTS];
    size_t size[CNN_MAX_WEIGHTS]; /* of the weights */
    float *x, *y, *dy, *dx;       /* y may be set to x, and dx to dy */
    void *saved, *scratch, *prepared;
    cnn_random *random;
    bool training;
} unit_run;

/* `count` distinct numbers in (-2, 2), none 0, evenly spaced; their order depends on `salt`. */
static inline void harness_numbers(float *to, size_t count, size_t salt)
{
    const size_t odd = count % 7919 ? 7919 : 7907;
    for (size_t i = 0; i < count; i++)
        to[i] = (float)(((double)((i * odd + salt * 31) % count) + 0.25) * 4 / (double)count - 2);
}

static inline unit_run run_new(const unit_layer *l, size_t samples)
{
    unit_run r = {.samples = samples, .training = true};
    for (size_t i = 0; i < l->plan.weight_count; i++) {
        r.size[i] = cnn_shape_count(&l->plan.weights[i].shape);
        r.w[i] = guarded(r.size[i] * sizeof(float));
        r.dw[i] = guarded(r.size[i] * sizeof(float));
        harness_numbers(r.w[i], r.size[i], i + 1);
    }
    r.x = guarded(samples * l->in * sizeof(float));
    r.y = guarded(samples * l->out * sizeof(float));
    r.dx = guarded(samples * l->in * sizeof(float));
    r.dy = guarded(samples * l->out * sizeof(float));
    r.saved = guarded(samples * l->plan.saved_bytes);
    r.scratch = guarded(l->plan.scratch_bytes);
    r.prepared = guarded(l->plan.prepared_bytes);
    r.random = guarded(samples * sizeof *r.random);
    harness_numbers(r.x, samples * l->in, 5);
    harness_numbers(r.dy, samples * l->out, 9);
    for (size_t i = 0; i < samples; i++)
        r.random[i] = (cnn_random){7, i};
    return r;
}

static inline cnn_layer_io run_io(const unit_run *r)
{
    return (cnn_layer_io){.struct_size = sizeof(cnn_layer_io),
                          .samples = r->samples,
                          .training = r->training,
                          .weights = (const float *const *)r->w,
                          .saved = r->training ? r->saved : NULL,
                          .scratch = r->scratch,
                          .prepared = r->prepared};
}

static inline void run_forward(const unit_layer *l, unit_run *r)
{
    cnn_layer_io io = run_io(r);
    io.x = r->x;
    io.y = r->y;
    io.random = r->training && l->plan.flags & CNN_RANDOM ? r->random : NULL;
    if (l->plan.prepared_bytes) {
        const cnn_layer_prepare weights = {sizeof weights, r->training, io.weights, r->prepared};
        guard_protect(r->prepared, true);
        l->layer->prepare(l->self, &weights);
        guard_protect(r->prepared, false);
    }
    guard_protect(r->x, r->x == r->y);
    l->layer->forward(l->self, &io);
    guard_protect(r->x, true);
}

static inline void run_backward(const unit_layer *l, unit_run *r)
{
    cnn_layer_io io = run_io(r);
    io.x = l->plan.flags & CNN_USES_INPUT ? r->x : NULL;
    io.y = l->plan.flags & CNN_USES_OUTPUT ? r->y : NULL;
    io.dy = r->dy;
    io.dx = r->dx;
    io.dweights = l->plan.parts ? NULL : r->dw; /* added to: set them first */
    guard_protect(r->x, false);
    guard_protect(r->y, false);
    l->layer->backward(l->self, &io);
    guard_protect(r->x, true);
    guard_protect(r->y, true);
}

static inline void run_part(const unit_layer *l, unit_run *r, uint64_t part)
{
    const cnn_layer_batch io = {.struct_size = sizeof io,
                                .samples = r->samples,
                                .part = part,
                                .parts = l->plan.parts,
                                .weights = (const float *const *)r->w,
                                .x = r->x,
                                .dy = r->dy,
                                .scratch = r->scratch,
                                .dweights = r->dw};
    l->layer->weight_gradient(l->self, &io);
}

/* ---- gradients by differences --------------------------------------------------------------- */

/* sum of y * g after a forward, in double. */
static inline double harness_objective(const unit_layer *l, unit_run *r, const float *g)
{
    double sum = 0;
    run_forward(l, r);
    for (size_t i = 0; i < r->samples * l->out; i++)
        sum += (double)r->y[i] * (double)g[i];
    return sum;
}

/* The largest difference between `gradient` and central differences of the objective by `values`.
 * The step is below the distance between the numbers that run_new chose. */
static inline double harness_difference(const unit_layer *l, unit_run *r, const float *g,
                                        float *values, const float *gradient, size_t count)
{
    double worst = 0;
    const float step = fminf(1.0F / 64, 1.0F / (float)count);
    for (size_t i = 0; i < count; i++) {
        const float old = values[i], up = old + step, down = old - step;
        values[i] = up;
        const double above = harness_objective(l, r, g);
        values[i] = down;
        const double below = harness_objective(l, r, g);
        values[i] = old;
        worst =
            fmax(worst, fabs((above - below) / ((double)up - (double)down) - (double)gradient[i]));
    }
    return worst;
}

/* Forward and backward on `samples` samples, then dx and the second phase's dw against differences.
 */
static inline double harness_gradient_error(const unit_layer *l, size_t samples)
{
    unit_run r = run_new(l, samples);
    float *g = guarded(samples * l->out * sizeof(float));
    memcpy(g, r.dy, samples * l->out * sizeof(float));
    run_forward(l, &r);
    run_backward(l, &r);
    for (uint64_t part = 0; part < l->plan.parts; part++)
        run_part(l, &r, part);
    double worst = harness_difference(l, &r, g, r.x, r.dx, samples * l->in);
    for (size_t i = 0; i < l->plan.weight_count && l->plan.parts; i++)
        worst = fmax(worst, harness_difference(l, &r, g, r.w[i], r.dw[i], r.size[i]));
    guards_release();
    return worst;
}

static inline bool same_bits(const void *a, const void *b, size_t floats)
{
    return memcmp(a, b, floats * sizeof(float)) == 0;
}

#endif
