/* plot_show.c - plots as parts of the page: figures, their files, legends. */
#include <string.h>

#include "report/html.h"
#include "report/plot.h"

#define FULLEST_PAGE (7u << 19) /* bytes, 3.5 MiB; plots beyond are only linked to */

/* The shapes of gnuplot's point types, once a page, as its SVG refers to them. */
static const char marks[] =
    "<svg width=\"0\" height=\"0\" style=\"position:absolute\" aria-hidden=\"true\"><defs>"
    "<circle id=\"gpDot\" r=\".5\" fill=\"currentColor\"/>"
    "<rect id=\"gpPt4\" x=\"-1\" y=\"-1\" width=\"2\" height=\"2\" fill=\"currentColor\"/>"
    "<circle id=\"gpPt5\" r=\"1\" fill=\"var(--card)\" stroke=\"currentColor\" "
    "stroke-width=\".5\"/>"
    "<circle id=\"gpPt6\" r=\"1\" fill=\"currentColor\"/>"
    "<path id=\"gpPt8\" d=\"M0-1.33-1.33.67H1.33z\" fill=\"currentColor\"/>"
    "<path id=\"gpPt10\" d=\"M0 1.33-1.33-.67H1.33z\" fill=\"currentColor\"/>"
    "<path id=\"gpPt12\" d=\"M0-1.4 1.4 0 0 1.4-1.4 0z\" fill=\"currentColor\"/>"
    "</defs></svg>\n";

static void define_marks(cnn_text *out, page_plots *plots)
{
    if (!plots->defined)
        page_html_raw(out, marks);
    plots->defined = true;
}

static void add_links(cnn_text *out, const page_plots *plots, const page_plot *plot)
{
    static const char *const kinds[] = {"svg", "png", "dat"};
    static const char *const names[] = {"SVG", "PNG", "data"};
    page_html_raw(out, "<span class=\"files\">");
    for (size_t i = !plots->stored ? 3 : plot->inlined ? 0 : 2; i < 3; i++)
        page_html(out, "<a href=\"%s/%s.%s\">%s</a> ", plots->link, plot->name, kinds[i], names[i]);
    page_html_raw(out, "</span>");
}

void page_plot_show(cnn_text *out, page_plots *plots, const page_plot *plot)
{
    define_marks(out, plots);
    page_html(out, "<figure class=\"plot%s\"><figcaption><b>%s</b> ", plot->bars ? " bars" : "",
              plot->title);
    if (page_plot_has_values(plot))
        add_links(out, plots, plot);
    page_html_raw(out, "</figcaption>");
    if (!page_plot_has_values(plot))
        page_html_raw(out, "<p class=\"none\">There is no finite value to draw.</p>");
    else if (plot->inlined && out->length + strlen(plot->inlined) < FULLEST_PAGE)
        page_html_raw(out, plot->inlined);
    else if (plot->inlined)
        page_html_raw(out, "<p class=\"none\">The page would grow too large with this plot; its "
                           "files have it.</p>");
    else if (plots->stored)
        page_html_raw(out, "<p class=\"none\">Not drawn; the data file has the numbers.</p>");
    else
        page_html_raw(out, "<p class=\"none\">Not drawn.</p>");
    page_html_raw(out, "</figure>\n");
}

void page_plot_swatch(cnn_text *out, const page_plot *plot, const page_curve *curve)
{
    const page_look look = page_curve_look(plot, curve);
    const char *color = strcmp(look.color, PAGE_BLUE) == 0 ? "var(--blue)" : look.color;
    page_html(
        out,
        "<svg class=\"swatch\" viewBox=\"0 0 40 12\" aria-hidden=\"true\"><path d=\"M1 6H39\" "
        "stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"%s\"/>"
        "<use href=\"#gpPt%d\" transform=\"translate(20,6) scale(3)\" color=\"%s\"/></svg>",
        color, look.dash[0] ? look.dash : "none", look.mark - 1, color);
}
