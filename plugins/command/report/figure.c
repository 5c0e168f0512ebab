/* figure.c - the figures of a run that tables compare, and their means over seeds. */
#include <math.h>

#include "report/group.h"

/* The last epoch; where metrics.csv is lost, as far as the summary has it. */
static cnn_metrics_row last_row(const page_record *record)
{
    if (record->row_count)
        return record->rows[record->row_count - 1];
    return (cnn_metrics_row){.val_loss = page_record_number(record, CNN_KEY_VAL_LOSS),
                             .val_accuracy = page_record_number(record, CNN_KEY_VAL_ACCURACY)};
}

double page_figure_best_accuracy(const page_record *record)
{
    double best = page_record_number(record, CNN_KEY_BEST_VAL_ACCURACY);
    for (size_t i = 0; i < record->row_count; i++)
        best = fmax(best, record->rows[i].val_accuracy);
    return best;
}

double page_figure_final_accuracy(const page_record *record)
{
    return last_row(record).val_accuracy;
}

double page_figure_best_loss(const page_record *record)
{
    double best = (double)NAN;
    for (size_t i = 0; i < record->row_count; i++)
        best = fmin(best, record->rows[i].val_loss);
    return best;
}

double page_figure_final_loss(const page_record *record)
{
    return last_row(record).val_loss;
}

double page_figure_test_accuracy(const page_record *record)
{
    return page_record_number(record, CNN_KEY_TEST_ACCURACY);
}

static double epochs_to(const page_record *record, double accuracy)
{
    for (size_t i = 0; i < record->row_count; i++)
        if (record->rows[i].val_accuracy >= accuracy)
            return record->rows[i].epoch;
    return (double)NAN;
}

double page_figure_to_95(const page_record *record)
{
    return epochs_to(record, 0.95);
}

double page_figure_to_98(const page_record *record)
{
    return epochs_to(record, 0.98);
}

double page_figure_seconds(const page_record *record)
{
    return page_record_number(record, CNN_KEY_WALL_SECONDS);
}

bool page_group_counts(const page_group *group, const page_record *member)
{
    return group->completed == 0 || member->completed;
}

/* NaN for a member that does not count. */
static double counted(const page_group *group, size_t m, page_figure *figure)
{
    const page_record *member = &group->members[m];
    return page_group_counts(group, member) ? figure(member) : (double)NAN;
}

page_mean page_group_mean(const page_group *group, page_figure *figure)
{
    double sum = 0, squares = 0;
    page_mean m = {(double)NAN, (double)NAN, 0};
    for (size_t i = 0; i < group->count; i++) {
        const double value = counted(group, i, figure);
        if (!isfinite(value))
            continue;
        sum += value;
        m.count++;
    }
    if (m.count == 0)
        return m;
    m.mean = sum / (double)m.count;
    for (size_t i = 0; i < group->count; i++) {
        const double value = counted(group, i, figure);
        if (isfinite(value))
            squares += (value - m.mean) * (value - m.mean);
    }
    if (m.count > 1)
        m.deviation = sqrt(squares / (double)(m.count - 1));
    return m;
}
