/* bench_conv2d.c - GFLOP/s of each pass of conv2d for one shape, on one thread, in shards of 16
 * images.
 *
 *   bench_conv2d PLUGIN.so HEIGHT WIDTH CHANNELS FILTERS KERNEL [STRIDE [same|valid [ALGORITHM]]]
 *
 * Counted as direct convolution, with bias and ReLU included and not counted; the median of
 * repeated runs. As in training, every shard uses the same memory, larger than a second-level
 * cache. */
#include <cnnrun/layer.h>

#include <dlfcn.h>
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

static float *tensor(uint64_t floats)
{
    static const cnn_random random = {1, 2};
    float *t = aligned_alloc(64, (floats * sizeof(float) + 63) / 64 * 64 + 64);
    if (!t)
        die("out of memory");
    for (uint64_t i = 0; i < floats; i++)
        t[i] = (float)(cnn_random_uniform(&random, i) - 0.5);
    return t;
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

int main(int count, char **arg)
{
    if (count < 7 || count > 10)
        die("usage: bench_conv2d PLUGIN.so HEIGHT WIDTH CHANNELS FILTERS KERNEL [STRIDE [PADDING "
            "[ALGORITHM]]]");
    const cnn_layer *layer = open_plugin(arg[1]);
    void *self = make_self(layer, count, arg);
    const cnn_shape input = {
        3, {strtoull(arg[2], NULL, 10), strtoull(arg[3], NULL, 10), strtoull(arg[4], NULL, 10)}};
    cnn_layer_plan plan = {.struct_size = sizeof plan};
    cnn_error error;
    layer->absorb(self, "relu");
    if (layer->init(self, &error) || layer->plan(self, &input, &plan, &error))
        die(error.text);
    const uint64_t in = cnn_shape_count(&input), out = cnn_shape_count(&plan.output);
    const uint64_t kernel = cnn_shape_count(&plan.weights[0].shape);
    const float *const weights[] = {tensor(kernel), tensor(plan.output.dim[2])};
    float *const dweights[] = {tensor(kernel), tensor(plan.output.dim[2])};
    cnn_layer_io io = {.struct_size = sizeof io,
                       .samples = SHARD,
                       .training = 1,
                       .weights = weights,
                       .x = tensor(SHARD * in),
                       .y = tensor(SHARD * out),
                       .dy = tensor(SHARD * out),
                       .scratch = tensor(plan.scratch_bytes / sizeof(float)),
                       .dweights = dweights};
    printf("scratch %.2f MB\n", 1e-6 * (double)plan.scratch_bytes);
    measure("forward", plan.flops, layer->forward, self, &io);
    measure("backward, weights", plan.flops, layer->backward, self, &io);
    io.dx = tensor(SHARD * in);
    measure("backward, weights and input", 2 * plan.flops, layer->backward, self, &io);
    return 0;
}
