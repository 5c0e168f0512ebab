/* my_huber.c - Huber 1964: squared error near the target, absolute error far from it; takes vectors as targets. */
#include <cnnrun/loss.h>
#include <math.h>

typedef struct huber {
    double delta;
} huber;

static const cnn_param params[] = {
    CNN_PARAM(huber, delta, CNN_REAL, "1", 0, INFINITY, CNN_ABOVE_MIN, "where the square ends"),
    CNN_PARAM_END,
};

static double value(const void *self, const double *output, const double *target, size_t size)
{
    const double delta = ((const huber *)self)->delta;
    double sum = 0;
    for (size_t i = 0; i < size; i++) {
        const double e = fabs(output[i] - target[i]);
        sum += e <= delta ? e * e / 2 : delta * (e - delta / 2);
    }
    return sum / (double)size;
}

static void gradient(const void *self, const double *output, const double *target, size_t size,
                     double *gradient)
{
    const double delta = ((const huber *)self)->delta;
    for (size_t i = 0; i < size; i++)
        gradient[i] = fmax(-delta, fmin(delta, output[i] - target[i])) / (double)size;
}

static uint64_t claims(const void *self)
{
    (void)self;
    return CNN_CONVEX | CNN_NON_NEGATIVE | CNN_SMOOTH | CNN_CLASS_SYMMETRIC | CNN_TAKES_VECTORS;
}

CNN_LOSS("my_huber", "squared error near the target, absolute error far from it", .params = params,
         .self_size = sizeof(huber), .value = value, .gradient = gradient, .claims = claims)
