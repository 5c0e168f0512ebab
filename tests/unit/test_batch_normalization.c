/* test_batch_normalization.c - statistics of the whole batch, against PyTorch and Keras's formula.
 */
#include "layer_harness.h"
#include "run_watch.h"

enum { PIXELS = 6, CHANNELS = 4, STEPS = 10, SHARD = 16, MOST = 130 };

/* What the last of ten steps with batches of n samples gives; see the script. */
struct normalized {
    int n;
    double y[PIXELS * CHANNELS], dx[PIXELS * CHANNELS], dgamma[CHANNELS], dbeta[CHANNELS],
        mean[CHANNELS], variance[CHANNELS];
};
#include "../golden/batch_normalization.h"

static double number(int i, int salt)
{
    return (double)((i * 7919LL + salt * 104729LL) % 2003 - 1001) / 500;
}

/* A layer in training, with buffers for the largest batch. */
typedef struct state {
    unit_layer layer;
    float *weights[4]; /* gamma, beta, moving mean and variance */
    float x[MOST * PIXELS * CHANNELS], y[MOST * PIXELS * CHANNELS], dy[MOST * PIXELS * CHANNELS],
        dx[MOST * PIXELS * CHANNELS];
    float gradients[2][CHANNELS];
} state;

static state *state_new(const char *isa, const char *given, cnn_shape shape)
{
    state *s = calloc(1, sizeof *s);
    s->layer = layer_open("batch_normalization", isa, given, shape, NULL);
    ck_assert_uint_eq(s->layer.plan.weight_count, 4);
    for (size_t w = 0; w < 4; w++) {
        s->weights[w] = calloc(CHANNELS, sizeof(float));
        for (int c = 0; c < CHANNELS; c++)
            s->weights[w][c] = w == 0 ? 0.5F + (float)c : w == 1 ? (float)c - 1 : w == 3 ? 1 : 0;
    }
    return s;
}

static void state_free(state *s)
{
    for (size_t w = 0; w < 4; w++)
        free(s->weights[w]);
    layer_close(&s->layer);
    free(s);
}

typedef void callback(const void *self, const cnn_layer_io *io);

/* Calls `each` for the batch's shards; what they measure is added up into `sums`, unless it is
 * NULL. */
static void each_shard(state *s, callback *each, int n, cnn_layer_io io, double *sums, size_t count)
{
    float *dweights[4] = {s->gradients[0], s->gradients[1], NULL, NULL};
    const size_t size = s->layer.in;
    double measured[3 * CHANNELS];
    for (int first = 0; first < n; first += SHARD) {
        io.struct_size = sizeof io;
        io.samples = (uint64_t)(n - first < SHARD ? n - first : SHARD);
        io.batch_samples = (uint64_t)n;
        io.training = 1;
        io.weights = (const float *const *)s->weights;
        io.x = s->x + (size_t)first * size;
        io.y = s->y + (size_t)first * size;
        io.dy = s->dy + (size_t)first * size;
        io.dx = sums ? NULL : s->dx + (size_t)first * size;
        io.dweights = dweights;
        io.measured = sums ? measured : NULL;
        io.scratch = aligned_alloc(64, (s->layer.plan.scratch_bytes + 63) / 64 * 64);
        each(s->layer.self, &io);
        free(io.scratch);
        for (size_t i = 0; sums && i < count; i++)
            sums[i] += measured[i];
    }
}

static void train_step(state *s, int n)
{
    double totals[3 * CHANNELS] = {0}, back[2 * CHANNELS] = {0};
    const cnn_layer *layer = s->layer.layer;
    ck_assert_uint_eq(s->layer.plan.measures, 3 * CHANNELS);
    ck_assert_uint_eq(s->layer.plan.measures_backward, 2 * CHANNELS);
    memset(s->gradients, 0, sizeof s->gradients);
    each_shard(s, layer->measure, n, (cnn_layer_io){0}, totals, 3 * CHANNELS);
    each_shard(s, layer->forward, n, (cnn_layer_io){.totals = totals}, NULL, 0);
    each_shard(s, layer->measure_backward, n, (cnn_layer_io){.totals = totals}, back, 2 * CHANNELS);
    each_shard(s, layer->backward, n, (cnn_layer_io){.totals = totals, .totals_backward = back},
               NULL, 0);
    float *moving[4] = {NULL, NULL, s->weights[2], s->weights[3]};
    layer->update(s->layer.self,
                  &(cnn_layer_update){sizeof(cnn_layer_update), (uint64_t)n, totals, moving});
}

/* To 1e-5 of the largest. */
static void same(const char *what, int n, const double *expected, const float *seen, int count)
{
    double most = 1e-3;
    for (int i = 0; i < count; i++)
        most = fmax(most, fabs(expected[i]));
    for (int i = 0; i < count; i++)
        ck_assert_msg(fabs((double)seen[i] - expected[i]) <= 1e-5 * most,
                      "%s[%d] at batches of %d is %.9g, not %.9g", what, i, n, (double)seen[i],
                      expected[i]);
}

static void compare(const char *isa, const char *given, const struct normalized *e)
{
    state *s = state_new(isa, given, (cnn_shape){3, {2, 3, CHANNELS}});
    int n = e->n;
    for (int step = 0; step < STEPS; step++) {
        n = step == STEPS - 1 && e->n > 3 ? e->n - 3 : e->n;
        for (int i = 0; i < n * PIXELS * CHANNELS; i++) {
            s->x[i] = (float)(number(i, step) + 3 * (i % CHANNELS));
            s->dy[i] = (float)number(i, step + 50);
        }
        train_step(s, n);
    }
    const size_t last = (size_t)(n - 1) * PIXELS * CHANNELS;
    same("y", e->n, e->y, s->y + last, PIXELS * CHANNELS);
    same("dx", e->n, e->dx, s->dx + last, PIXELS * CHANNELS);
    same("d gamma", e->n, e->dgamma, s->gradients[0], CHANNELS);
    same("d beta", e->n, e->dbeta, s->gradients[1], CHANNELS);
    same("moving mean", e->n, e->mean, s->weights[2], CHANNELS);
    same("moving variance", e->n, e->variance, s->weights[3], CHANNELS);
    state_free(s);
}

START_TEST(ten_steps_are_pytorchs_and_kerass)
{
    for (size_t k = 0; k < HARNESS_ISAS; k++)
        for (size_t i = 0; i < sizeof keras / sizeof keras[0]; i++) {
            const char *isa = harness_isas[k];
            if (!harness_has("batch_normalization", isa))
                continue;
            compare(isa, "momentum=0.9 epsilon=1e-5 running_variance=unbiased", &pytorch[i]);
            compare(isa, "", &keras[i]);
        }
}
END_TEST

/* One value a channel: the variance is 0, so that y is beta, and the moving one stays. */
START_TEST(one_value_has_no_variance)
{
    state *s = state_new("", "running_variance=unbiased", (cnn_shape){3, {1, 1, CHANNELS}});
    for (int c = 0; c < CHANNELS; c++) {
        s->x[c] = 7;
        s->dy[c] = 1;
        s->weights[3][c] = 2;
    }
    train_step(s, 1);
    for (int c = 0; c < CHANNELS; c++) {
        ck_assert_double_eq((double)s->y[c], c - 1);
        ck_assert_double_eq((double)s->dx[c], 0);
        ck_assert_double_eq((double)s->weights[3][c], 2);
        ck_assert_double_eq_tol((double)s->weights[2][c], 0.07, 1e-6);
    }
    state_free(s);
}
END_TEST

/* A mean of 1e4 beside a deviation of 1 costs no digits. */
START_TEST(a_large_mean_costs_no_digits)
{
    state *s = state_new("", "epsilon=1e-9", (cnn_shape){3, {2, 3, CHANNELS}});
    const int n = 40;
    double squares = 0;
    for (int i = 0; i < n * PIXELS * CHANNELS; i++) {
        s->x[i] = 10000 + (i / CHANNELS % 2 ? 1.0F : -1.0F);
        s->dy[i] = 0;
    }
    train_step(s, n);
    for (int i = 0; i < n * PIXELS; i++) {
        const double y = (double)s->y[i * CHANNELS] + 1; /* gamma is 0.5, beta -1 */
        squares += y * y;
    }
    ck_assert_double_eq_tol(squares / (n * PIXELS), 0.25, 1e-6);
    state_free(s);
}
END_TEST

/* ---- in a network --------------------------------------------------------------------------- */

#define NORMALIZED "tests/pipelines/normalized.yaml"

START_TEST(learns_at_any_size_of_batch)
{
    static const int sizes[] = {1, 17, 65};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const char *run = run_train(run_text("of-%d", sizes[i]), NORMALIZED,
                                    run_text("--set train.batch_size=%d", sizes[i]));
        ck_assert_double_gt(run_number(run, "test_accuracy"), 0.5); /* chance: 0.1 */
    }
}
END_TEST

START_TEST(same_bits_for_any_threads_and_resumed_within_an_epoch)
{
    const char *run = run_train("run", NORMALIZED, "--epochs 2 --threads 1");
    for (int threads = 2; threads <= 4; threads++)
        run_same(run, run_train(run_text("by-%d", threads), NORMALIZED,
                                run_text("--epochs 2 --threads %d", threads)));
    const char *cut = run_train("cut", NORMALIZED, "--set train.epochs=null --set train.steps=13");
    run_exits(run_cnnrun(NORMALIZED " --resume --epochs 2 --out %s", cut), 0);
    ck_assert_str_eq(run_hash(run), run_hash(cut));
}
END_TEST

/* `trainable: false` is inference: moving statistics are used, and stay. */
START_TEST(not_trained_is_inference)
{
    state *s = calloc(1, sizeof *s);
    const cnn_shape shape = {3, {2, 3, CHANNELS}};
    s->layer = layer_open("batch_normalization", "", "", shape, NULL);
    s->layer.plan = (cnn_layer_plan){.struct_size = sizeof s->layer.plan, .shard_samples = SHARD};
    ck_assert_int_eq(s->layer.layer->plan(s->layer.self, &shape, &s->layer.plan, &s->layer.error),
                     0);
    ck_assert_uint_eq(s->layer.plan.measures, 0);
    ck_assert_uint_eq(s->layer.plan.measures_backward, 0);
    layer_close(&s->layer);
    free(s);
}
END_TEST

UNIT_MAIN("batch normalization", ten_steps_are_pytorchs_and_kerass, one_value_has_no_variance,
          a_large_mean_costs_no_digits, learns_at_any_size_of_batch,
          same_bits_for_any_threads_and_resumed_within_an_epoch, not_trained_is_inference)
