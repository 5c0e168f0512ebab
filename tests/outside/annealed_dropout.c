/* annealed_dropout.c - dropout whose rate falls to 0 along a line, by epochs or by steps. */
#include <cnnrun/layer.h>

typedef struct annealed_dropout {
    double rate;
    int64_t over;
    int32_t unit; /* index into units */
    uint64_t count;
} annealed_dropout;

static const char *const units[] = {"epochs", "steps", NULL};

static const cnn_param params[] = {
    CNN_PARAM(annealed_dropout, rate, CNN_REAL, NULL, 0, 1, CNN_BELOW_MAX, "rate at the start"),
    CNN_PARAM(annealed_dropout, over, CNN_INTEGER, NULL, 1, 1e9, 0, "when the rate is 0"),
    CNN_PARAM_CHOICE(annealed_dropout, unit, "epochs", units, "what `over` counts"),
    CNN_PARAM_END,
};

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    annealed_dropout *d = self;
    (void)error;
    d->count = cnn_shape_count(input);
    plan->output = *input;
    plan->flags = CNN_ELEMENTWISE | (plan->training ? CNN_RANDOM : 0);
    plan->saved_bytes = plan->training ? d->count * sizeof(float) : 0; /* the factors */
    return 0;
}

/* The rate depends on the step alone, so a run that is resumed goes on with it. */
static double rate_at(const annealed_dropout *d, const cnn_layer_io *io)
{
    const double done = (double)(d->unit == 0 ? io->epoch : io->step) / (double)d->over;
    return done < 1 ? d->rate * (1 - done) : 0;
}

static void forward(const void *self, const cnn_layer_io *io)
{
    const annealed_dropout *d = self;
    const double rate = io->training ? rate_at(d, io) : 0;
    float *factors = io->saved;
    for (uint64_t s = 0; s < io->samples; s++)
        for (uint64_t i = 0; i < d->count; i++) {
            const uint64_t at = s * d->count + i;
            const int kept = !io->training || cnn_random_uniform(&io->random[s], i) >= rate;
            const float factor = kept ? (float)(1 / (1 - rate)) : 0;
            io->y[at] = io->x[at] * factor;
            if (factors)
                factors[at] = factor;
        }
}

static void backward(const void *self, const cnn_layer_io *io)
{
    const float *factors = io->saved;
    for (uint64_t i = 0; io->dx && i < io->samples * ((const annealed_dropout *)self)->count; i++)
        io->dx[i] = io->dy[i] * factors[i];
}

CNN_LAYER("annealed_dropout", "dropout that fades out", .params = params,
          .self_size = sizeof(annealed_dropout), .plan = plan, .forward = forward,
          .backward = backward)
