/* insight.h - what only the network itself can show: its mistakes on the test data, and its filters. */
#ifndef PAGE_INSIGHT_H
#define PAGE_INSIGHT_H

#include "report/record.h"
#include "report/scores.h"
#include "run/session.h"

#define PAGE_PAIR_IMAGES 10u

/* A sample that was taken for another class. */
typedef struct page_mistake {
    uint64_t sample;
    double confidence; /* the output of the class that it was taken for */
} page_mistake;

typedef struct page_insight {
    char *trouble;       /* why there is nothing, or NULL */
    bool opened;         /* the session is open, its weights are the run's */
    cnn_session session;
    const cnn_split *split; /* what was measured: the test data, else the validation data */
    uint64_t *confusion; /* classes * classes, or NULL */
    size_t classes;
    page_pair pairs[PAGE_MAX_PAIRS];
    size_t pair_count;
    page_mistake mistakes[PAGE_MAX_PAIRS][PAGE_PAIR_IMAGES]; /* the most confident ones first */
    size_t mistake_count[PAGE_MAX_PAIRS];
} page_insight;

/* Opens the run, takes the test data through the network, and keeps what it got wrong. `trouble` says why
 * there is less, which is a matter of the run; without a session the summary's confusion matrix is used. False,
 * with faults, where the machine failed (CNN_EXIT_SYSTEM: memory, descriptors): another time there is more, so
 * that the page is better left as it is. */
CNN_MUST_CHECK bool page_insight_gain(page_insight *insight, const page_record *record,
                                      const cnn_session_options *options, size_t threads,
                                      cnn_report *report);
void page_insight_free(page_insight *insight);

#endif
