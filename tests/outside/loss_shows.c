/* loss_shows.c - the loss is a number of the output. */
#include <cnnrun/loss.h>

typedef struct loss_shows {
    int64_t which;
} loss_shows;

static const cnn_param params[] = {
    CNN_PARAM(loss_shows, which, CNN_INTEGER, "0", 0, 9, 0, "which number"),
    CNN_PARAM_END,
};

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)target;
    (void)classes;
    return output[((const loss_shows *)self)->which];
}

CNN_LOSS("loss_shows", "a number of the output", .params = params,
         .self_size = sizeof(loss_shows), .value = value)
