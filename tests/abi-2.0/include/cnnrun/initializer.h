/* initializer.h - an initializer fills a tensor of weights before training.
 *
 *   #include <cnnrun/initializer.h>
 *   static int fill(const void *self, const cnn_tensor *t, const cnn_random *r, float *w, cnn_error *e)
 *   {
 *       for (uint64_t i = 0; i < cnn_shape_count(&t->shape); i++)
 *           w[i] = (float)(0.1 * (cnn_random_uniform(r, i) - 0.5));
 *       return 0;
 *   }
 *   CNN_INITIALIZER("small_uniform", "uniform in [-0.05, 0.05)", .fill = fill) */
#ifndef CNNRUN_INITIALIZER_H
#define CNNRUN_INITIALIZER_H

#include <cnnrun/plugin.h>
#include <cnnrun/random.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a tensor of weights is for. The pipeline's `initializer` and `kernel_initializer` apply to
 * kernels, `bias_initializer` to biases; the rest start as the layer says. */
#define CNN_ROLE_KERNEL 1u
#define CNN_ROLE_BIAS 2u
#define CNN_ROLE_OTHER 3u  /* trained, neither kernel nor bias: a scale, a slope */
#define CNN_ROLE_MOVING 4u /* not trained: moving statistics, set by the layer's update() */
#define CNN_ROLE_MEASURED 5u /* not trained: set once by the layer's settle(), before the first step */

/* Whether the optimizer may move tensors of this role. */
static inline int cnn_role_is_trained(uint64_t role)
{
    return role != CNN_ROLE_MOVING && role != CNN_ROLE_MEASURED;
}

/* A tensor to fill. Fans as in Keras and PyTorch: dense (in, out): in and out; conv2d (kh, kw, in,
 * out): kh * kw * in and kh * kw * out; other 1-D tensors of n: n and n. */
typedef struct cnn_tensor {
    const char *name; /* "conv2d_1/kernel" */
    cnn_shape shape;
    uint64_t fan_in, fan_out; /* 1 or more */
    uint64_t role;            /* CNN_ROLE_* */
} cnn_tensor;

typedef struct cnn_initializer {
    CNN_HEAD_FIELDS

    /* Required. [setup], but pure: fills all cnn_shape_count(&tensor->shape) elements of `weights`
     * (prefilled with NaN, row-major) from `random`, this tensor's own stream. Returns 0, or -1 by
     * cnn_fail() where the tensor's shape does not fit. */
    int (*fill)(const void *self, const cnn_tensor *tensor, const cnn_random *random, float *weights,
                cnn_error *error);

    /* Optional claim. [setup] States mean and variance of the elements that fill() draws for this
     * tensor, for the conformance kit to test. NULL: no claim. */
    void (*moments)(const void *self, const cnn_tensor *tensor, double *mean, double *variance);
} cnn_initializer;

#define CNN_INITIALIZER(NAME, SUMMARY, ...)                                                         \
    CNN_PLUGIN_(CNN_KIND_INITIALIZER, cnn_initializer, NAME, SUMMARY, __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
