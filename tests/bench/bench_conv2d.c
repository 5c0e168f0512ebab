/* bench_conv2d.c - GFLOP/s of each pass of conv2d for one shape, on one thread, in shards of 16
 * images, and its error against float64.
 *
 *   bench_conv2d PLUGIN.so HEIGHT WIDTH CHANNELS FILTERS KERNEL [STRIDE [same|valid [ALGORITHM]]]
 *
 * Counted as direct convolution, with bias and ReLU included and not counted, and without prepare,
 * which a step needs once; the median of repeated runs. As in training, every shard uses the same
 * memory, larger than a second-level cache. The error is that of one shard of inputs in [0, 1),
 * half of them 0, with Glorot's weights: its root mean square over that of the values, and the
 * largest error over the largest value. */
#include <cnnrun/layer.h>

#include <dlfcn.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SHARD 16u
#define SHARDS 8u
#define RUNS 31u

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now); /* what other programs take does not count */
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void die(const char *message)
{
    fprintf(stderr, "bench_conv2d: %s\n", message);
    exit(1);
}

/* Uniform in [low, high), or 0 where that is negative and `rectified`. */
static float *tensor(uint64_t floats, double low, double high, bool rectified)
{
    static const cnn_random random = {1, 2};
    float *t = aligned_alloc(64, (floats * sizeof(float) + 63) / 64 * 64 + 64);
    if (!t)
        die("out of memory");
    for (uint64_t i = 0; i < floats; i++) {
        const double value = low + (high - low) * cnn_random_uniform(&random, i);
        t[i] = rectified && value < 0 ? 0 : (float)value;
    }
    return t;
}

static double *sums(uint64_t count)
{
    double *zeros = calloc(count, sizeof *zeros);
    if (!zeros)
        die("out of memory");
    return zeros;
}

static void set(const cnn_layer *layer, void *self, const char *name, const void *value)
{
    for (const cnn_param *p = layer->params; p->name; p++)
        if (strcmp(p->name, name) == 0)
            memcpy((char *)self + p->offset, value, p->size);
}

static const cnn_layer *open_plugin(const char *path)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const cnn_layer *layer = library ? dlsym(library, "cnn_plugin") : NULL;
    if (!layer)
        die(dlerror());
    return layer;
}

static int choice(const char *name, const char *const *names)
{
    for (int i = 0; names[i]; i++)
        if (strcmp(name, names[i]) == 0)
            return i;
    die("unknown padding or algorithm");
    return -1;
}

static void *make_self(const cnn_layer *layer, int count, char **arg)
{
    static const char *const paddings[] = {"valid", "same", NULL};
    static const char *const algorithms[] = {"auto", "direct", "winograd", NULL};
    void *self = aligned_alloc(64, (layer->self_size + 63) / 64 * 64);
    if (!self)
        die("out of memory");
    memset(self, 0, layer->self_size);
    const uint64_t k = strtoull(arg[6], NULL, 10), s = count > 7 ? strtoull(arg[7], NULL, 10) : 1;
    const int64_t filters = strtoll(arg[5], NULL, 10);
    const cnn_shape kernel = {2, {k, k}}, strides = {2, {s, s}};
    const int32_t padding = count > 8 ? choice(arg[8], paddings) : 0, use_bias = 1;
    const int32_t algorithm = count > 9 ? choice(arg[9], algorithms) : 0;
    set(layer, self, "filters", &filters);
    set(layer, self, "kernel_size", &kernel);
    set(layer, self, "strides", &strides);
    set(layer, self, "padding", &padding);
    set(layer, self, "use_bias", &use_bias);
    set(layer, self, "algorithm", &algorithm);
    return self;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Times `pass` over SHARDS shards, RUNS times, and prints its speed. */
static void measure(const char *what, double flops,
                    void (*pass)(const void *, const cnn_layer_io *), const void *self,
                    const cnn_layer_io *io)
{
    double times[RUNS];
    for (size_t run = 0; run < RUNS; run++) {
        const double start = seconds();
        for (size_t shard = 0; shard < SHARDS; shard++)
            pass(self, io);
        times[run] = seconds() - start;
    }
    qsort(times, RUNS, sizeof times[0], ascending);
    const double median = times[RUNS / 2], images = (double)SHARD * SHARDS;
    printf("%-28s %8.1f GFLOP/s %9.2f us/image\n", what, 1e-9 * flops * images / median,
           1e6 * median / images);
}

/* ---- error ---- */

static void print_error(const char *what, const float *got, const double *want, uint64_t count)
{
    double squares = 0, wanted = 0, largest = 0, scale = 0;
    for (uint64_t i = 0; i < count; i++) {
        const double error = (double)got[i] - want[i];
        squares += error * error;
        wanted += want[i] * want[i];
        largest = fmax(largest, fabs(error));
        scale = fmax(scale, fabs(want[i]));
    }
    printf("error of %-19s %9.2g rms      %9.2g largest\n", what, sqrt(squares / wanted),
           largest / scale);
}

typedef struct place {
    const cnn_shape *input, *kernel, *output;
    uint64_t stride, top, left;
} place;

/* Calls `term` for each product of the convolution, with the offsets of y, x and kernel; offsets of
 * x and y leave out channels and filters, the kernel's tap both. */
static void for_each_tap(const place *at, void (*term)(void *, uint64_t, uint64_t, uint64_t),
                         void *context)
{
    const uint64_t *in = at->input->dim, *k = at->kernel->dim, *out = at->output->dim;
    for (uint64_t pixel = 0; pixel < SHARD * out[0] * out[1]; pixel++)
        for (uint64_t tap = 0; tap < k[0] * k[1]; tap++) {
            const uint64_t n = pixel / (out[0] * out[1]);
            const uint64_t i = pixel / out[1] % out[0] * at->stride + tap / k[1] - at->top;
            const uint64_t j = pixel % out[1] * at->stride + tap % k[1] - at->left;
            if (i < in[0] && j < in[1]) /* what lies before 0 wraps around to large numbers */
                term(context, pixel, (n * in[0] + i) * in[1] + j, tap);
        }
}

typedef struct exact {
    const cnn_layer_io *io;
    uint64_t channels, filters;
    double *y, *dx, *dkernel;
} exact;

static void add_forward(void *context, uint64_t pixel, uint64_t from, uint64_t tap)
{
    const exact *e = context;
    const uint64_t c = e->channels, o = e->filters;
    for (uint64_t i = 0; i < c; i++)
        for (uint64_t j = 0; j < o; j++)
            e->y[pixel * o + j] +=
                (double)e->io->x[from * c + i] * (double)e->io->weights[0][(tap * c + i) * o + j];
}

static void add_backward(void *context, uint64_t pixel, uint64_t from, uint64_t tap)
{
    const exact *e = context;
    const uint64_t c = e->channels, o = e->filters;
    for (uint64_t j = 0; j < o; j++) {
        const double dy = e->io->y[pixel * o + j] > 0 ? (double)e->io->dy[pixel * o + j] : 0;
        for (uint64_t i = 0; i < c; i++) {
            e->dkernel[(tap * c + i) * o + j] += dy * (double)e->io->x[from * c + i];
            e->dx[from * c + i] += dy * (double)e->io->weights[0][(tap * c + i) * o + j];
        }
    }
}

static void measure_error(const cnn_layer *layer, const void *self, const cnn_layer_io *io,
                          const place *at)
{
    const uint64_t y = SHARD * cnn_shape_count(at->output), x = SHARD * cnn_shape_count(at->input),
                   kernel = cnn_shape_count(at->kernel), filters = at->output->dim[2];
    exact e = {io, at->input->dim[2], filters, sums(y), sums(x), sums(kernel)};
    layer->forward(self, io);
    memset(io->dweights[0], 0, kernel * sizeof(float));
    layer->backward(self, io);
    for (uint64_t i = 0; i < y; i++)
        e.y[i] = (double)io->weights[1][i % filters];
    for_each_tap(at, add_forward, &e);
    for (uint64_t i = 0; i < y; i++)
        e.y[i] = fmax(e.y[i], 0);
    for_each_tap(at, add_backward, &e);
    print_error("y", io->y, e.y, y);
    print_error("dx", io->dx, e.dx, x);
    print_error("dkernel", io->dweights[0], e.dkernel, kernel);
}

int main(int count, char **arg)
{
    if (count < 7 || count > 10)
        die("usage: bench_conv2d PLUGIN.so HEIGHT WIDTH CHANNELS FILTERS KERNEL [STRIDE [PADDING "
            "[ALGORITHM]]]");
    const cnn_layer *layer = open_plugin(arg[1]);
    void *self = make_self(layer, count, arg);
    const cnn_shape input = {
        3, {strtoull(arg[2], NULL, 10), strtoull(arg[3], NULL, 10), strtoull(arg[4], NULL, 10)}};
    cnn_layer_plan plan = {.struct_size = sizeof plan, .shard_samples = 16, .training = 1};
    cnn_error error;
    const cnn_operator relu = {.struct_size = sizeof relu, .id = CNN_OPERATOR_RELU};
    layer->absorb(self, &relu);
    if (layer->init(self, &error) || layer->plan(self, &input, &plan, &error))
        die(error.text);
    const uint64_t in = cnn_shape_count(&input), out = cnn_shape_count(&plan.output);
    const cnn_shape *kernel = &plan.weights[0].shape;
    const uint64_t taps = cnn_shape_count(kernel), filters = plan.output.dim[2];
    const uint64_t fans = plan.weights[0].fan_in + plan.weights[0].fan_out;
    const double glorot = sqrt(6.0 / (double)fans);
    const float *const weights[] = {tensor(taps, -glorot, glorot, false),
                                    tensor(filters, -0.1, 0.1, false)};
    float *const dweights[] = {tensor(taps, 0, 0, false), tensor(filters, 0, 0, false)};
    cnn_layer_io io = {.struct_size = sizeof io,
                       .samples = SHARD,
                       .training = 1,
                       .weights = weights,
                       .x = tensor(SHARD * in, -1, 1, true),
                       .y = tensor(SHARD * out, 0, 0, false),
                       .dy = tensor(SHARD * out, -0.5, 0.5, false),
                       .saved = tensor(SHARD * plan.saved_bytes / sizeof(float), 0, 0, false),
                       .scratch = tensor(plan.scratch_bytes / sizeof(float), 0, 0, false),
                       .dweights = dweights};
    if (plan.prepared_bytes) {
        void *prepared = tensor(plan.prepared_bytes / sizeof(float), 0, 0, false);
        layer->prepare(self, &(cnn_layer_prepare){sizeof(cnn_layer_prepare), 1, weights, prepared});
        io.prepared = prepared;
    }
    printf("scratch %.2f MB\n", 1e-6 * (double)plan.scratch_bytes);
    measure("forward", plan.flops, layer->forward, self, &io);
    measure("backward, weights", plan.flops, layer->backward, self, &io);
    io.dx = tensor(SHARD * in, 0, 0, false);
    measure("backward, weights and input", 2 * plan.flops, layer->backward, self, &io);
    const uint64_t stride = count > 7 ? strtoull(arg[7], NULL, 10) : 1;
    const bool same = count > 8 && strcmp(arg[8], "same") == 0;
    const uint64_t rows = (plan.output.dim[0] - 1) * stride + kernel->dim[0] - input.dim[0],
                   columns = (plan.output.dim[1] - 1) * stride + kernel->dim[1] - input.dim[1];
    const place at = {
        &input, kernel, &plan.output, stride, same ? rows / 2 : 0, same ? columns / 2 : 0};
    measure_error(layer, self, &io, &at);
    return 0;
}
