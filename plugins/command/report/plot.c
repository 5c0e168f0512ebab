/* plot.c - what plots hold, and their data files. */
#include "report/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "report/html.h"

#define LONGEST_TITLE 28u /* characters */
#define LARGEST 1e100     /* what is beyond is drawn as if it were not finite */

/* The next character's bytes, or 1 for a byte that is no UTF-8. */
static size_t step(const char *text, size_t left)
{
    const size_t bytes = page_utf8_length(text, left);
    return bytes ? bytes : 1;
}

/* What gnuplot may show between single quotes: no quote, no format, no control character, UTF-8. Of
 * long names beginning and end. */
static char *showable(const char *text)
{
    cnn_text out = {0};
    const size_t length = strlen(text);
    size_t characters = 0, place = 0;
    cnn_text_add(&out, "%s", "");
    for (size_t i = 0; i < length; i += step(text + i, length - i))
        characters++;
    for (size_t i = 0; i < length; i += step(text + i, length - i), place++) {
        const size_t bytes = page_utf8_length(text + i, length - i);
        const char c = text[i];
        const bool middle = characters > LONGEST_TITLE && place >= LONGEST_TITLE / 2 &&
                            place < characters - LONGEST_TITLE / 2;
        if (middle)
            cnn_text_add(&out, "%s", place == LONGEST_TITLE / 2 ? "…" : "");
        else if (bytes == 0 || (bytes == 1 && (c < 32 || c == 127 || strchr("'\"%\\@`{}^~", c))))
            cnn_text_add(&out, "?");
        else
            cnn_text_add_bytes(&out, text + i, bytes);
    }
    return out.data;
}

page_plot *page_plots_add(page_plots *plots, const char *name, const char *title, const char *axis)
{
    page_plot *plot = cnn_alloc(1, sizeof *plot);
    plots->plots = cnn_realloc(plots->plots, plots->count + 1, sizeof(page_plot *));
    plots->plots[plots->count++] = plot;
    plot->name = cnn_strdup(name);
    plot->title = showable(title);
    plot->axis = showable(axis);
    return plot;
}

page_curve *page_plot_add(page_plot *plot, const char *title, size_t look)
{
    plot->curves = cnn_realloc(plot->curves, plot->count + 1, sizeof *plot->curves);
    page_curve *curve = &plot->curves[plot->count++];
    *curve = (page_curve){.title = showable(title), .look = look};
    return curve;
}

static double drawable(double value)
{
    return fabs(value) < LARGEST ? value : (double)NAN;
}

void page_curve_add(page_curve *curve, double x, double y, double spread)
{
    if (curve->count == curve->capacity) {
        curve->capacity = curve->capacity ? 2 * curve->capacity : 16;
        curve->x = cnn_realloc(curve->x, curve->capacity, sizeof(double));
        curve->y = cnn_realloc(curve->y, curve->capacity, sizeof(double));
        curve->spread = cnn_realloc(curve->spread, curve->capacity, sizeof(double));
    }
    curve->x[curve->count] = x;
    curve->y[curve->count] = drawable(y);
    curve->spread[curve->count++] = drawable(spread);
}

page_look page_curve_look(const page_plot *plot, const page_curve *curve)
{
    static const char *const colors[] = {PAGE_BLUE, "#D55E00", "#009E73", "#CC79A7",
                                         "#E69F00", "#56B4E9", "#8C8C8C"};
    static const char *const dashes[] = {"", "9,4", "2,3", "10,3,2,3", "16,5"};
    static const int marks[] = {7, 5, 9, 13, 11, 6};
    page_look look = {.color = colors[curve->look % (sizeof colors / sizeof colors[0])],
                      .dash = dashes[curve->look % (sizeof dashes / sizeof dashes[0])],
                      .mark = marks[curve->look % (sizeof marks / sizeof marks[0])]};
    if (plot->paired) {
        look.dash = curve->dashed ? "5,4" : "";
        look.mark = curve->dashed ? 6 : 7;
    }
    return look;
}

bool page_curve_has_values(const page_curve *curve)
{
    for (size_t i = 0; i < curve->count; i++)
        if (isfinite(curve->y[i]))
            return true;
    return false;
}

bool page_plot_has_values(const page_plot *plot)
{
    for (size_t c = 0; c < plot->count; c++)
        if (page_curve_has_values(&plot->curves[c]))
            return true;
    return false;
}

static void free_plot(page_plot *plot)
{
    for (size_t c = 0; c < plot->count; c++) {
        free(plot->curves[c].title);
        free(plot->curves[c].x);
        free(plot->curves[c].y);
        free(plot->curves[c].spread);
    }
    free(plot->curves);
    free(plot->name);
    free(plot->title);
    free(plot->axis);
    free(plot->inlined);
    free(plot);
}

void page_plots_free(page_plots *plots)
{
    for (size_t i = 0; i < plots->count; i++)
        free_plot(plots->plots[i]);
    free(plots->plots);
    free(plots->dir);
    free(plots->trouble);
}
