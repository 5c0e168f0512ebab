/* measures.c - what is measured of a network's outputs: planned, added up, and what the sums come
 * to. */
#include "engine/measures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "engine/objective.h"
#include "plugin/crash.h"

/* ---- the plan ------------------------------------------------------------------------------- */

static bool breaks(const cnn_instance *metric, const char *what, cnn_report *report)
{
    return cnn_report_add(report, CNN_EXIT_PLUGIN, metric->mark,
                          "metric '%s' (%s) breaks its contract: %s", metric->file->head.name,
                          metric->file->path, what);
}

static bool is_column(const char *name, size_t most)
{
    const size_t length = strnlen(name, most + 1);
    return length > 0 && length <= most &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == length;
}

/* Adds a name of values; false with a fault where a column has it already. */
static bool add_name(cnn_measures *m, const cnn_instance *metric, char *name, cnn_report *report)
{
    bool taken = false;
    char *val = cnn_format("val_%s", name);
    for (size_t c = 0; c < CNN_COLUMNS; c++)
        taken |= strcmp(cnn_columns[c].name, name) == 0 || strcmp(cnn_columns[c].name, val) == 0;
    for (size_t i = 0; i < m->values; i++)
        taken |= strcmp(m->names[i], name) == 0 || strcmp(m->names[i], val) == 0 ||
                 (strncmp(name, "val_", 4) == 0 && strcmp(m->names[i], name + 4) == 0);
    free(val);
    m->names[m->values++] = name;
    return !taken || cnn_report_add(report, CNN_EXIT_PIPELINE, metric->mark,
                                    "metrics: there would be two columns '%s'", name);
}

static bool name_values(cnn_measures *m, const cnn_instance *metric, const cnn_metric_plan *plan,
                        cnn_report *report)
{
    const char *own = metric->file->head.name;
    if (cnn_pipeline_is_accuracy(metric))
        return true;
    if (plan->values > CNN_MAX_VALUES - m->values)
        return cnn_report_add(report, CNN_EXIT_PIPELINE, metric->mark,
                              "metrics: '%s' gives %llu values, and those before it %zu; all "
                              "metrics may give %u together",
                              own, (unsigned long long)plan->values, m->values, CNN_MAX_VALUES);
    for (uint64_t v = 0; v < plan->values; v++) {
        if (plan->names && (!plan->names[v] || !is_column(plan->names[v], 64)))
            return breaks(metric, "a name of plan() does not match [a-z0-9_]+", report);
        char *name = plan->names ? cnn_format("%s_%s", own, plan->names[v]) : cnn_format("%s", own);
        if (!add_name(m, metric, name, report))
            return false;
    }
    return true;
}

static bool ask(const cnn_instance *metric, cnn_metric_plan *plan, cnn_report *report)
{
    cnn_error error = {0};
    int failed = 0;
    if (metric->file->head.kind == CNN_KIND_LOSS) {
        plan->sums = plan->values = 1;
        return true;
    }
    CNN_CRASH_GUARD(metric->file, "plan",
                    failed = metric->file->metric.plan(metric->self, plan, &error));
    if (failed)
        return cnn_instance_refuse(metric, "plan", failed, metric->file->head.name, &error,
                                   CNN_EXIT_PIPELINE, report);
    if (plan->sums == 0 || plan->sums > CNN_MAX_SUMS)
        return breaks(metric, "plan() asks for no sums, or for more than CNN_MAX_SUMS", report);
    if (plan->values == 0 || plan->values > CNN_MAX_VALUES || (plan->values > 1 && !plan->names))
        return breaks(metric, "plan() gives no values, too many, or several without names", report);
    return !cnn_pipeline_is_accuracy(metric) || (plan->values == 1 && !plan->names) ||
           breaks(metric, "accuracy is one value without a name", report);
}

bool cnn_measures_plan(cnn_measures *m, const cnn_pipeline *pipeline, uint64_t size,
                       uint64_t classes, bool probabilities, cnn_report *report)
{
    m->sums = 1; /* the loss's */
    for (size_t i = 0; i < pipeline->metric_count; i++) {
        const cnn_instance *metric = pipeline->metrics[i];
        cnn_metric_plan plan = {.struct_size = sizeof plan,
                                .size = size,
                                .classes = classes,
                                .probabilities = probabilities};
        if (!ask(metric, &plan, report) || !name_values(m, metric, &plan, report))
            return false;
        m->list[m->count++] = (cnn_measure){metric, m->sums, plan.values};
        m->sums += plan.sums;
        if (m->sums > CNN_MAX_SUMS + 1)
            return cnn_report_add(report, CNN_EXIT_PIPELINE, metric->mark,
                                  "metrics: they need %llu sums; there may be %u",
                                  (unsigned long long)m->sums - 1, CNN_MAX_SUMS);
    }
    m->accuracy = m->count > 0 && cnn_pipeline_is_accuracy(m->list[0].instance);
    return true;
}

void cnn_measures_free(cnn_measures *m)
{
    for (size_t i = 0; i < m->values; i++)
        free(m->names[i]);
}

cnn_row_form cnn_measures_form(const cnn_measures *m)
{
    return (cnn_row_form){
        .accuracy = m->accuracy, .names = (const char *const *)m->names, .values = m->values};
}

/* ---- sums ----------------------------------------------------------------------------------- */

static bool is_loss(const cnn_measure *measure)
{
    return measure->instance->file->head.kind == CNN_KIND_LOSS;
}

void cnn_measures_add(const cnn_measures *m, const cnn_metric_shard *shard, double *sums)
{
    for (size_t i = 0; i < m->count; i++) {
        const cnn_instance *metric = m->list[i].instance;
        if (!is_loss(&m->list[i]))
            CNN_CRASH_GUARD(metric->file, "add",
                            metric->file->metric.add(metric->self, shard, sums + m->list[i].at));
    }
}

void cnn_measures_add_losses(const cnn_measures *m, const double *output, const double *target,
                             size_t size, double *sums)
{
    for (size_t i = 0; i < m->count; i++)
        if (is_loss(&m->list[i]))
            sums[m->list[i].at] += cnn_objective_value(m->list[i].instance, output, target, size);
}

/* ---- values --------------------------------------------------------------------------------- */

static void get_values(const cnn_measure *measure, const cnn_totals *totals, double *values)
{
    const cnn_instance *metric = measure->instance;
    const double *sums = totals->sums + measure->at;
    for (uint64_t v = 0; v < measure->values; v++)
        values[v] = is_loss(measure) ? sums[0] / (double)totals->samples : (double)NAN;
    if (!is_loss(measure) && totals->samples > 0)
        CNN_CRASH_GUARD(metric->file, "values",
                        metric->file->metric.values(metric->self, totals->samples, sums, values));
    for (uint64_t v = 0; v < measure->values; v++)
        values[v] = cnn_unsigned_nan(values[v]);
}

double cnn_measures_accuracy(const cnn_measures *m, const cnn_totals *totals)
{
    double value = (double)NAN;
    if (m->accuracy)
        get_values(&m->list[0], totals, &value);
    return value;
}

cnn_scores cnn_measures_scores(const cnn_measures *m, const cnn_totals *totals)
{
    cnn_scores scores = {.samples = totals->samples,
                         .loss = cnn_unsigned_nan(totals->sums[0] / (double)totals->samples),
                         .accuracy = cnn_measures_accuracy(m, totals)};
    double *to = scores.metric;
    for (size_t i = m->accuracy; i < m->count; i++) {
        get_values(&m->list[i], totals, to);
        to += m->list[i].values;
    }
    return scores;
}
