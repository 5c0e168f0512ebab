/* line.c - a line of an experiment's tables: cells in columns, made to fit the terminal. */
#include "experiment/line.h"

#include <limits.h>
#include <unistd.h>

#include "base/text.h"

#define SHORTEST_NAME 8 /* to which a run's name is cut */

static const cnn_line heads = {{"run", "seed", "epoch", "loss", "accuracy", "val_accuracy",
                                "test_accuracy", "status"}},
                      brief_heads = {
                          {"run", "seed", "epoch", "loss", "acc", "val_acc", "test_acc", "status"}};

struct winsize cnn_line_screen(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 2 || size.ws_row < 3)
        size = (struct winsize){.ws_row = 24, .ws_col = 80};
    return size;
}

int cnn_line_width(void)
{
    return isatty(STDOUT_FILENO) ? cnn_line_screen().ws_col - 1 : INT_MAX;
}

int cnn_line_length(const char *text)
{
    int length = 0;
    for (; *text; text++)
        length += ((unsigned char)*text & 0xC0) != 0x80;
    return length;
}

static int width_of(const cnn_layout *l)
{
    int width = 1; /* a status has two blanks before it */
    for (int c = 0; c < CNN_LINE_COLUMNS; c++)
        width += l->width[c] ? l->width[c] + (c > 0) : 0;
    return width;
}

/* Leaves out columns, those that say least first, until a line fits. */
static void fit(cnn_layout *l, int width)
{
    static const int least[] = {CNN_LINE_LOSS, CNN_LINE_ACCURACY, CNN_LINE_VAL_ACCURACY,
                                CNN_LINE_EPOCH};
    for (size_t i = 0; i < sizeof least / sizeof least[0] && width_of(l) > width; i++)
        l->width[least[i]] = 0;
    while (l->width[CNN_LINE_NAME] > SHORTEST_NAME && width_of(l) > width)
        l->width[CNN_LINE_NAME]--;
}

cnn_layout cnn_layout_choose(const cnn_layout *full, const cnn_layout *brief, int width)
{
    cnn_layout fitted = *brief;
    if (width_of(full) <= width)
        return *full;
    fit(&fitted, width);
    return fitted;
}

char *cnn_line_text(const cnn_line *r, const cnn_layout *l, int width)
{
    cnn_text line = {0};
    for (int c = 0; c < CNN_LINE_COLUMNS; c++) {
        const int pad = l->width[c] - cnn_line_length(r->cell[c]);
        if (c == CNN_LINE_NAME && pad < 0)
            cnn_text_add(&line, "%.*s~", l->width[c] - 1, r->cell[c]);
        else if (c == CNN_LINE_NAME)
            cnn_text_add(&line, "%s%*s", r->cell[c], pad, "");
        else if (c == CNN_LINE_STATUS)
            cnn_text_add(&line, "  %s", r->cell[c]);
        else if (l->width[c])
            cnn_text_add(&line, " %*s%s", pad > 0 ? pad : 0, "", r->cell[c]);
    }
    char *end = line.data;
    for (int left = width; *end && (((unsigned char)*end & 0xC0) == 0x80 || left > 0); end++)
        left -= ((unsigned char)*end & 0xC0) != 0x80;
    *end = '\0';
    return line.data;
}

char *cnn_line_headings(const cnn_layout *layout, int width)
{
    return cnn_line_text(layout->brief ? &brief_heads : &heads, layout, width);
}
