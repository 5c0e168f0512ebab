/* sections.h - the parts of a page, each of which adds HTML. `folder` is where the page will lie. */
#ifndef PAGE_SECTIONS_H
#define PAGE_SECTIONS_H

#include "report/group.h"
#include "report/insight.h"
#include "report/plot.h"

/* Everything up to the title, and from the end of the content on; frame.c. */
void page_frame_begin(cnn_text *out, const char *title);
void page_frame_end(cnn_text *out);
void page_frame_badge(cnn_text *out, const char *status);
/* Sentences that the reader should see first; nothing where there are none. */
void page_frame_notes(cnn_text *out, const char *heading, char *const *notes, size_t count);
/* A text to be unfolded, cut off where it is too long for a page. */
void page_frame_source(cnn_text *out, const char *heading, const char *text);
/* Names a file of numbers, with a link where the page can have one; nothing without the file. */
void page_frame_data(cnn_text *out, const char *folder, const char *dir, const char *name);
/* Says how to get pictures where there are none. */
void page_frame_trouble(cnn_text *out, const page_plots *plots);

/* The page of one run; run_page.c, with its plots in curves.c. */
void page_run_plots(page_plots *plots, const page_record *record);
void page_run_write(cnn_text *out, page_plots *plots, const page_record *record, const page_insight *insight,
                    const char *folder);

/* The page of several runs; group_page.c, with its plots in curves.c. */
void page_groups_plots(page_plots *plots, const page_groups *groups);
void page_groups_write(cnn_text *out, page_plots *plots, const page_groups *groups, const char *title,
                       const char *folder);

/* The table of several runs, and parts of it that stand elsewhere, too; group_table.c. */
void page_groups_table(cnn_text *out, const page_groups *groups, const char *folder);
/* A run's name, with links to the pages of its trainings. */
void page_group_name(cnn_text *out, const page_group *group, const char *folder);
/* How its trainings ended. */
void page_group_badge(cnn_text *out, const page_group *group);
/* Names the runs that are meant between `before` and `after`, which are markup; nothing where there are none.
 * `counts`: with the number of seeds that have completed. */
typedef bool page_group_test(const page_group *group);
void page_groups_list(cnn_text *out, const page_groups *groups, page_group_test *meant, bool counts,
                      const char *before, const char *after);

/* The matrix as a table with shaded cells; matrix.c. */
void page_matrix_add(cnn_text *out, const uint64_t *confusion, size_t classes);
void page_matrix_scores(cnn_text *out, const uint64_t *confusion, size_t classes);
/* The pairs that are most often confused, with images; pairs.c. */
void page_pairs_add(cnn_text *out, const page_insight *insight);
/* The kernels of the first convolution; filters.c. */
void page_filters_add(cnn_text *out, const page_record *record);

#endif
