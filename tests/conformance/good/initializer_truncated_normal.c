/* initializer_truncated_normal.c - normal numbers, drawn again beyond two deviations, from streams
 * of its own. */
#include <cnnrun/initializer.h>

#define INSIDE 0.8796256610342398 /* the deviation that is left of 1 */

struct normal {
    double stddev;
};

static const cnn_param params[] = {
    CNN_PARAM(struct normal, stddev, CNN_REAL, "0.05", 0, INFINITY, CNN_ABOVE_MIN,
              "before it is truncated"),
    CNN_PARAM_END,
};

/* Each element has a stream of its own, so that it can draw as often as it must. */
static double draw(const cnn_random *random, uint64_t element)
{
    const cnn_random own = cnn_random_split(random, element);
    for (uint64_t i = 0; i < 200; i += 2) {
        const double radius = sqrt(-2 * log(1 - cnn_random_uniform(&own, i)));
        const double z = radius * cos(6.283185307179586 * cnn_random_uniform(&own, i + 1));
        if (fabs(z) <= 2)
            return z;
    }
    return 0;
}

static int fill(const void *self, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    const struct normal *normal = self;
    (void)error;
    for (uint64_t i = 0; i < cnn_shape_count(&tensor->shape); i++)
        weights[i] = (float)(normal->stddev * draw(random, i));
    return 0;
}

static void moments(const void *self, const cnn_tensor *tensor, double *mean, double *variance)
{
    const double stddev = INSIDE * ((const struct normal *)self)->stddev;
    (void)tensor;
    *mean = 0;
    *variance = stddev * stddev;
}

CNN_INITIALIZER("initializer_truncated_normal", "normal numbers, drawn again beyond two deviations",
                .params = params, .self_size = sizeof(struct normal), .fill = fill,
                .moments = moments)
