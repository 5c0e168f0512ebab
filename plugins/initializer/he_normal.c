/* he_normal.c - He et al. 2015, "Delving Deep into Rectifiers", eq. 10.
 *
 * A ReLU halves the variance of what passes through it; drawing with standard deviation
 * sqrt(2 / fan_in) gives it back, so deep stacks neither fade nor blow up. As in Keras the normal
 * distribution is cut at two of its own standard deviations, and widened so that what is left has
 * the standard deviation wanted. */
#include <cnnrun/initializer.h>
#include <math.h>

#define TWO_PI 6.28318530717958647692
/* Standard deviation of a standard normal variable that is redrawn outside [-2, 2]. */
#define CUT_STDDEV 0.87962566103423978

static double stddev(const cnn_tensor *tensor)
{
    return sqrt(2 / (double)tensor->fan_in);
}

/* Number `index` of a stream of standard normal numbers within [-2, 2]. By Box and Muller (1958);
 * attempt k takes block `index` of substream k, so elements know nothing of each other. */
static double cut_normal(const cnn_random *random, uint64_t index)
{
    for (uint64_t attempt = 0;; attempt++) { /* one in 22 is drawn again */
        const cnn_random stream = cnn_random_split(random, attempt);
        uint32_t word[4];
        cnn_random_block(&stream, index, word);
        const uint64_t a = (uint64_t)word[1] << 32 | word[0], b = (uint64_t)word[3] << 32 | word[2];
        const double u = (double)((a >> 11) + 1) * 0x1p-53; /* in (0, 1] */
        const double z = sqrt(-2 * log(u)) * cos(TWO_PI * ((double)(b >> 11) * 0x1p-53));
        if (fabs(z) <= 2)
            return z;
    }
}

static int fill(const void *self, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    (void)self, (void)error;
    const uint64_t count = cnn_shape_count(&tensor->shape);
    const double scale = stddev(tensor) / CUT_STDDEV;
    for (uint64_t i = 0; i < count; i++)
        weights[i] = (float)(scale * cut_normal(random, i));
    return 0;
}

static void moments(const void *self, const cnn_tensor *tensor, double *mean, double *variance)
{
    (void)self;
    *mean = 0;
    *variance = stddev(tensor) * stddev(tensor);
}

CNN_INITIALIZER(
    "he_normal", "truncated normal, standard deviation sqrt(2 / fan_in), also called Kaiming",
    .doc = "w ~ s N(0, 1), redrawn outside +-2 s, with s = sqrt(2 / fan_in) / 0.8796, so that "
           "the standard deviation is sqrt(2 / fan_in) after the cut. For layers followed by "
           "relu, deep ones above all.\n"
           "Keras: HeNormal. PyTorch: kaiming_normal_ with nonlinearity='relu', not cut. "
           "Caffe: msra, not cut.",
    .fill = fill, .moments = moments)
