/* batch_normalization.c - normalizes each channel (last axis) by mean and variance of the batch
 * (Ioffe and Szegedy, 2015).
 *
 *   y = gamma * (x - mean) / sqrt(variance + epsilon) + beta
 *
 * In training, mean and variance are of all N values that a channel has in the batch, and the
 * gradient goes through them:
 *
 *   h = (x - mean) / sqrt(variance + epsilon),  d beta = sum of dy,  d gamma = sum of dy * h,
 *   dx = gamma / sqrt(variance + epsilon) * (dy - d beta / N - h * d gamma / N)
 *
 * In evaluation, and with `trainable: false`, moving_mean and moving_variance are used. After each
 * step of training,
 *
 *   moving = momentum * moving + (1 - momentum) * that of the batch
 *
 * where the variance is divided by N (biased, Keras's) or by N - 1 (unbiased, PyTorch's); for N = 1
 * it stays. Defaults are Keras's. PyTorch's are {momentum: 0.9, epsilon: 1e-5, running_variance:
 * unbiased}; its momentum is 1 minus this one.
 *
 * A shard's mean m and its sum of squares around m are computed around its first pixel, so that
 * nothing cancels; the sums over the shards are of n * m, of the squares, and of n * m * m, in
 * double. Float arithmetic takes the mean away in two parts, so that a mean of 1e4 beside a
 * deviation of 1 costs no digits. */
/* isa: avx2 avx512 */
#include <cnnrun/layer.h>
#include <kernels/vector.h>
#include <math.h>

enum { BIASED, UNBIASED };

typedef struct batch_normalization {
    double momentum, epsilon;
    int32_t center, scale, running_variance;
    int32_t frozen; /* its weights are not trained: works as in evaluation */
    uint64_t pixels, channels;
    uint64_t gamma, beta, mean, variance; /* places in the plan's weights */
} batch_normalization;

static const char *const variances[] = {"biased", "unbiased", NULL};

static const cnn_param params[] = {
    CNN_PARAM(
        batch_normalization, momentum, CNN_REAL, "0.99", 0, 1, 0,
        "What stays of the moving mean and variance at each step; PyTorch's is 1 minus this."),
    CNN_PARAM(batch_normalization, epsilon, CNN_REAL, "0.001", 0, 1, CNN_ABOVE_MIN,
              "Added to the variance."),
    CNN_PARAM(batch_normalization, center, CNN_BOOL, "true", 0, 1, 0, "Whether beta is added."),
    CNN_PARAM(batch_normalization, scale, CNN_BOOL, "true", 0, 1, 0,
              "Whether gamma is multiplied with."),
    CNN_PARAM_CHOICE(batch_normalization, running_variance, "biased", variances,
                     "The moving variance is that of the N values of a batch (biased, as Keras), "
                     "or N / (N - 1) times that (unbiased, as PyTorch)."),
    CNN_PARAM_END,
};

/* What a call makes of the weights and totals: rows of one number for each channel. */
typedef struct rows {
    float *high, *low; /* the mean, as a sum of two */
    float *factor;     /* 1 / sqrt(variance + epsilon) */
    float *gain, *beta;
    float *share, *slope; /* backward: d beta / N, d gamma / N */
} rows;
#define ROWS 7u

static uint64_t add_weight(cnn_layer_plan *plan, const char *name, const char *initializer,
                           uint64_t channels, uint64_t role)
{
    plan->weights[plan->weight_count] =
        (cnn_weight){name, initializer, {1, {channels}}, channels, channels, role};
    return plan->weight_count++;
}

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    batch_normalization *b = self;
    (void)error;
    b->channels = input->dim[input->rank - 1];
    b->pixels = cnn_shape_count(input) / b->channels;
    b->frozen = !plan->trained;
    if (b->scale)
        b->gamma = add_weight(plan, "gamma", "ones", b->channels, CNN_ROLE_OTHER);
    if (b->center)
        b->beta = add_weight(plan, "beta", "zeros", b->channels, CNN_ROLE_BIAS);
    b->mean = add_weight(plan, "moving_mean", "zeros", b->channels, CNN_ROLE_MOVING);
    b->variance = add_weight(plan, "moving_variance", "ones", b->channels, CNN_ROLE_MOVING);
    plan->output = *input;
    plan->flags = CNN_IN_PLACE | (b->frozen ? 0 : CNN_USES_INPUT);
    plan->measures = b->frozen ? 0 : 3 * b->channels;
    plan->measures_backward = b->frozen ? 0 : 2 * b->channels;
    plan->scratch_bytes = ROWS * b->channels * sizeof(float);
    plan->flops = 4 * (double)cnn_shape_count(input);
    return 0;
}

/* Of channel c of the batch; totals as measure gave them. */
static double mean_of(const double *totals, uint64_t c, double count)
{
    return totals[c] / count;
}

static double variance_of(const batch_normalization *b, const double *totals, uint64_t c,
                          double count)
{
    const double *squares = totals + b->channels, *means = squares + b->channels;
    const double variance =
        (squares[c] + (means[c] - totals[c] * mean_of(totals, c, count))) / count;
    return variance < 0 ? 0 : variance;
}

static double batch_count(const batch_normalization *b, uint64_t samples)
{
    return (double)samples * (double)b->pixels;
}

static rows make_rows(const batch_normalization *b, const cnn_layer_io *io)
{
    float *at = io->scratch;
    rows r;
    float **const all[ROWS] = {&r.high, &r.low, &r.factor, &r.gain, &r.beta, &r.share, &r.slope};
    const double count = batch_count(b, io->batch_samples);
    for (uint64_t i = 0; i < ROWS; i++, at += b->channels)
        *all[i] = at;
    for (uint64_t c = 0; c < b->channels; c++) {
        const double mean =
            io->totals ? mean_of(io->totals, c, count) : (double)io->weights[b->mean][c];
        const double variance =
            io->totals ? variance_of(b, io->totals, c, count) : (double)io->weights[b->variance][c];
        const double factor = 1 / sqrt(variance + b->epsilon);
        r.high[c] = (float)mean;
        r.low[c] = (float)(mean - (double)r.high[c]);
        r.factor[c] = (float)factor;
        r.gain[c] = (float)(factor * (b->scale ? (double)io->weights[b->gamma][c] : 1));
        r.beta[c] = b->center ? io->weights[b->beta][c] : 0;
        if (!io->totals_backward)
            continue;
        r.share[c] = (float)(io->totals_backward[c] / count);
        r.slope[c] = (float)(io->totals_backward[b->channels + c] / count);
    }
    return r;
}

static void measure(const void *self, const cnn_layer_io *io)
{
    const batch_normalization *b = self;
    const uint64_t channels = b->channels, pixels = io->samples * b->pixels;
    const double count = (double)pixels;
    double *sum = io->measured, *squares = sum + channels, *means = squares + channels;
    const float *first = io->x;
    for (uint64_t c = 0; c < channels; c++)
        sum[c] = squares[c] = 0;
    for (uint64_t p = 1; p < pixels; p++) {
        const float *x = io->x + p * channels;
        VEC_INDEPENDENT
        for (uint64_t c = 0; c < channels; c++) {
            const double d = (double)x[c] - (double)first[c];
            sum[c] += d;
            squares[c] += d * d;
        }
    }
    for (uint64_t c = 0; c < channels; c++) {
        const double mean = (double)first[c] + sum[c] / count;
        squares[c] -= sum[c] * (sum[c] / count);
        sum[c] = count * mean;
        means[c] = sum[c] * mean;
    }
}

static void forward(const void *self, const cnn_layer_io *io)
{
    const batch_normalization *b = self;
    const uint64_t channels = b->channels;
    const rows r = make_rows(b, io);
    for (uint64_t p = 0; p < io->samples * b->pixels; p++) {
        const float *x = io->x + p * channels;
        float *y = io->y + p * channels;
        VEC_INDEPENDENT
        for (uint64_t c = 0; c < channels; c++)
            y[c] = ((x[c] - r.high[c]) - r.low[c]) * r.gain[c] + r.beta[c];
    }
}

static void measure_backward(const void *self, const cnn_layer_io *io)
{
    const batch_normalization *b = self;
    const uint64_t channels = b->channels;
    const rows r = make_rows(b, io);
    double *dbeta = io->measured, *dgamma = dbeta + channels;
    for (uint64_t c = 0; c < channels; c++)
        dbeta[c] = dgamma[c] = 0;
    for (uint64_t p = 0; p < io->samples * b->pixels; p++) {
        const float *x = io->x + p * channels, *dy = io->dy + p * channels;
        VEC_INDEPENDENT
        for (uint64_t c = 0; c < channels; c++) {
            const float h = ((x[c] - r.high[c]) - r.low[c]) * r.factor[c];
            dbeta[c] += (double)dy[c];
            dgamma[c] += (double)dy[c] * (double)h;
        }
    }
    for (uint64_t c = 0; io->dweights && c < channels; c++) {
        if (b->scale)
            io->dweights[b->gamma][c] += (float)dgamma[c];
        if (b->center)
            io->dweights[b->beta][c] += (float)dbeta[c];
    }
}

static void backward(const void *self, const cnn_layer_io *io)
{
    const batch_normalization *b = self;
    const uint64_t channels = b->channels;
    const rows r = make_rows(b, io);
    for (uint64_t p = 0; io->dx && p < io->samples * b->pixels; p++) {
        const float *dy = io->dy + p * channels;
        float *dx = io->dx + p * channels;
        if (b->frozen) {
            VEC_INDEPENDENT
            for (uint64_t c = 0; c < channels; c++)
                dx[c] = dy[c] * r.gain[c];
            continue;
        }
        const float *x = io->x + p * channels;
        VEC_INDEPENDENT
        for (uint64_t c = 0; c < channels; c++) {
            const float h = ((x[c] - r.high[c]) - r.low[c]) * r.factor[c];
            dx[c] = ((dy[c] - r.share[c]) - h * r.slope[c]) * r.gain[c];
        }
    }
}

static void update(const void *self, const cnn_layer_update *io)
{
    const batch_normalization *b = self;
    const double count = batch_count(b, io->samples), kept = b->momentum;
    float *mean = io->moving[b->mean], *variance = io->moving[b->variance];
    const double factor = b->running_variance == UNBIASED ? count / (count - 1) : 1;
    for (uint64_t c = 0; c < b->channels; c++) {
        mean[c] = (float)(kept * (double)mean[c] + (1 - kept) * mean_of(io->totals, c, count));
        if (count > 1)
            variance[c] = (float)(kept * (double)variance[c] +
                                  (1 - kept) * factor * variance_of(b, io->totals, c, count));
    }
}

static void equals(const void *self, cnn_operator *out)
{
    const batch_normalization *b = self;
    if (b->scale && b->center) {
        out->id = CNN_OPERATOR_BATCH_NORMALIZATION;
        out->number = b->epsilon;
    }
}

CNN_LAYER("batch_normalization", "normalizes each channel by mean and variance of the batch",
          .doc = "y = gamma * (x - mean) / sqrt(variance + epsilon) + beta for each channel (last "
                 "axis). Mean and variance are those of the whole batch in training, and moving "
                 "ones in evaluation and with trainable: false. Defaults are Keras's; PyTorch's "
                 "are {momentum: 0.9, epsilon: 1e-5, running_variance: unbiased}.",
          .params = params, .self_size = sizeof(batch_normalization), .plan = plan,
          .equals = equals, .measure = measure, .forward = forward,
          .measure_backward = measure_backward, .backward = backward, .update = update)
