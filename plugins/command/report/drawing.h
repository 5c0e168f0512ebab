/* drawing.h - what the two programs that draw for pages, gnuplot and graphviz's dot, have in common: how they are
 * run, their files, and their SVG as a part of the page. All files are in the current folder. */
#ifndef PAGE_DRAWING_H
#define PAGE_DRAWING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/report.h"
#include "base/text.h"

#define PAGE_LARGEST_PICTURE (64u << 20)

typedef struct page_drawer {
    char *const *arguments; /* the program first, NULL last */
    const char *draws;      /* "plots are drawn by gnuplot" */
    const char *script;     /* what it reads: lines of its messages that begin with this name in quotes are errors */
    double seconds;         /* it is ended after so many */
} page_drawer;

/* Runs it. NULL: it ended well; else why there is no picture, for the caller to free. *missing: it is not there. */
char *page_drawer_run(const page_drawer *drawer, bool *missing);

/* True if the file ends as one that was written to its end: on a full disk such programs notice nothing. */
CNN_MUST_CHECK bool page_drawing_is_whole(const char *name, const char *program, const char *end, size_t length,
                                          cnn_report *report);

/* Writes a text to a file. */
CNN_MUST_CHECK bool page_drawing_write(const char *name, const cnn_text *text, cnn_report *report);

/* A word of a program's SVG, and what stands for it in the page; the last has no `from`. */
typedef struct page_word {
    const char *from, *to;
} page_word;
/* Adds `length` bytes with those words replaced. */
void page_drawing_replace(cnn_text *out, const char *bytes, size_t length, const page_word *words);
/* Adds <svg ...> with the picture's own viewBox; false without one. */
bool page_drawing_begin(cnn_text *out, const char *svg, const char *title);

#endif
