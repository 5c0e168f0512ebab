/* old_callback.c - a callback of ABI 2.0: all its functions, state, reading, acting, writing. */
#include <cnnrun/callback.h>
#include <string.h>

typedef struct old_callback {
    const char *monitor;
    double factor;
    cnn_matrix table;
} old_callback;

static const cnn_param params[] = {
    CNN_PARAM(old_callback, monitor, CNN_STRING, "val_loss", 0, 64, 0, "a column"),
    CNN_PARAM(old_callback, factor, CNN_REAL, "0.9", 0, 1, CNN_ABOVE_MIN, "of the rate, after each epoch"),
    CNN_PARAM(old_callback, table, CNN_MATRIX, "[[1, 2], [3, 4]]", 0, 8, 0, "numbers, written down"),
    CNN_PARAM_END,
};

static uint64_t column_of(const old_callback *self, const cnn_observed *seen)
{
    uint64_t c = 0;
    while (c < seen->column_count && strcmp(seen->columns[c], self->monitor) != 0)
        c++;
    return c;
}

static int plan(const void *data, const cnn_observed *seen, cnn_callback_plan *plan, cnn_error *error)
{
    if (column_of(data, seen) == seen->column_count)
        return cnn_fail_at(error, "monitor", 0, "there is no such column");
    plan->step_interval = 2;
    plan->state_count = 2;
    plan->wants_gradients = plan->keeps_weights = 1;
    return 0;
}

static int begin(const void *data, const cnn_observed *seen, double *state, cnn_error *error)
{
    const old_callback *self = data;
    char text[64];
    const int length = snprintf(text, sizeof text, "%g, of %llu steps\n", self->table.items[3],
                                (unsigned long long)seen->total_steps);
    (void)state;
    return seen->write_file(seen->host, "old/begin.txt", text, (uint64_t)length, error);
}

static int step(const void *data, const cnn_observed *seen, double *state, cnn_error *error)
{
    (void)data, (void)error;
    for (uint64_t t = 0; t < seen->tensor_count; t++) {
        const float *g = seen->gradients(seen->host, t);
        state[0] += g ? fabs((double)g[0]) : 0;
    }
    return 0;
}

static int epoch(const void *data, const cnn_observed *seen, double *state, cnn_error *error)
{
    const old_callback *self = data;
    const double *row = seen->rows + (seen->row_count - 1) * seen->column_count;
    const uint64_t *confusion = seen->confusion(seen->host);
    char text[160];
    const int length = snprintf(text, sizeof text, "%.9g %.9g %llu %llu\n", row[column_of(self, seen)], state[0],
                                (unsigned long long)confusion[0],
                                (unsigned long long)seen->mistakes(seen->host, NULL, 0));
    seen->keep_weights(seen->host);
    seen->scale_learning_rate(seen->host, self->factor);
    state[1]++;
    if (seen->append_file(seen->host, "old/epochs.txt", text, (uint64_t)length, error))
        return -1;
    if (seen->epoch == 5)
        seen->stop(seen->host, "five epochs are enough");
    return 0;
}

static int end(const void *data, const cnn_observed *seen, double *state, cnn_error *error)
{
    (void)data, (void)error;
    if (seen->ended == CNN_ENDED_STOPPED && state[1] == 5 && seen->restore_weights(seen->host))
        seen->find(seen->host, "old", "stopped after five epochs");
    return 0;
}

CNN_CALLBACK("old_callback", "does what a callback can", .doc = "As it was.", .params = params,
             .self_size = sizeof(old_callback), .plan = plan, .begin = begin, .step = step, .epoch = epoch,
             .end = end)
