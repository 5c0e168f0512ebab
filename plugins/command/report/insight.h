/* insight.h - what only the network itself can show: its mistakes on the test data. */
#ifndef PAGE_INSIGHT_H
#define PAGE_INSIGHT_H

#include <cnnrun/cnnrun.h>

#include "report/record.h"
#include "report/scores.h"

#define PAGE_PAIR_IMAGES 10u

/* A sample that was taken for another class. */
typedef struct page_mistake {
    uint64_t sample;
    double confidence; /* the output of the class that it was taken for */
} page_mistake;

typedef struct page_insight {
    char *trouble;       /* why there is nothing, or NULL */
    cnnrun_run *run;     /* NULL: it could not be opened */
    const char *split;   /* what was measured: "test", else "validation"; NULL: nothing was */
    uint64_t samples;    /* of the split */
    cnnrun_input input;  /* of the split: what its samples are */
    uint64_t *confusion; /* classes * classes, or NULL */
    size_t classes;
    page_pair pairs[PAGE_MAX_PAIRS];
    size_t pair_count;
    page_mistake mistakes[PAGE_MAX_PAIRS][PAGE_PAIR_IMAGES]; /* the most confident ones first */
    size_t mistake_count[PAGE_MAX_PAIRS];
} page_insight;

/* Opens the run, takes the test data through the network, and keeps what it got wrong. `trouble` says why
 * there is less, which is a matter of the run; where nothing was measured, the summary's confusion matrix is used.
 * False, with faults, where the machine failed (CNN_EXIT_SYSTEM: memory, descriptors): another time there is more, so
 * that the page is better left as it is. */
CNN_MUST_CHECK bool page_insight_gain(page_insight *insight, const page_record *record,
                                      const cnnrun_options *options, cnn_report *report);
void page_insight_free(page_insight *insight);

#endif
