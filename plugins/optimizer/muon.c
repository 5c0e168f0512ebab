/* muon.c - Jordan et al. 2024, "Muon": momentum whose matrices are made nearly orthogonal.
 *
 *     m <- momentum m + (1 - momentum) g;   u = (1 - momentum) g + momentum m
 *     X = u / |u|; five times: A = X X', X <- 3.4445 X + (-4.7750 A + 2.0315 A A) X
 *     w <- w - lr sqrt(max(1, columns / rows)) X
 * Tensors that are no matrix take w <- w - lr m. Kernels are (inputs, outputs) here. */
/* isa: avx2 avx512 */
#include <cnnrun/optimizer.h>
#include <math.h>
#include <string.h>

struct muon {
    double learning_rate, momentum;
};

static const cnn_param params[] = {
    CNN_PARAM(struct muon, learning_rate, CNN_REAL, "0.02", 0, INFINITY, 0,
              "the schedule's base; Jordan's default. Keras has 0.001"),
    CNN_PARAM(struct muon, momentum, CNN_REAL, "0.95", 0, 1, CNN_BELOW_MAX,
              "part of the mean gradient that each step keeps"),
    CNN_PARAM_END,
};

/* The rows of X, whose columns are the matrix's longer side. */
static uint64_t short_side(const cnn_shape *s)
{
    return s->dim[0] < s->dim[1] ? s->dim[0] : s->dim[1];
}

static int plan(void *self, cnn_optimizer_plan *plan, cnn_error *error)
{
    (void)self, (void)error;
    plan->form = CNN_FORM_TENSOR;
    plan->scratch_bytes = 4 * plan->tensor_most * sizeof(float); /* X, the next X, A, the sum */
    return 0;
}

static uint64_t slots(const void *self, cnn_slot slots[CNN_MAX_SLOTS])
{
    (void)self;
    slots[0] = (cnn_slot){.name = "momentum"};
    return 1;
}

/* c (n, p) = alpha a b + beta d, with a (n, m) and b (m, p). */
static void multiply(float *c, float alpha, const float *a, const float *b, float beta,
                     const float *d, uint64_t n, uint64_t m, uint64_t p)
{
    for (uint64_t i = 0; i < n; i++) {
        for (uint64_t j = 0; j < p; j++)
            c[i * p + j] = beta * d[i * p + j];
        for (uint64_t k = 0; k < m; k++)
            for (uint64_t j = 0; j < p; j++)
                c[i * p + j] += alpha * a[i * m + k] * b[k * p + j];
    }
}

static void make_orthogonal(float *x, uint64_t a, uint64_t b)
{
    float *next = x + a * b, *gram = next + a * b, *sum = gram + a * a;
    for (int round = 0; round < 5; round++) {
        for (uint64_t i = 0; i < a * a; i++) {
            double dot = 0;
            for (uint64_t k = 0; k < b; k++)
                dot += (double)x[i / a * b + k] * (double)x[i % a * b + k];
            gram[i] = (float)dot;
        }
        multiply(sum, 2.0315f, gram, gram, -4.7750f, gram, a, a, a);
        multiply(next, 1, sum, x, 3.4445f, x, a, a, b);
        memcpy(x, next, a * b * sizeof *x);
    }
}

static void step(const void *self, const cnn_optimizer_step *io)
{
    const cnn_shape *s = &io->tensor->shape;
    const float keep = (float)((const struct muon *)self)->momentum;
    const uint64_t rows = s->dim[0], columns = s->rank == 2 ? s->dim[1] : 1, a = short_side(s);
    const uint64_t down = rows == a ? columns : 1, right = rows == a ? 1 : rows; /* in X */
    float *m = io->state[0], *x = io->scratch;
    double squares = 0, rate = io->learning_rate;
    for (uint64_t i = 0; i < io->count; i++) {
        m[i] = keep * m[i] + (1 - keep) * io->gradient[i];
        const float u = (1 - keep) * io->gradient[i] + keep * m[i];
        if (s->rank == 2)
            x[i / columns * down + i % columns * right] = u;
        else
            io->weight[i] -= (float)rate * m[i];
        squares += (double)u * (double)u;
    }
    if (s->rank != 2)
        return;
    for (uint64_t i = 0; i < io->count; i++)
        x[i] /= (float)(sqrt(squares) + 1e-7);
    make_orthogonal(x, a, io->count / a);
    rate *= sqrt(fmax(1, (double)columns / (double)rows));
    for (uint64_t i = 0; i < io->count; i++)
        io->weight[i] -= (float)rate * x[i / columns * down + i % columns * right];
}

CNN_OPTIMIZER(
    "muon", "momentum, its matrices made nearly orthogonal",
    .doc = "m <- momentum m + (1 - momentum) g; u = (1 - momentum) g + momentum m. A "
           "matrix u is divided by its length, and five "
           "rounds of X <- 3.4445 X + (-4.7750 A + 2.0315 A A) X, A = X X', bring its "
           "singular values near 1: all directions of "
           "the matrix move alike. Then w <- w - lr sqrt(max(1, columns / rows)) X. All "
           "other tensors, such as biases and the "
           "kernels of convolutions, take w <- w - lr m. A step takes about 10 times the "
           "products of a matrix with its transpose, "
           "on one thread: for dense layers of up to a few hundred units.\n"
           "From Jordan et al. 2024, Muon. Keras: Muon, which takes "
           "adam for tensors that are no matrix. PyTorch: Muon, which takes matrices only. Rates "
           "differ by the factor that each puts before X.",
    .params = params, .self_size = sizeof(struct muon), .plan = plan, .slots = slots, .step = step)
