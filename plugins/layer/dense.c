/* dense.c - fully connected layer: y = x w + b; kernel (in, units).
 *
 * The kernel is large and a shard's samples are few, so each pass reads the kernel once: forward
 * takes GEMM_GROUP samples through a block of its rows while that block is in the cache; backward
 * keeps GEMM_GROUP samples side by side in vectors and multiplies them with the kernel's numbers in
 * the order in which they lie in memory. The kernel's gradient is a second phase over the batch,
 * cut over the kernel's rows. */
/* isa: avx2 avx512 */
#include <cnnrun/layer.h>
#include <kernels/gemm.h>

/* Rows of packed inputs: a group's samples, and up to the tile's end. Their distance is no power of
 * two. */
#define LINE 16u /* floats of a cache line */
#define GROUP_ROWS ((GEMM_GROUP + GEMM_ROWS - 1) / GEMM_ROWS * GEMM_ROWS)
#define GROUP_STRIDE (GEMM_DEPTH + 16)
/* Rows of the kernel's gradient whose inputs are packed together. */
#define CHUNK (8 * GEMM_ROWS)
#define MAX_PARTS 32u

typedef struct dense {
    int64_t units;
    int32_t use_bias;
    int32_t relu; /* absorbed: y = max(x w + b, 0) */
    uint64_t in, out;
} dense;

static const cnn_param params[] = {
    CNN_PARAM(dense, units, CNN_INTEGER, NULL, 1, 1 << 24, 0, "Number of outputs."),
    CNN_PARAM_BOOL(dense, use_bias, "true", "Whether a bias is added to each output."),
    CNN_PARAM_END,
};

static void equals(const void *self, cnn_operator *out)
{
    (void)self;
    out->id = CNN_OPERATOR_DENSE;
}

static int absorb(void *self, const cnn_operator *next)
{
    dense *d = self;
    if (next->id != CNN_OPERATOR_RELU)
        return 0;
    d->relu = 1;
    return 1;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t round_up(size_t n, size_t unit)
{
    return (n + unit - 1) / unit * unit;
}

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    dense *d = self;
    if (input->rank != 1)
        return cnn_fail(error,
                        "the input has %llu dimensions; dense takes 1, so put a flatten before it",
                        (unsigned long long)input->rank);
    d->in = input->dim[0];
    d->out = (uint64_t)d->units;
    plan->output = (cnn_shape){1, {d->out}};
    plan->flags = CNN_USES_INPUT | (d->relu ? CNN_USES_OUTPUT : 0);
    plan->weight_count = d->use_bias ? 2 : 1;
    plan->weights[0] = (cnn_weight){.name = "kernel",
                                    .initializer = "glorot_uniform",
                                    .shape = {2, {d->in, d->out}},
                                    .fan_in = d->in,
                                    .fan_out = d->out,
                                    .role = CNN_ROLE_KERNEL};
    plan->weights[1] = (cnn_weight){.name = "bias",
                                    .initializer = "zeros",
                                    .shape = {1, {d->out}},
                                    .fan_in = d->in,
                                    .fan_out = d->out,
                                    .role = CNN_ROLE_BIAS};
    /* In backward: a group's dy and four rows of the kernel. */
    plan->scratch_bytes = round_up(d->out, GEMM_QUAD) * (GEMM_GROUP + GEMM_QUAD) * sizeof(float);
    plan->parts = smaller(round_up(d->in, GEMM_ROWS) / GEMM_ROWS, MAX_PARTS);
    plan->flops = 2 * (double)d->in * (double)d->out;
    return 0;
}

/* Asks for what is packed next: runs of `width` floats, one a row, too short for the processor to
 * foresee. */
static void fetch(const float *from, size_t rows, size_t row, size_t width)
{
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < width; i += LINE)
            __builtin_prefetch(from + r * row + i);
}

/* ---- forward -------------------------------------------------------------------------------- */

static void forward_group(const dense *d, const float *w, const float *b, const float *x, float *y,
                          size_t samples)
{
    float packed[GROUP_ROWS * GROUP_STRIDE];
    for (size_t s = 0; s < samples; s++) {
        if (b)
            memcpy(y + s * d->out, b, d->out * sizeof(float));
        else
            memset(y + s * d->out, 0, d->out * sizeof(float));
    }
    memset(packed, 0, sizeof packed);
    for (size_t i = 0; i < d->in; i += GEMM_DEPTH) {
        const size_t depth = smaller(d->in - i, GEMM_DEPTH);
        for (size_t s = 0; s < samples; s++)
            memcpy(packed + s * GROUP_STRIDE, x + s * d->in + i, depth * sizeof(float));
        fetch(x + i + depth, samples, d->in, smaller(d->in - i - depth, GEMM_DEPTH));
        gemm_block(packed, GROUP_STRIDE, 1, w + i * d->out, d->out, y, d->out, samples, d->out,
                   depth, 1);
    }
    if (d->relu)
        for (size_t i = 0; i < samples * d->out; i++)
            y[i] = y[i] < 0 ? 0 : y[i];
}

static void forward(const void *self, const cnn_layer_io *io)
{
    const dense *d = self;
    const float *b = d->use_bias ? io->weights[1] : NULL;
    for (size_t s = 0; s < io->samples; s += GEMM_GROUP)
        forward_group(d, io->weights[0], b, io->x + s * d->in, io->y + s * d->out,
                      smaller(io->samples - s, GEMM_GROUP));
}

/* ---- backward ------------------------------------------------------------------------------- */

/* dy of a group as gemm_dots wants it; what no sample or output fills is zero. */
static void pack_quads(float *quads, const float *dy, size_t out, size_t samples)
{
    if (samples < GEMM_GROUP || out % GEMM_QUAD)
        memset(quads, 0, round_up(out, GEMM_QUAD) * GEMM_GROUP * sizeof(float));
    for (size_t s = 0; s < samples; s++, dy += out) {
        size_t o = 0;
        for (; o + GEMM_QUAD <= out; o += GEMM_QUAD)
            memcpy(quads + o * GEMM_GROUP + s * GEMM_QUAD, dy + o, GEMM_QUAD * sizeof(float));
        memcpy(quads + o * GEMM_GROUP + s * GEMM_QUAD, dy + o, (out - o) * sizeof(float));
    }
}

/* Four rows of the kernel, or the `rows` that there are, padded to what gemm_dots reads. */
static void pack_rows(float *padded, const float *w, size_t rows, size_t out)
{
    const size_t row = round_up(out, GEMM_QUAD);
    memset(padded, 0, GEMM_QUAD * row * sizeof(float));
    for (size_t r = 0; r < rows; r++)
        memcpy(padded + r * row, w + r * out, out * sizeof(float));
}

/* dx of a group for the inputs [i, i + GEMM_QUAD), or those that there are, into columns of block.
 */
static void backward_quad(const dense *d, const float *w, const float *quads, float *padded,
                          size_t i, float (*block)[LINE])
{
    const size_t depth = round_up(d->out, GEMM_QUAD), rows_left = smaller(d->in - i, GEMM_QUAD);
    const float *rows = w + i * d->out;
    if (rows_left < GEMM_QUAD || depth > d->out) {
        pack_rows(padded, rows, rows_left, d->out);
        rows = padded;
    }
    for (size_t s = 0; s < GEMM_GROUP; s += GEMM_DOT_ROWS) {
        float part[GEMM_DOT_ROWS][GEMM_QUAD];
        gemm_dots(part, quads + s * GEMM_QUAD, rows, depth, depth);
        for (size_t k = 0; k < GEMM_DOT_ROWS; k++)
            memcpy(block[s + k] + i % LINE, part[k], sizeof part[k]);
    }
}

/* dx of a group. `padded` is room for four rows of the kernel. Whole cache lines are written at a
 * time: rows of dx are often a multiple of 4096 bytes apart and would drive each other out of the
 * first cache. */
static void backward_group(const dense *d, const float *w, const float *quads, float *padded,
                           float *dx, size_t samples)
{
    float block[GEMM_GROUP][LINE];
    for (size_t i = 0; i < d->in; i += LINE) {
        const size_t width = smaller(d->in - i, LINE);
        for (size_t q = 0; q < width; q += GEMM_QUAD)
            backward_quad(d, w, quads, padded, i + q, block);
        for (size_t s = 0; s < samples; s++)
            memcpy(dx + s * d->in + i, block[s], width * sizeof(float));
    }
}

static void backward(const void *self, const cnn_layer_io *io)
{
    const dense *d = self;
    float *quads = io->scratch, *padded = quads + round_up(d->out, GEMM_QUAD) * GEMM_GROUP;
    if (d->relu)
        for (size_t i = 0; i < io->samples * d->out; i++)
            io->dy[i] = vec_pick(io->y[i] > 0, io->dy[i], 0);
    if (!io->dx)
        return;
    for (size_t s = 0; s < io->samples; s += GEMM_GROUP) {
        const size_t samples = smaller(io->samples - s, GEMM_GROUP);
        pack_quads(quads, io->dy + s * d->out, d->out, samples);
        backward_group(d, io->weights[0], quads, padded, io->dx + s * d->in, samples);
    }
}

/* ---- second phase --------------------------------------------------------------------------- */

/* dw of the kernel's rows [first, first + rows), rows at most CHUNK. */
static void kernel_rows(const dense *d, const cnn_layer_batch *io, size_t first, size_t rows)
{
    float packed[GEMM_DEPTH * CHUNK];
    memset(packed, 0, sizeof packed);
    for (size_t s = 0; s < io->samples; s += GEMM_DEPTH) {
        const size_t depth = smaller(io->samples - s, GEMM_DEPTH);
        for (size_t k = 0; k < depth; k++)
            memcpy(packed + k * CHUNK, io->x + (s + k) * d->in + first, rows * sizeof(float));
        fetch(io->x + s * d->in + first + rows, depth, d->in, smaller(d->in - first - rows, CHUNK));
        gemm_block(packed, 1, CHUNK, io->dy + s * d->out, d->out, io->dweights[0] + first * d->out,
                   d->out, rows, d->out, depth, s > 0);
    }
}

static void bias_gradient(const dense *d, const cnn_layer_batch *io)
{
    float *db = io->dweights[1];
    memset(db, 0, d->out * sizeof(float));
    for (size_t s = 0; s < io->samples; s++)
        for (size_t o = 0; o < d->out; o++)
            db[o] += io->dy[s * d->out + o];
}

static void weight_gradient(const void *self, const cnn_layer_batch *io)
{
    const dense *d = self;
    const size_t tiles = round_up(d->in, GEMM_ROWS) / GEMM_ROWS;
    const size_t first = tiles * io->part / io->parts * GEMM_ROWS;
    const size_t end = smaller(tiles * (io->part + 1) / io->parts * GEMM_ROWS, d->in);
    for (size_t i = first; i < end; i += CHUNK)
        kernel_rows(d, io, i, smaller(end - i, CHUNK));
    if (io->part == 0 && d->use_bias)
        bias_gradient(d, io);
}

CNN_LAYER(
    "dense", "every output is a weighted sum of all inputs",
    .doc =
        "y = x w + b, with a kernel w of shape (in, units). Takes one row of numbers a sample: an "
        "image goes through flatten first. The default initializer is Keras's glorot_uniform; "
        "PyTorch's Linear draws kernel and bias from U(-1/sqrt(in), 1/sqrt(in)).",
    .params = params, .self_size = sizeof(dense), .plan = plan, .forward = forward,
    .backward = backward, .weight_gradient = weight_gradient, .equals = equals, .absorb = absorb)
