/* cosine_decay.c - Loshchilov and Hutter 2017, "SGDR: stochastic gradient descent with warm
 * restarts" (arXiv:1608.03983), eq. 5: half a cosine from learning_rate to its part alpha.
 *
 *     rate = learning_rate ((1 - alpha) (1 + cos(pi t / length)) / 2 + alpha);   then alpha
 *     restarts: run i is length t_mul^i long, and its cosine is multiplied by m_mul^i
 * Keras: CosineDecay, CosineDecayRestarts. */
#include "kernels/length.h"

#define PI 3.14159265358979323846

struct cosine_decay {
    int64_t decay_steps, decay_epochs;
    double alpha, t_mul, m_mul;
    int32_t restarts;
};

static const cnn_param params[] = {
    LENGTH_PARAMS(struct cosine_decay, decay_steps, decay_epochs, "the whole training"),
    CNN_PARAM(struct cosine_decay, alpha, CNN_REAL, "0", 0, 1, 0,
              "the part of learning_rate that is left at the end. PyTorch's eta_min is a rate"),
    CNN_PARAM_BOOL(struct cosine_decay, restarts, "false",
                   "begin again at the end of the length, which is then that of the first run"),
    CNN_PARAM(struct cosine_decay, t_mul, CNN_REAL, "2", 1, 1e6, 0,
              "with restarts: each run is so many times as long as the one before. PyTorch's "
              "T_mult is 1"),
    CNN_PARAM(struct cosine_decay, m_mul, CNN_REAL, "1", 0, 1, 0,
              "with restarts: each run begins at this part of the one before. PyTorch has none"),
    CNN_PARAM_END,
};

static int init(void *data, cnn_error *error)
{
    const struct cosine_decay *self = data;
    return length_check(self->decay_steps, self->decay_epochs, "decay_epochs", error);
}

/* When run i begins, in lengths of the first one. */
static double begin_of(double t_mul, double i)
{
    return t_mul == 1 ? i : (pow(t_mul, i) - 1) / (t_mul - 1);
}

/* The run that `times` lies in. The logarithm may be off by a bit where a run begins. */
static double run_at(double t_mul, double times)
{
    double i = t_mul == 1 ? floor(times) : floor(log1p(times * (t_mul - 1)) / log(t_mul));
    if (begin_of(t_mul, i + 1) <= times)
        i++;
    return i > 0 && begin_of(t_mul, i) > times ? i - 1 : i;
}

static double rate(const void *data, const cnn_schedule_point *point)
{
    const struct cosine_decay *self = data;
    const double length =
        length_of(self->decay_steps, self->decay_epochs, point->total_steps, point);
    double part = part_over(length, point), height = 1;
    if (self->restarts) {
        const double times = (double)point->step / length, i = run_at(self->t_mul, times);
        part = (times - begin_of(self->t_mul, i)) / pow(self->t_mul, i);
        height = pow(self->m_mul, i);
    }
    const double cosine = height * (1 + cos(PI * part)) / 2;
    return point->base * ((1 - self->alpha) * cosine + self->alpha);
}

/* By `tests/golden/schedules.py cases`. */
static const cnn_golden golden[] = {
    {"{}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("steps", 0, 3, 5, 12, 39, 57), CNN_VALUES("training", 5, 40, 0.5),
      CNN_VALUES("rates", 0.5, 0.49309248009941914, 0.4809698831278217, 0.3969463130731183,
                 0.000770666566718009, 0.0)}},
    {"{decay_steps: 24, alpha: 0.25}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("steps", 0, 3, 5, 12, 39, 57), CNN_VALUES("training", 5, 40, 0.5),
      CNN_VALUES("rates", 0.5, 0.48572741234586625, 0.4612537513046066, 0.3125, 0.125, 0.125)}},
    {"{decay_epochs: 1, restarts: true}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("steps", 0, 3, 5, 12, 39, 57), CNN_VALUES("training", 5, 40, 0.5),
      CNN_VALUES("rates", 0.5, 0.17274575140626316, 0.5, 0.10305368692688174, 0.4877641290737884,
                 0.21089138373994235)}},
    {"{decay_steps: 4, restarts: true, t_mul: 1, m_mul: 0.5, alpha: 0.125}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("steps", 0, 3, 5, 12, 39, 57), CNN_VALUES("training", 5, 40, 0.5),
      CNN_VALUES("rates", 0.5, 0.12657039161544276, 0.24921480419227862, 0.1171875,
                 0.06262513748362392, 0.06252279233449613)}},
    {"{decay_steps: 3, restarts: true, t_mul: 1.5, m_mul: 0.75}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("steps", 0, 3, 5, 12, 39, 57), CNN_VALUES("training", 5, 40, 0.5),
      CNN_VALUES("rates", 0.5, 0.375, 0.22005903331254947, 0.07031250000000003,
                 0.0005348564676783351, 0.015392530472292951)}},
    CNN_GOLDEN_END,
};

CNN_SCHEDULE(
    "cosine_decay",
    "half a cosine from learning_rate down to a part of it, once or again and again",
    .doc =
        "rate = learning_rate ((1 - alpha) (1 + cos(pi t / length)) / 2 + alpha), where t counts "
        "steps from 0; learning_rate alpha from the end on. With restarts: true, run i, counted "
        "from 0, is length t_mul^i long, and its cosine is multiplied by m_mul^i. By default "
        "the length is the whole training: no number has to be found.\n"
        "From Loshchilov and Hutter 2017, arXiv:1608.03983. Keras: CosineDecay and "
        "CosineDecayRestarts; for their warmup see warmup. PyTorch: CosineAnnealingLR and "
        "CosineAnnealingWarmRestarts, which count epochs.",
    .params = params, .golden = golden, .self_size = sizeof(struct cosine_decay), .init = init,
    .rate = rate)
