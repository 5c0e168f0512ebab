/* dropout.c - sets a random part of the inputs to zero while training (Srivastava et al. 2014,
 * "Dropout: a simple way to prevent neural networks from overfitting").
 *
 * What is kept is scaled so that the mean stays; evaluation passes everything unchanged. An element
 * takes 16 random bits, so the rate counts in steps of 1/65536, and the scale is that of the rate
 * so rounded: the mean is exact for any rate. */
/* isa: avx2 avx512 */
#include <cnnrun/layer.h>
#include <kernels/vector.h>
#include <math.h>

typedef struct dropout {
    double rate;
    uint64_t count;
    uint32_t threshold; /* an element goes where its 16 bits are below; 0: none goes */
    float scale;
} dropout;

static const cnn_param params[] = {
    CNN_PARAM(dropout, rate, CNN_REAL, NULL, 0, 1, CNN_BELOW_MAX,
              "Part of the inputs that is set to zero, to a precision of 1/65536."),
    CNN_PARAM_END,
};

static int init(void *self, cnn_error *error)
{
    dropout *d = self;
    (void)error;
    d->threshold = (uint32_t)lround(d->rate * 65536);
    d->threshold = d->threshold > 65535 ? 65535 : d->threshold;
    d->scale = (float)(65536 / (65536 - (double)d->threshold));
    return 0;
}

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    dropout *d = self;
    (void)error;
    d->count = cnn_shape_count(input);
    plan->output = *input;
    plan->flags = CNN_IN_PLACE | CNN_ELEMENTWISE | (d->threshold ? CNN_RANDOM : 0);
    plan->saved_bytes = d->threshold ? d->count : 0; /* 1 where kept */
    return 0;
}

/* Blocks of the generator that are made together, in the lanes of vectors. Fixed, since it fixes
 * which bits belong to which element. A block gives 8 times 16 bits. */
#define LANES 16u
#define ELEMENTS (LANES * 8)

static void random_bits(const cnn_random *random, uint64_t first, uint16_t bits[ELEMENTS])
{
    uint32_t word[4][LANES];
    for (uint32_t i = 0; i < LANES; i++) {
        uint32_t w[4];
        cnn_random_block(random, first + i, w);
        word[0][i] = w[0];
        word[1][i] = w[1];
        word[2][i] = w[2];
        word[3][i] = w[3];
    }
    for (uint32_t k = 0; k < 4; k++)
        for (uint32_t i = 0; i < LANES; i++) {
            bits[2 * k * LANES + i] = (uint16_t)word[k][i];
            bits[(2 * k + 1) * LANES + i] = (uint16_t)(word[k][i] >> 16);
        }
}

static inline void drop(const uint16_t *bits, uint32_t threshold, float scale, const float *x,
                        float *y, uint8_t *kept, uint64_t count)
{
    VEC_INDEPENDENT
    for (uint64_t i = 0; i < count; i++) {
        const int keep = bits[i] >= threshold;
        y[i] = vec_pick(keep, x[i] * scale, 0);
        kept[i] = (uint8_t)keep;
    }
}

static void drop_sample(const dropout *d, const cnn_random *random, const float *x, float *y,
                        uint8_t *kept)
{
    for (uint64_t i = 0; i < d->count; i += ELEMENTS) {
        uint16_t bits[ELEMENTS];
        random_bits(random, i / 8, bits);
        if (d->count - i >= ELEMENTS)
            drop(bits, d->threshold, d->scale, x + i, y + i, kept + i, ELEMENTS);
        else
            drop(bits, d->threshold, d->scale, x + i, y + i, kept + i, d->count - i);
    }
}

static void forward(const void *self, const cnn_layer_io *io)
{
    const dropout *d = self;
    uint8_t *kept = io->saved;
    if (!io->training || d->threshold == 0) {
        if (io->y != io->x)
            memcpy(io->y, io->x, io->samples * d->count * sizeof(float));
        return;
    }
    for (uint64_t s = 0; s < io->samples; s++)
        drop_sample(d, &io->random[s], io->x + s * d->count, io->y + s * d->count,
                    kept + s * d->count);
}

static void backward(const void *self, const cnn_layer_io *io)
{
    const dropout *d = self;
    const uint64_t count = io->samples * d->count;
    const uint8_t *kept = io->saved;
    if (!io->dx)
        return;
    if (d->threshold == 0) {
        if (io->dx != io->dy)
            memcpy(io->dx, io->dy, count * sizeof(float));
        return;
    }
    const float scale = d->scale, *dy = io->dy;
    float *dx = io->dx;
    VEC_INDEPENDENT
    for (uint64_t i = 0; i < count; i++)
        dx[i] = vec_pick(kept[i], dy[i] * scale, 0);
}

static void equals(const void *self, cnn_operator *out)
{
    const dropout *d = self;
    out->id = CNN_OPERATOR_DROPOUT;
    out->number = (double)d->threshold / 65536;
}

CNN_LAYER("dropout", "sets a random part of its inputs to zero while training",
          .doc = "What is kept is multiplied by 1 / (1 - rate), so that evaluation needs no "
                 "scaling. The rate "
                 "is the part that is dropped, as in Keras and PyTorch.",
          .params = params, .self_size = sizeof(dropout), .init = init, .plan = plan,
          .equals = equals, .forward = forward, .backward = backward)
