/* conduct.h - a training from its folder to its summary. */
#ifndef CNN_RUN_CONDUCT_H
#define CNN_RUN_CONDUCT_H

#include "run/summarize.h"
#include "run/session.h"

/* How a training begins. */
typedef struct cnn_begin {
    bool resume;             /* what the folder has is taken up */
    cnn_resume mode;
    size_t threads;
    const volatile sig_atomic_t *stop; /* as in cnn_training; may be NULL */
} cnn_begin;

typedef struct cnn_conduct {
    cnn_training training;
    cnn_stamp stamp;
    cnn_run_end end;         /* what the training came to, once cnn_conduct_train is through */
    bool written;            /* metrics.csv and summary.json are there */
    cnn_text profile;        /* where the time went, as a table */
} cnn_conduct;

/* Takes the first weights, or what the folder has; makes the engine; writes pipeline.yaml. Keeps pointers to session and
 * run. False with faults; end it all the same. */
CNN_MUST_CHECK bool cnn_conduct_begin(cnn_conduct *conduct, cnn_session *session, const cnn_run *run,
                                      const cnn_begin *begin, cnn_report *report);
/* Has layers measure the training data, if the training is at its beginning. Nothing is written: a run that ends here,
 * or is stopped, begins again. *whole is false if it was told to stop. */
CNN_MUST_CHECK bool cnn_conduct_survey(cnn_conduct *conduct, bool *whole, cnn_report *report);
/* Trains from where the training stands, measures the test data, writes metrics.csv and the summary. A training that
 * diverged is no fault: training.message says why. */
void cnn_conduct_train(cnn_conduct *conduct, const cnn_session *session, const cnn_run *run, cnn_report *report);
void cnn_conduct_end(cnn_conduct *conduct);

#endif
