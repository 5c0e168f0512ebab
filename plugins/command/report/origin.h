/* origin.h - where a run comes from: the experiment that its folder lies in, and links between pages. */
#ifndef PAGE_ORIGIN_H
#define PAGE_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/report.h"
#include "base/text.h"

/* How deep in an experiment's folder `dir` lies: 1 for DIR/RUN, 2 for DIR/RUN/SEED, 0 for none; then
 * *experiment is the experiment's name, which the caller frees. What cannot be read is a fault. */
size_t page_origin_depth(const char *dir, char **experiment, cnn_report *report);

/* The name in the folder's experiment.yaml, else the folder's own, and the file's text if there is one;
 * the caller frees both. What cannot be read is a fault. */
char *page_origin_experiment(const char *dir, char **source, cnn_report *report);

/* The last `parts` names of the folder's path, fewer if it has no more; the caller frees. */
char *page_origin_tail(const char *dir, size_t parts);

/* Adds a link from a page in `folder` to a file in it or below it; false if the file is not there. */
bool page_origin_link(cnn_text *out, const char *folder, const char *path, const char *text);

#endif
