/* plot_folder.h - the folder of plots: files are made in a fresh folder beside it, and renamed into it. */
#ifndef PAGE_PLOT_FOLDER_H
#define PAGE_PLOT_FOLDER_H

#include "base/report.h"

/* Whatever ends us, and whenever, each file in DIR is the old or the new one, whole; what is left in
 * DIR.tmp goes when the next page is written. No link is followed, neither DIR itself nor in it. */
typedef struct page_folder {
    char *dir, *fresh, *outer;      /* DIR, DIR.tmp, and what was the current folder before */
    int dir_fd, fresh_fd, outer_fd;
} page_folder;

/* Makes both, waits for another page writer that is at work there, and makes DIR.tmp, emptied, the current
 * folder. What is there and is no folder, or no file of a plot in DIR.tmp, is refused. */
CNN_MUST_CHECK bool page_folder_open(page_folder *folder, const char *dir, cnn_report *report);
/* Renames a file of DIR.tmp into DIR. */
CNN_MUST_CHECK bool page_folder_keep(const page_folder *folder, const char *name, cnn_report *report);
/* Removes DIR.tmp with what is left in it, and goes back. Also when opening it failed. False: it is not
 * back, and no relative path means what it did. */
CNN_MUST_CHECK bool page_folder_close(page_folder *folder, cnn_report *report);

#endif
