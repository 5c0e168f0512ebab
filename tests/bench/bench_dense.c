/* bench_dense.c - one thread's time in dense, max_pooling2d and dropout, at the sizes of
 * pipelines/mnist.yaml.
 *
 *   bench_dense [baseline | avx2 | avx512]
 *
 * A batch of 128 in shards of 16. Each figure is the best of several runs, in milliseconds a batch.
 */
#include "../unit/layer_harness.h"

#include <time.h>

#define BATCH 128u
#define SHARD 16u
#define REPEATS 20

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

typedef enum pass { FORWARD, BACKWARD, WEIGHTS } pass;

/* Shard s through one pass. As in the engine, only a layer with a second phase has memory for the
 * whole batch; for the others all shards go through the same, which stays in the cache. */
static void run_shard(const unit_layer *l, unit_run *r, size_t s, pass p)
{
    const size_t first = l->plan.parts ? s * SHARD : 0;
    cnn_layer_io io = run_io(r);
    io.samples = SHARD;
    io.x = r->x + first * l->in;
    io.y = r->y + first * l->out;
    io.dy = r->dy + first * l->out;
    io.dx = r->dx + first * l->in;
    io.random = r->random + s * SHARD;
    (p == FORWARD ? l->layer->forward : l->layer->backward)(l->self, &io);
}

static void run_pass(const unit_layer *l, unit_run *r, pass p)
{
    for (size_t s = 0; p != WEIGHTS && s < BATCH / SHARD; s++)
        run_shard(l, r, s, p);
    for (uint64_t part = 0; p == WEIGHTS && part < l->plan.parts; part++)
        run_part(l, r, part);
}

static double measure(const unit_layer *l, unit_run *batch, pass p)
{
    double best = INFINITY;
    for (int i = 0; i < REPEATS; i++) {
        const double start = now();
        run_pass(l, batch, p);
        best = fmin(best, now() - start);
    }
    return best;
}

static void bench(const char *name, const char *isa, const char *given, cnn_shape input)
{
    static const char *const passes[] = {"forward", "backward", "weights"};
    unit_layer l = layer_open(name, isa, given, input, NULL);
    unit_run r = run_new(&l, BATCH);
    for (pass p = FORWARD; p <= WEIGHTS; p++) {
        if (p == WEIGHTS && l.plan.parts == 0)
            continue;
        const double ms = measure(&l, &r, p);
        printf("%-14s %-10s %-9s %8.3f ms", name, given, passes[p], ms);
        if (l.plan.weight_count)
            printf(" %7.1f GFLOP/s", l.plan.flops * BATCH / ms * 1e-6);
        printf("\n");
    }
    guards_release();
    layer_close(&l);
}

int main(int argc, char **argv)
{
    char isa[16] = "";
    if (argc > 1 && strcmp(argv[1], "baseline") != 0)
        snprintf(isa, sizeof isa, ".%s", argv[1]);
    if (!harness_has("dense", isa)) {
        fprintf(stderr, "bench_dense: this processor or build has no %s\n",
                argc > 1 ? argv[1] : "baseline");
        return 2;
    }
    bench("dense", isa, "units=128", (cnn_shape){1, {9216}});
    bench("dense", isa, "units=10", (cnn_shape){1, {128}});
    bench("max_pooling2d", isa, "", (cnn_shape){3, {24, 24, 64}});
    bench("dropout", isa, "rate=0.25", (cnn_shape){3, {12, 12, 64}});
    return 0;
}
