/* callback_seven_columns.c - takes for granted that no metric adds columns. */
/* must fail: CB-6 */
#include <cnnrun/callback.h>

static int plan(const void *self, const cnn_observed *seen, cnn_callback_plan *plan,
                cnn_error *error)
{
    (void)self, (void)seen, (void)error;
    plan->state_count = 7;
    return 0;
}

static int epoch(const void *self, const cnn_observed *seen, double *state, cnn_error *error)
{
    const double *row = seen->rows + (seen->epoch - 1) * seen->column_count;
    (void)self, (void)error;
    for (uint64_t c = 0; c < seen->column_count; c++)
        state[c] = row[c];
    return 0;
}

CNN_CALLBACK("callback_seven_columns", "takes for granted that no metric adds columns",
             .plan = plan, .epoch = epoch)
