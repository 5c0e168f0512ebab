/* loss_margin_in_static.c - all selves share the last one's margin. */
/* must fail: PAR-7 */
#include <cnnrun/loss.h>

struct margin {
    double margin;
};

static const cnn_param params[] = {
    CNN_PARAM(struct margin, margin, CNN_REAL, "1", 0, 10, 0, "the margin demanded"),
    CNN_PARAM_END,
};

static double margin;

static int init(void *self, cnn_error *error)
{
    (void)error;
    margin = ((struct margin *)self)->margin;
    return 0;
}

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    double sum = 0;
    (void)self;
    for (size_t c = 0; c < classes; c++)
        sum += fmax(0, margin - (2 * target[c] - 1) * output[c]);
    return sum;
}

CNN_LOSS("loss_margin_in_static", "all selves share the last one's margin", .params = params,
         .self_size = sizeof(struct margin), .init = init, .value = value)
