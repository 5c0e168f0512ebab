/* monitored.h - what callbacks share that watch one column of metrics.csv: which, and what is
 * better. */
#ifndef PLUGINS_CALLBACK_MONITORED_H
#define PLUGINS_CALLBACK_MONITORED_H

#include <cnnrun/callback.h>
#include <math.h>
#include <string.h>

enum { MODE_AUTO, MODE_MIN, MODE_MAX };
static const char *const modes[] = {"auto", "min", "max", NULL};

/* Stands first in a callback's own struct, so that the parameters below are in their places there.
 */
typedef struct monitored {
    const char *monitor;
    int32_t mode;
    double min_delta;
} monitored;

#define PARAM_MONITOR                                                                              \
    CNN_PARAM(monitored, monitor, CNN_STRING, "val_loss", 0, 0, 0,                                 \
              "What must improve: a column of metrics.csv.")
#define PARAM_MIN_DELTA(FALLBACK)                                                                  \
    CNN_PARAM(monitored, min_delta, CNN_REAL, FALLBACK, 0, INFINITY, 0,                            \
              "A change that is not larger is no improvement.")
#define PARAM_MODE                                                                                 \
    CNN_PARAM_CHOICE(monitored, mode, "auto", modes,                                               \
                     "Whether less or more is better; auto: more of accuracy, auc, f1_score, "     \
                     "precision, recall "                                                          \
                     "and top_k, less of all else. For a metric of your own, say which.")

/* column_count, if there is no such column. */
static inline uint64_t column_of(const char *name, const cnn_observed *seen)
{
    uint64_t c = 0;
    while (c < seen->column_count && strcmp(seen->columns[c], name) != 0)
        c++;
    return c;
}

/* What the column has in the last row. */
static inline double last_of(const char *name, const cnn_observed *seen)
{
    return seen->rows[(seen->row_count - 1) * seen->column_count + column_of(name, seen)];
}

/* A metric of several values has columns METRIC_VALUE. */
static inline int is_max(const monitored *m)
{
    static const char *const more[] = {"accuracy",  "auc",    "f1_score",
                                       "precision", "recall", "top_k"};
    const char *name = m->monitor + (strncmp(m->monitor, "val_", 4) == 0 ? 4 : 0);
    for (size_t i = 0; m->mode == MODE_AUTO && i < sizeof more / sizeof more[0]; i++) {
        const size_t length = strlen(more[i]);
        if (strncmp(name, more[i], length) == 0 && (!name[length] || name[length] == '_'))
            return 1;
    }
    return m->mode == MODE_MAX;
}

/* Whether `value` is better than `than` by more than min_delta. */
static inline int improves(const monitored *m, double value, double than)
{
    return is_max(m) ? value - m->min_delta > than : value + m->min_delta < than;
}

/* For plan: the column must be there, and not of the test data; `why` not ("to stop by the test
 * data would ..."). */
static inline int check_monitor(const monitored *m, const cnn_observed *seen, const char *why,
                                cnn_error *error)
{
    if (column_of(m->monitor, seen) == seen->column_count) {
        char known[900] = "";
        size_t length = 0;
        for (uint64_t c = 0; c < seen->column_count && length < sizeof known; c++)
            length += (size_t)snprintf(known + length, sizeof known - length, "%s%s", c ? ", " : "",
                                       seen->columns[c]);
        return cnn_fail_at(error, "monitor", 0,
                           "monitor is '%s'; it must be a column of metrics.csv: %s", m->monitor,
                           known);
    }
    if (strncmp(m->monitor, "val_", 4) == 0 && !seen->own_validation)
        return cnn_fail_at(error, "monitor", 0, "there is no data.validation; %s", why);
    return 0;
}

#endif
