/* gnuplot.c - runs gnuplot on the plots of a page, and makes its SVG a part of the page. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "report/drawing.h"
#include "report/graph.h"
#include "report/html.h"
#include "report/plot.h"
#include "report/plot_folder.h"

#define SCRIPT "plots.gp"
#define LARGEST_SVG (2u << 20)
#define LONGEST 600 /* seconds for all plots of a page */

/* ---- files ---------------------------------------------------------------------------------- */

static void add_bar(const page_plot *plot, size_t place, cnn_text *data)
{
    const page_curve *bar = &plot->curves[place];
    const double value = bar->y[0], spread = bar->spread[0];
    const int decimals = fabs(value) < 1000 ? 4 : 0;
    cnn_text_add(data, "%zu %.17g %.17g %ld %.17g \"", place, value, spread,
                 strtol(page_curve_look(plot, bar).color + 1, NULL, 16),
                 fmax(0, isnan(spread) ? value : value + spread));
    if (isnan(value))
        cnn_text_add(data, "no value");
    else
        page_html_number(data, value, decimals);
    if (!isnan(spread)) {
        cnn_text_add(data, " ± ");
        page_html_number(data, spread, decimals);
    }
    cnn_text_add(data, "\" \"%s\"\n", bar->title);
}

static void add_bar_data(const page_plot *plot, cnn_text *data)
{
    cnn_text_add(data, "# place value deviation colour end label name\n");
    for (size_t c = 0; c < plot->count; c++)
        add_bar(plot, c, data);
}

/* Blocks with two empty lines between them, which gnuplot calls index 0, 1, ... */
static void add_line_data(const page_plot *plot, cnn_text *data)
{
    for (size_t c = 0; c < plot->count; c++) {
        const page_curve *curve = &plot->curves[c];
        cnn_text_add(data, "%s# epoch, %s of '%s'%s\n", c ? "\n\n" : "", plot->axis, curve->title,
                     curve->dashed ? " (training)" : "");
        for (size_t i = 0; i < curve->count; i++)
            cnn_text_add(data, "%.17g %.17g\n", curve->x[i], curve->y[i]);
        if (curve->count == 0)
            cnn_text_add(data, "NaN NaN\n");
    }
}

/* Data and script, into the current folder. */
static bool write_files(const page_plots *plots, cnn_report *report)
{
    cnn_text script = {0};
    bool good = true;
    for (size_t i = 0; i < plots->count && good; i++) {
        cnn_text data = {0};
        char *name = cnn_format("%s.dat", plots->plots[i]->name);
        page_html_raw(&data, "");
        (plots->plots[i]->bars ? add_bar_data : add_line_data)(plots->plots[i], &data);
        good = page_drawing_write(name, &data, report);
        free(name);
        cnn_text_free(&data);
    }
    page_plots_script(plots, &script);
    good = good && page_drawing_write(SCRIPT, &script, report);
    cnn_text_free(&script);
    return good;
}

/* ---- the SVG -------------------------------------------------------------------------------- */

/* gnuplot's ink and grid in the page's colours, which light and dark set. */
static const page_word words[] = {
    {"rgb( 32,  33,  36)", "var(--ink)"},
    {"rgb(32,33,36)", "var(--ink)"},
    {"rgb(213, 216, 220)", "var(--grid)"},
    {"rgb(213,216,220)", "var(--grid)"},
    {"rgb(  0, 114, 178)", "var(--blue)"},
    {" color=\"black\"", ""},
    {" color=\"gray\"", ""},
    {" font-family=\"sans-serif\"", ""},
    {" stroke-linecap=\"butt\" stroke-linejoin=\"miter\"", ""},
    {NULL, NULL},
};

/* Where a line that may be left out ends: empty groups, titles that would pop up, numbers of plots.
 */
static const char *skip(const char *at, const char **instead)
{
    const char *end = strchr(at, '\n');
    *instead = NULL;
    if (!end)
        return NULL;
    if (strncmp(at, "<g ", 3) == 0 && strncmp(end, "\n</g>\n", 6) == 0)
        return end + 6;
    if (strncmp(at, "\t<g id=\"gnuplot_plot_", 21) == 0) {
        *instead = "<g>\n";
        return end + 1;
    }
    return NULL;
}

/* The drawing behind the definitions of marks, which the page holds once. */
static char *inline_svg(const char *text, const char *title)
{
    const char *body = strstr(text, "</defs>\n"), *instead;
    cnn_text out = {0};
    if (!body || !page_drawing_begin(&out, text, title))
        return NULL;
    page_html_raw(&out, ">\n<g>\n");
    for (const char *at = body + 8; *at;) {
        const char *next = skip(at, &instead), *end = strchr(at, '\n');
        if (next) {
            page_html_raw(&out, instead ? instead : "");
            at = next;
            continue;
        }
        next = end ? end + 1 : at + strlen(at);
        page_drawing_replace(&out, at, (size_t)(next - at), words);
        at = next;
    }
    return out.data;
}

static bool take_inlined(page_plot *plot, cnn_report *report)
{
    char *name = cnn_format("%s.inline.svg", plot->name), *text = NULL;
    uint64_t size;
    const bool good = cnn_file_read(name, LARGEST_SVG, CNN_EXIT_OUTPUT, &text, &size, report);
    if (good)
        plot->inlined = inline_svg(text, plot->title);
    free(text);
    free(name);
    return good;
}

/* ---- the program ---------------------------------------------------------------------------- */

/* Draws them into the current folder; false with `trouble`. */
static bool draw(page_plots *plots)
{
    char program[] = "gnuplot", plain[] = "-d", script[] = SCRIPT;
    char *arguments[] = {program, plain, script, NULL};
    const page_drawer gnuplot = {arguments, "plots are drawn by gnuplot", SCRIPT, LONGEST};
    plots->trouble = page_drawer_run(&gnuplot, &plots->missing);
    return !plots->trouble;
}

/* The pictures of a plot, into the page and into the folder. `made`: faults of what stands in
 * DIR.tmp.
 */
static bool keep_pictures(const page_folder *folder, page_plot *plot, cnn_report *made,
                          cnn_report *report)
{
    char *svg = cnn_format("%s.svg", plot->name), *png = cnn_format("%s.png", plot->name);
    const bool good = page_drawing_is_whole(svg, "gnuplot", "</svg>", 6, made) &&
                      page_drawing_is_whole(png, "gnuplot", "IEND\xAE\x42\x60\x82", 8, made) &&
                      take_inlined(plot, made) && page_folder_keep(folder, svg, report) &&
                      page_folder_keep(folder, png, report);
    free(svg);
    free(png);
    return good;
}

static bool keep_data(const page_folder *folder, const page_plots *plots, cnn_report *report)
{
    bool good = page_folder_keep(folder, SCRIPT, report);
    for (size_t i = 0; i < plots->count && good; i++) {
        char *name = cnn_format("%s.dat", plots->plots[i]->name);
        good = page_folder_keep(folder, name, report);
        free(name);
    }
    return good;
}

bool page_plots_draw(page_plots *plots, cnn_report *lost)
{
    cnn_report report = {0}, made = {0};
    page_folder folder;
    const bool opened = page_folder_open(&folder, plots->dir, &report);
    bool good = opened && write_files(plots, &made);
    const bool drawn = good && draw(plots);
    plots->stored = good && keep_data(&folder, plots, &report);
    good = drawn && plots->stored;
    for (size_t i = 0; i < plots->count && good; i++)
        good = !page_plot_has_values(plots->plots[i]) ||
               keep_pictures(&folder, plots->plots[i], &made, &report);
    if (!plots->trouble && (made.count || report.count)) {
        char *line = cnn_report_line(made.count ? &made : &report, 0);
        plots->trouble = made.count ? cnn_format("%s/%s", folder.fresh, line) : cnn_strdup(line);
        free(line);
    }
    if (opened && plots->graph)
        page_graph_draw(plots->graph, &folder);
    const bool back = page_folder_close(&folder, lost);
    cnn_report_free(&made);
    cnn_report_free(&report);
    return back;
}
