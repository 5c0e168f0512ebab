/* line.h - a line of an experiment's tables: cells in columns, made to fit the terminal. */
#ifndef CNN_COMMAND_LINE_H
#define CNN_COMMAND_LINE_H

#include <sys/ioctl.h>

#define CNN_LINE_CELL 96 /* bytes of a cell, at most: a run's name, or the statuses of its seeds */

enum {
    CNN_LINE_NAME,
    CNN_LINE_SEED,
    CNN_LINE_EPOCH,
    CNN_LINE_LOSS,
    CNN_LINE_ACCURACY,
    CNN_LINE_VAL_ACCURACY,
    CNN_LINE_TEST_ACCURACY,
    CNN_LINE_STATUS,
    CNN_LINE_COLUMNS
};

typedef struct cnn_line {
    char cell[CNN_LINE_COLUMNS][CNN_LINE_CELL];
} cnn_line;

/* How wide each column is; 0: left out. */
typedef struct cnn_layout {
    int brief; /* short headings, and no seconds */
    int width[CNN_LINE_COLUMNS];
} cnn_layout;

/* The terminal's size; 24 lines of 80 where there is none. */
struct winsize cnn_line_screen(void);
/* Characters that a line may have, so that it never wraps. */
int cnn_line_width(void);
/* Characters of UTF-8. */
int cnn_line_length(const char *text);

/* The first layout if it fits into `width`, else the second, which is brief, without the columns that say least. */
cnn_layout cnn_layout_choose(const cnn_layout *full, const cnn_layout *brief, int width);

/* The line, and its headings, as text, cut to the width; the caller frees. */
char *cnn_line_text(const cnn_line *line, const cnn_layout *layout, int width);
char *cnn_line_headings(const cnn_layout *layout, int width);

#endif
