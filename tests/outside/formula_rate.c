/* formula_rate.c - a schedule by a formula; shows an error that points into a parameter's text. */
#include <cnnrun/schedule.h>

/* A product of factors, each a number, `base`, `step` or `epoch`, or the quotient of two: "base * 3 / step". */
typedef struct formula_rate {
    const char *formula;
} formula_rate;

static const cnn_param params[] = {
    CNN_PARAM(formula_rate, formula, CNN_STRING, "base * 1", 0, 0, 0,
              "numbers, base, step and epoch (both from 1), with * or / between them"),
    CNN_PARAM_END};

static const char *blanks(const char *at)
{
    while (*at == ' ')
        at++;
    return at;
}

/* One factor; NULL where there is none. Numbers have digits and a point only, so no locale matters. */
static const char *factor(const char *at, const cnn_schedule_point *point, double *value)
{
    static const char *const names[] = {"base", "step", "epoch"};
    const double epoch = (double)(point->step / point->steps_per_epoch);
    const double values[] = {point->base, (double)point->step + 1, epoch + 1};
    double place = 0;
    for (int i = 0, k; i < 3; i++) {
        for (k = 0; names[i][k] && at[k] == names[i][k]; k++)
            *value = values[i];
        if (!names[i][k])
            return at + k;
    }
    if (*at < '0' || *at > '9')
        return NULL;
    for (*value = 0; (*at >= '0' && *at <= '9') || (*at == '.' && !(place > 0)); at++)
        if (*at == '.')
            place = 1;
        else
            *value = 10 * *value + (*at - '0'), place *= 10;
    *value /= place > 0 ? place : 1;
    return at;
}

/* Where the formula ends; NULL and `wrong` where it is none. */
static const char *product(const char *at, const cnn_schedule_point *point, double *result,
                           const char **wrong)
{
    *result = 1;
    for (char sign = '*';; sign = *at++) {
        double value = 1;
        const char *next = factor(*wrong = at = blanks(at), point, &value);
        if (!next)
            return NULL;
        *result = sign == '*' ? *result * value : *result / value;
        *wrong = at = blanks(next);
        if (!*at)
            return at;
        if (*at != '*' && *at != '/')
            return NULL;
    }
}

static int init(void *data, cnn_error *error)
{
    const cnn_schedule_point point = {sizeof point, 0, 1, 1, 1};
    const formula_rate *self = data;
    const char *wrong;
    double result;
    if (product(self->formula, &point, &result, &wrong))
        return 0;
    return cnn_fail_at(error, "formula", (uint64_t)(wrong - self->formula) + 1,
                       "'%.20s' stands where %s must", wrong,
                       wrong == blanks(self->formula) ? "a factor" : "a factor, or * or /,");
}

static double rate(const void *data, const cnn_schedule_point *point)
{
    const formula_rate *self = data;
    const char *wrong;
    double result = 0;
    (void)product(self->formula, point, &result, &wrong);
    return isfinite(result) ? result : 0;
}

CNN_SCHEDULE("formula_rate", "a rate by a formula", .params = params,
             .self_size = sizeof(formula_rate), .init = init, .rate = rate)
