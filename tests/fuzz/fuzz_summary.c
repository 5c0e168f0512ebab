/* fuzz_summary.c - any text as summary.json, for an experiment's table and for the page of a run.
 */
#include "base/memory.h"
#include "experiment/standing.h"
#include "fuzz.h"
#include "page_check.h"
#include "record/summary.h"
#include "report/sections.h"

static void check_record(const page_record *record, const cnn_standing *standing)
{
    static const char *const known[] = {"completed",   "at chance", "not finite", "diverged",
                                        "interrupted", "failed",    "unfinished"};
    size_t k = 0;
    while (k < sizeof known / sizeof known[0] && strcmp(record->status, known[k]) != 0)
        k++;
    CNN_BUG_IF(k == sizeof known / sizeof known[0]);
    CNN_BUG_IF(record->completed != (k < 3));
    if (record->completed || k == 3) /* JSON that a page takes, a table takes too */
        CNN_BUG_IF(!cnn_standing_ended(standing));
    CNN_BUG_IF(!json_is_object(record->summary) || record->row_count != 0);
}

static void write_page(const page_record *record)
{
    cnn_text out = {0};
    page_plots plots = {.link = "plots", .trouble = cnn_strdup("nothing is drawn here")};
    page_insight insight = {.trouble = cnn_strdup("nothing is measured here")};
    insight.confusion = page_record_confusion(record, &insight.classes);
    if (insight.confusion)
        insight.pair_count = page_scores_pairs(insight.confusion, insight.classes, insight.pairs);
    page_run_plots(&plots, record);
    page_run_write(&out, &plots, record, &insight, record->dir);
    page_check(&out, &plots);
    free(insight.confusion);
    free(insight.trouble);
    page_plots_free(&plots);
    cnn_text_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    page_record record;
    cnn_standing standing = {0};
    cnn_report report = {0};
    free(fuzz_file("summary.json", data, size));
    cnn_standing_read(&standing, fuzz_folder(), &report);
    CNN_BUG_IF(!memchr(standing.status, 0, sizeof standing.status));
    CNN_BUG_IF(!memchr(standing.sha256, 0, sizeof standing.sha256));
    json_t *summary = cnn_summary_read(fuzz_folder(), NULL, &report);
    CNN_BUG_IF(!summary && (standing.status[0] || standing.sha256[0]));
    json_decref(summary);
    page_record_read(&record, fuzz_folder());
    check_record(&record, &standing);
    write_page(&record);
    page_record_free(&record);
    free(standing.reason);
    cnn_report_free(&report);
    return 0;
}
