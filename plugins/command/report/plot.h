/* plot.h - pictures of numbers: described here, drawn by gnuplot, kept beside the page with their data.
 *
 * A plot NAME leaves NAME.dat, NAME.svg and NAME.png in the plots' folder, and plots.gp draws them all
 * again. Colours are Okabe and Ito's, which the colour-blind tell apart; dashes and marks differ too. */
#ifndef PAGE_PLOT_H
#define PAGE_PLOT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/report.h"
#include "base/text.h"

/* One line of a plot, or one bar of a bar chart (whose only point is its value). */
typedef struct page_curve {
    char *title;  /* as a plot may show it */
    size_t look;  /* which colour, dash and mark */
    bool dashed, faint, unnamed;
    double *x, *y, *spread; /* NaN: a gap, no error bar */
    size_t count, capacity;
} page_curve;

typedef struct page_plot {
    char *name, *title, *axis; /* file, heading, what the values are */
    bool bars, small, paired; /* paired: training dashed, validation solid, whatever the look */
    bool bounded, logarithmic; /* values lie in [0, 1]; logarithmic even if they span little */
    page_curve *curves;
    size_t count;
    char *inlined; /* SVG for the page; NULL: not drawn */
} page_plot;

typedef struct page_plots {
    char *dir;        /* where they are kept */
    const char *link; /* the same as a page beside it names it */
    page_plot **plots;
    size_t count;
    char *trouble; /* why there are no pictures, or NULL */
    bool stored;   /* the data are in the folder */
    bool missing;  /* gnuplot is not there */
    bool defined;  /* the marks' shapes are in the page */
    struct page_graph *graph; /* drawn into the same folder; NULL: none */
} page_plots;

/* How a line is drawn. */
typedef struct page_look {
    const char *color;
    const char *dash; /* as gnuplot and SVG both take it; "": solid */
    int mark;         /* gnuplot's number of a point type */
} page_look;
#define PAGE_BLUE "#0072B2" /* the first colour, which light and dark pages have a variant of */
page_look page_curve_look(const page_plot *plot, const page_curve *curve);

/* Adds a plot; strings are copied, and what a plot cannot show becomes '?'. */
page_plot *page_plots_add(page_plots *plots, const char *name, const char *title, const char *axis);
page_curve *page_plot_add(page_plot *plot, const char *title, size_t look);
void page_curve_add(page_curve *curve, double x, double y, double spread);
void page_plots_free(page_plots *plots);

/* True if there is a value to be drawn. */
bool page_curve_has_values(const page_curve *curve);
bool page_plot_has_values(const page_plot *plot);

/* Writes data and script and runs gnuplot. What goes wrong is told in `trouble`; it fails only where the
 * current folder, which it leaves for a while, cannot be entered again. */
CNN_MUST_CHECK bool page_plots_draw(page_plots *plots, cnn_report *report);

/* The script for all plots; plot_script.c. */
void page_plots_script(const page_plots *plots, cnn_text *script);

/* Adds the picture to the page, with links to its files; or says why it is not there. */
void page_plot_show(cnn_text *out, page_plots *plots, const page_plot *plot);
/* A line's colour, dash and mark in small, for a legend. */
void page_plot_swatch(cnn_text *out, const page_plot *plot, const page_curve *curve);

#endif
