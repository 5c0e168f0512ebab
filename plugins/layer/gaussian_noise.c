/* gaussian_noise.c - adds normal random numbers while training: y = x + stddev * n, with n of mean
 * 0 and variance 1. Evaluation passes everything unchanged. */
#include <cnnrun/layer.h>
#include <kernels/normal.h>
#include <string.h>

typedef struct gaussian_noise {
    double stddev;
    uint64_t count;
} gaussian_noise;

static const cnn_param params[] = {
    CNN_PARAM(gaussian_noise, stddev, CNN_REAL, NULL, 0, (double)INFINITY, 0,
              "Standard deviation of what is added. PyTorch has no such layer."),
    CNN_PARAM_END,
};

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    gaussian_noise *g = self;
    (void)error;
    g->count = cnn_shape_count(input);
    plan->output = *input;
    plan->flags = CNN_IN_PLACE | CNN_ELEMENTWISE | (g->stddev > 0 ? CNN_RANDOM : 0);
    return 0;
}

static void add_noise(const gaussian_noise *g, const cnn_random *random, const float *x, float *y)
{
    for (uint64_t i = 0; i < g->count; i++)
        y[i] = (float)((double)x[i] + g->stddev * normal_number(random, i));
}

static void forward(const void *self, const cnn_layer_io *io)
{
    const gaussian_noise *g = self;
    if (!io->training || g->stddev <= 0) {
        if (io->y != io->x)
            memcpy(io->y, io->x, io->samples * g->count * sizeof(float));
        return;
    }
    for (uint64_t s = 0; s < io->samples; s++)
        add_noise(g, &io->random[s], io->x + s * g->count, io->y + s * g->count);
}

static void backward(const void *self, const cnn_layer_io *io)
{
    const gaussian_noise *g = self;
    if (io->dx && io->dx != io->dy)
        memcpy(io->dx, io->dy, io->samples * g->count * sizeof(float));
}

CNN_LAYER("gaussian_noise", "adds normal random numbers while training",
          .doc = "As Keras's GaussianNoise.", .params = params, .self_size = sizeof(gaussian_noise),
          .plan = plan, .forward = forward, .backward = backward)
