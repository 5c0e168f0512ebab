/* diagnose.h - why a run does not learn, in words: what was measured at its end, a sentence each.
 */
#ifndef CNN_RUN_DIAGNOSE_H
#define CNN_RUN_DIAGNOSE_H

#include "run/loop.h"

typedef struct cnn_findings {
    char **lines;       /* sentences */
    cnn_finding *codes; /* of each line */
    size_t count;
} cnn_findings;

/* Takes a probe of 128 training samples forward and backward, and looks at weights and figures.
 * Says why the run diverged (always first); where gradients end; which layers get none; dead ReLUs;
 * units with equal kernels; weights that never moved; an accuracy that is chance; a loss that is
 * not finite. Nothing to say: no lines. A function of the run alone; the weights are as before
 * afterwards. */
void cnn_diagnose(cnn_training *training, cnn_outcome outcome, cnn_findings *findings);
void cnn_findings_free(cnn_findings *findings);

#endif
