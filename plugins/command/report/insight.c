/* insight.c - what only the network itself can show: its mistakes on the test data, and its
 * filters. */
#include "report/insight.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/memory.h"
#include "engine/engine.h"
#include "run/reopen.h"

static void count_confusion(page_insight *insight, const float *outputs)
{
    const size_t classes = insight->classes;
    insight->confusion = cnn_alloc(classes * classes, sizeof(uint64_t));
    for (uint64_t i = 0; i < insight->split->count; i++) {
        const size_t predicted = cnn_engine_class(outputs + i * classes, classes);
        if (predicted < classes)
            insight->confusion[(size_t)cnn_data_label(insight->split, i) * classes + predicted]++;
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

static void find_mistakes(page_insight *insight, const float *outputs)
{
    const size_t classes = insight->classes;
    for (uint64_t i = 0; i < insight->split->count; i++) {
        const size_t label = (size_t)cnn_data_label(insight->split, i);
        const size_t predicted = cnn_engine_class(outputs + i * classes, classes);
        for (size_t p = 0; p < insight->pair_count; p++)
            if (insight->pairs[p].label == label && insight->pairs[p].predicted == predicted)
                keep_mistake(insight, p,
                             (page_mistake){i, (double)outputs[i * classes + predicted]});
    }
}

static bool measure(page_insight *insight, size_t threads, cnn_report *report)
{
    const cnn_session *session = &insight->session;
    const cnn_split *split =
        session->data.test.count ? &session->data.test : &session->data.validation;
    const size_t classes = session->network->classes;
    if (split->count == 0)
        return cnn_report_add(report, CNN_EXIT_DATA, CNN_NOWHERE, "the pipeline has no test data");
    if (classes > CNN_MAX_CONFUSION)
        return cnn_report_add(report, CNN_EXIT_DATA, CNN_NOWHERE, "there are more than %u classes",
                              CNN_MAX_CONFUSION);
    uint64_t cells;
    float *outputs =
        cnn_mul(split->count, classes, &cells) ? cnn_tensor_alloc(cells, sizeof(float)) : NULL;
    cnn_engine *engine = outputs
                             ? cnn_engine_new(session->pipeline, session->network, &session->data,
                                              cnn_session_threads(session, threads), false, report)
                             : NULL;
    if (!outputs)
        cnn_report_add(report, CNN_EXIT_SYSTEM, CNN_NOWHERE,
                       "out of memory: the network's outputs of %" PRIu64 " images need more than "
                       "there is",
                       split->count);
    if (engine) {
        insight->split = split;
        insight->classes = classes;
        cnn_engine_outputs(engine, split, outputs);
        count_confusion(insight, outputs);
        insight->pair_count = page_scores_pairs(insight->confusion, classes, insight->pairs);
        find_mistakes(insight, outputs);
    }
    cnn_engine_free(engine);
    free(outputs);
    return engine != NULL;
}

static char *first_fault(const cnn_report *report)
{
    for (size_t i = 0; i < report->count; i++)
        if (report->problems[i].code != 0)
            return cnn_report_line(report, i);
    return cnn_strdup("the run cannot be opened");
}

bool page_insight_gain(page_insight *insight, const page_record *record,
                       const cnn_session_options *options, size_t threads, cnn_report *report)
{
    cnn_report found = {0};
    const size_t errors = report->errors;
    *insight = (page_insight){.trouble = NULL};
    insight->opened = cnn_session_reopen(&insight->session, record->dir, options, &found) &&
                      cnn_session_open_data(&insight->session, &found);
    if (!insight->opened || !measure(insight, threads, &found))
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
    cnn_session_close(&insight->session);
    free(insight->confusion);
    free(insight->trouble);
}
