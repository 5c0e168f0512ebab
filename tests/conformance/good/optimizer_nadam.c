/* optimizer_nadam.c - Adam that looks ahead; the corrections come from the step's number alone. */
#include <cnnrun/optimizer.h>

struct nadam {
    double learning_rate, beta_1, beta_2, epsilon;
};

static const cnn_param params[] = {
    CNN_PARAM(struct nadam, learning_rate, CNN_REAL, "0.002", 0, INFINITY, 0,
              "the schedule's base"),
    CNN_PARAM(struct nadam, beta_1, CNN_REAL, "0.9", 0, 1, CNN_BELOW_MAX, "of the first moment"),
    CNN_PARAM(struct nadam, beta_2, CNN_REAL, "0.999", 0, 1, CNN_BELOW_MAX, "of the second"),
    CNN_PARAM(struct nadam, epsilon, CNN_REAL, "1e-7", 0, 1, CNN_ABOVE_MIN, "beside the root"),
    CNN_PARAM_END,
};

static uint64_t slots(const void *self, cnn_slot slots[CNN_MAX_SLOTS])
{
    (void)self;
    slots[0] = (cnn_slot){"m", 0, 0};
    slots[1] = (cnn_slot){"v", 0, 0};
    return 2;
}

static void step(const void *self, const cnn_optimizer_step *io)
{
    const struct nadam *n = self;
    const double t = (double)io->step;
    float *m = io->state[0], *v = io->state[1];
    for (uint64_t i = 0; i < io->count; i++) {
        const double g = (double)io->gradient[i];
        m[i] = (float)(n->beta_1 * (double)m[i] + (1 - n->beta_1) * g);
        v[i] = (float)(n->beta_2 * (double)v[i] + (1 - n->beta_2) * g * g);
        const double ahead = n->beta_1 * (double)m[i] / (1 - pow(n->beta_1, t + 1)) +
                             (1 - n->beta_1) * g / (1 - pow(n->beta_1, t));
        const double root = sqrt((double)v[i] / (1 - pow(n->beta_2, t)));
        io->weight[i] -= (float)(io->learning_rate * ahead / (root + n->epsilon));
    }
}

CNN_OPTIMIZER("optimizer_nadam", "Adam that looks ahead", .params = params,
              .self_size = sizeof(struct nadam), .slots = slots, .step = step)
