/* reopen.h - the run of a folder opened again, to evaluate or predict. */
#ifndef CNN_RUN_REOPEN_H
#define CNN_RUN_REOPEN_H

#include "run/session.h"

/* Reads the pipeline of a run's folder, plans the network on what the newest sound checkpoint says of its input, and
 * fills it with that one's weights. The data stay closed (cnn_session_open_data), unless the checkpoint is of cnnrun
 * 0.1.0 and does not say. Zero the session before, and close it all the same. Faults: CNN_EXIT_OUTPUT, and those of
 * cnn_session_open. */
CNN_MUST_CHECK bool cnn_session_reopen(cnn_session *session, const char *dir, const cnn_session_options *options,
                                       cnn_report *report);

#endif
