/* insight.c - what only the network itself can show: its mistakes on the test data. */
#include "report/insight.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/memory.h"
#include "command/command.h"

/* How the network took the samples of a split. */
typedef struct answers {
    float *outputs;  /* samples * classes */
    int32_t *labels; /* the true classes */
} answers;

static void count_confusion(page_insight *insight, const answers *a)
{
    const size_t classes = insight->classes;
    insight->confusion = cnn_alloc(classes * classes, sizeof(uint64_t));
    for (uint64_t i = 0; i < insight->samples; i++) {
        const uint64_t predicted = cnnrun_output_class(a->outputs + i * classes, classes);
        if (predicted < classes)
            insight->confusion[(size_t)a->labels[i] * classes + predicted]++;
    }
}

/* Into the pair's list, which is sorted by confidence; of equals the first sample comes first. */
static void keep_mistake(page_insight *insight, size_t pair, page_mistake mistake)
{
    page_mistake *list = insight->mistakes[pair];
    size_t at = insight->mistake_count[pair];
    while (at > 0 && list[at - 1].confidence < mistake.confidence)
        at--;
    if (at == PAGE_PAIR_IMAGES)
        return;
    insight->mistake_count[pair] += insight->mistake_count[pair] < PAGE_PAIR_IMAGES;
    for (size_t i = insight->mistake_count[pair] - 1; i > at; i--)
        list[i] = list[i - 1];
    list[at] = mistake;
}

static void find_mistakes(page_insight *insight, const answers *a)
{
    const size_t classes = insight->classes;
    for (uint64_t i = 0; i < insight->samples; i++) {
        const size_t label = (size_t)a->labels[i];
        const size_t predicted = cnnrun_output_class(a->outputs + i * classes, classes);
        for (size_t p = 0; p < insight->pair_count; p++)
            if (insight->pairs[p].label == label && insight->pairs[p].predicted == predicted)
                keep_mistake(insight, p,
                             (page_mistake){i, (double)a->outputs[i * classes + predicted]});
    }
}

/* Takes the split through the network. False, with a fault, where there is no memory. */
static bool ask(page_insight *insight, const char *split, uint64_t samples, answers *a,
                cnnrun_error *error, cnn_report *report)
{
    uint64_t cells;
    if (cnn_mul(samples, insight->input.classes, &cells)) {
        a->outputs = cnn_tensor_alloc(cells, sizeof *a->outputs);
        a->labels = cnn_tensor_alloc(samples, sizeof *a->labels);
    }
    if (!a->outputs || !a->labels)
        return cnn_report_add(report, CNN_EXIT_SYSTEM, CNN_NOWHERE,
                              "out of memory: the network's outputs of %" PRIu64
                              " images need more than there is",
                              samples);
    bool good = cnnrun_run_outputs(insight->run, split, a->outputs, error);
    for (uint64_t i = 0; i < samples && good; i++)
        good = cnnrun_run_sample(insight->run, split, i, NULL, &a->labels[i], error);
    return good;
}

static bool measure(page_insight *insight, cnnrun_error *error, cnn_report *report)
{
    const char *split = cnnrun_run_samples(insight->run, "test") ? "test" : "validation";
    const uint64_t samples = cnnrun_run_samples(insight->run, split);
    insight->input = (cnnrun_input){.struct_size = sizeof insight->input};
    if (!cnnrun_pipeline_input(cnnrun_run_pipeline(insight->run), &insight->input))
        return false;
    if (insight->input.classes == 0)
        return true;
    if (samples == 0)
        return cnn_report_add(report, CNN_EXIT_DATA, CNN_NOWHERE, "the pipeline has no test data");
    if (insight->input.classes > CNNRUN_MAX_CONFUSION)
        return cnn_report_add(report, CNN_EXIT_DATA, CNN_NOWHERE, "there are more than %u classes",
                              (unsigned)CNNRUN_MAX_CONFUSION);
    answers a = {0};
    const bool good = ask(insight, split, samples, &a, error, report);
    if (good) {
        insight->split = split;
        insight->samples = samples;
        insight->classes = (size_t)insight->input.classes;
        count_confusion(insight, &a);
        insight->pair_count =
            page_scores_pairs(insight->confusion, insight->classes, insight->pairs);
        find_mistakes(insight, &a);
    }
    free(a.outputs);
    free(a.labels);
    return good;
}

static char *first_fault(const cnn_report *report)
{
    for (size_t i = 0; i < report->count; i++)
        if (report->problems[i].code != 0)
            return cnn_report_line(report, i);
    return cnn_strdup("the run cannot be opened");
}

bool page_insight_gain(page_insight *insight, const page_record *record,
                       const cnnrun_options *options, cnn_report *report)
{
    cnn_report found = {0};
    const size_t errors = report->errors;
    cnnrun_error *error = cnnrun_error_new();
    *insight = (page_insight){.run = cnnrun_run_open(record->dir, options, error)};
    const bool good = cnnrun_run_open_data(insight->run, error) && measure(insight, error, &found);
    cnn_command_take(error, &found);
    cnnrun_error_free(error);
    if (!good)
        insight->trouble = first_fault(&found);
    if (!insight->confusion) {
        insight->confusion = page_record_confusion(record, &insight->classes);
        if (insight->confusion)
            insight->pair_count =
                page_scores_pairs(insight->confusion, insight->classes, insight->pairs);
    }
    for (size_t i = 0; i < found.count; i++)
        if (found.problems[i].code == CNN_EXIT_SYSTEM)
            cnn_report_add(report, CNN_EXIT_SYSTEM, found.problems[i].mark, "%s",
                           found.problems[i].text);
    cnn_report_free(&found);
    return report->errors == errors;
}

void page_insight_free(page_insight *insight)
{
    cnnrun_run_close(insight->run);
    free(insight->confusion);
    free(insight->trouble);
}
