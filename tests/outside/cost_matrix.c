/* cost_matrix.c - a loss with a cost for each pair of classes; shows a matrix, a map of numbers and texts. */
#include <cnnrun/loss.h>

/* loss = w[t] * sum over c of costs[t][c] * output[c]^2, t the true class. */
typedef struct cost_matrix {
    cnn_matrix costs;
    cnn_texts names;
    cnn_numbers weights;
} cost_matrix;

static const cnn_param params[] = {
    CNN_PARAM(cost_matrix, costs, CNN_MATRIX, "[]", 0, 100, 0,
              "a row for each true class, a column for each class named; a class outside costs 1"),
    CNN_PARAM(cost_matrix, names, CNN_TEXTS, "[]", 0, 0, 0, "what the rows are called, in order"),
    CNN_PARAM(cost_matrix, weights, CNN_NUMBERS, "{}", 0, 100, 0,
              "weights by row name; rows that are not named have 1"),
    CNN_PARAM_END};

static int same(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

static double weight(const cost_matrix *self, size_t row)
{
    for (size_t i = 0; row < self->names.count && i < self->weights.count; i++)
        if (same(self->weights.items[i].name, self->names.items[row]))
            return self->weights.items[i].value;
    return 1;
}

static double value(const void *data, const double *output, const double *target, size_t classes)
{
    const cost_matrix *self = data;
    double sum = 0;
    for (size_t t = 0; t < classes; t++)
        for (size_t c = 0; c < classes; c++) {
            const int inside = t < self->costs.rows && c < self->costs.columns;
            const double cost = inside ? self->costs.items[t * self->costs.columns + c] : 1;
            sum += target[t] * weight(self, t) * cost * (output[c] - target[c]) *
                   (output[c] - target[c]);
        }
    return sum;
}

static int init(void *data, cnn_error *error)
{
    const cost_matrix *self = data;
    if (self->names.count > 0 && self->costs.rows > 0 && self->names.count != self->costs.rows)
        return cnn_fail_at(error, "names", 0, "there are %llu names for %llu rows of costs",
                           (unsigned long long)self->names.count,
                           (unsigned long long)self->costs.rows);
    return 0;
}

CNN_LOSS("cost_matrix", "squared differences at a cost for each pair of classes", .params = params,
         .self_size = sizeof(cost_matrix), .init = init, .value = value)
