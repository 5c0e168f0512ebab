/* plot_script.c - gnuplot's script for the plots of a page.
 *
 * Every plot is drawn three times: NAME.svg and NAME.png for the reader, on white and with a key,
 * and NAME.inline.svg for the page, which writes its own legend and its own background. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/plot.h"

#define INK "#202124"    /* gnuplot.c gives this one, */
#define GRID "#D5D8DC"   /* and this one, the page's colours */
#define MOST_POINTS 500u /* of a line that is drawn; the data file has all */
#define MOST_MARKS 12u
#define LEAST_LOGARITHMIC 1e-100 /* of smaller values a power of ten may be no double any more */

typedef struct range {
    double low, high, least; /* least: the smallest value drawn */
    bool logarithmic;
} range;

static bool is_bar_chart_of_top(const page_plot *plot, const range *r)
{
    return plot->bars && plot->bounded && r->low > 0.8;
}

/* From the lowest end of a whisker to the highest, and whether a logarithmic scale fits. */
static range span_of(const page_plot *plot)
{
    range r = {HUGE_VAL, -HUGE_VAL, 0, false};
    for (size_t c = 0; c < plot->count; c++)
        for (size_t i = 0; i < plot->curves[c].count; i++) {
            const page_curve *curve = &plot->curves[c];
            const double spread = isnan(curve->spread[i]) ? 0 : curve->spread[i];
            if (isnan(curve->y[i]))
                continue;
            r.least = fmin(isinf(r.low) ? HUGE_VAL : r.least, curve->y[i]);
            r.low = fmin(r.low, curve->y[i] - spread);
            r.high = fmax(r.high, curve->y[i] + spread);
        }
    r.logarithmic = !plot->bounded && r.least > LEAST_LOGARITHMIC &&
                    (plot->logarithmic || r.high / r.least > 100);
    return r;
}

/* What an axis shows: the values with some room. Bars on a logarithmic scale, which has no zero,
 * begin at a power of ten. */
static range values_of(const page_plot *plot)
{
    range r = span_of(plot);
    if (r.logarithmic) {
        r.low = plot->bars ? pow(10, floor(log10(r.least / 1.5))) : r.least / 1.5;
        r.high *= plot->bars ? 1 : 1.5;
    } else if (!plot->bars) {
        /* Noise in the last digits shall look flat. */
        const double least = fmax(plot->bounded ? 0.05 : 0.02 * fabs(r.high), 1e-9);
        const double room = fmax(0.05 * (r.high - r.low), (least - (r.high - r.low)) / 2);
        r.low -= room;
        r.high += room;
    } else if (is_bar_chart_of_top(plot, &r)) {
        r.low = floor((r.low - 0.5 * (1 - r.low)) * 100) / 100;
        r.high = 1;
    } else {
        r.high = plot->bounded ? 1 : fmax(0, r.high);
        r.low = r.low < 0 && !plot->bounded ? r.low - 0.05 * (r.high - r.low) : 0;
    }
    if (r.low == r.high)
        r.high = r.low + 1;
    if (plot->bounded && !plot->bars && r.low < 1 && r.high > 0) {
        r.low = fmax(r.low, 0);
        r.high = fmin(r.high, 1);
    }
    return r;
}

/* Between tick marks: 1, 2 or 5 times a power of ten, so that there are about four. */
static double step_of(const range *r)
{
    const double step = (r->high - r->low) / 4, power = pow(10, floor(log10(step)));
    return step < 1.5 * power ? power
           : step < 3 * power ? 2 * power
           : step < 7 * power ? 5 * power
                              : 10 * power;
}

/* Marks from `first` on, each `step` above the last, no further than the values. */
static void add_even_tics(const range *r, char axis, cnn_text *script)
{
    const double step = step_of(r);
    cnn_text_add(script, "set %ctics %.9g, %.9g, %.9g\n", axis, ceil(r->low / step) * step + 0.0,
                 step, (floor(r->high / step) + 0.01) * step);
}

/* Marks at each digit of `leads` times a power of ten, of which each `powers`-th is taken; returns
 * how many there are. */
static size_t add_leads(const range *r, char axis, int powers, const char *leads, cnn_text *script)
{
    size_t count = 0;
    const int last = (int)floor(log10(r->high));
    for (int power = (int)floor(log10(r->low)); power <= last; power++)
        for (const char *lead = leads; *lead && power % powers == 0; lead++) {
            const double at = (*lead - '0') * pow(10, power);
            if (at < r->low * 0.999999 || at > r->high)
                continue;
            if (count++ == 0)
                cnn_text_add(script, "set %ctics (%.6g", axis, at);
            else
                cnn_text_add(script, ", %.6g", at);
        }
    cnn_text_add(script, count ? ")\n" : "");
    return count;
}

/* As few as a reader can measure by: three, up to six. */
static void add_log_tics(const range *r, char axis, cnn_text *script)
{
    static const char *const leads[] = {"1", "125", "12357", "123456789"};
    const int powers = 1 + (int)(log10(r->high / r->low) / 6);
    for (size_t i = 0; i < sizeof leads / sizeof leads[0]; i++) {
        cnn_text tics = {0};
        const bool enough = add_leads(r, axis, powers, leads[i], &tics) >= 3;
        if (enough)
            cnn_text_add(script, "%s", tics.data);
        cnn_text_free(&tics);
        if (enough)
            return;
    }
    add_even_tics(r, axis, script);
}

/* ---- learning curves ------------------------------------------------------------------------ */

static void add_lines(const page_plot *plot, bool key, cnn_text *script)
{
    const char *separator = "plot ";
    for (size_t c = 0; c < plot->count; c++) {
        const page_curve *curve = &plot->curves[c];
        const size_t every = 1 + curve->count / MOST_POINTS, points = curve->count / every;
        const page_look look = page_curve_look(plot, curve);
        if (!page_curve_has_values(curve))
            continue;
        cnn_text_add(script, "%s'%s.dat' index %zu every %zu using 1:2 with linespoints lw %s",
                     separator, plot->name, c, every, curve->faint ? "1.2" : "2");
        cnn_text_add(script, " lc rgb '%s' pt %d ps %s pointinterval %zu", look.color, look.mark,
                     plot->small ? "0.45" : "0.55", 1 + (points ? points - 1 : 0) / MOST_MARKS);
        if (look.dash[0])
            cnn_text_add(script, " dashtype (%s)", look.dash);
        cnn_text_add(script, key && !curve->unnamed ? " title '%s'" : " notitle", curve->title);
        separator = ", \\\n  ";
    }
    cnn_text_add(script, "\n");
}

/* Epochs from the first, or a part of it, to the last, so that a single row stands in the middle.
 */
static void add_epochs(const page_plot *plot, cnn_text *script)
{
    double first = 1, last = 0;
    for (size_t c = 0; c < plot->count; c++)
        if (plot->curves[c].count) {
            first = fmin(first, plot->curves[c].x[0]);
            last = fmax(last, plot->curves[c].x[plot->curves[c].count - 1]);
        }
    last = fmax(first, last);
    const double room = last > first ? 0.02 * (last - first) : 0.5;
    cnn_text_add(script, "set xrange [%.9g:%.9g]\n", first - room, last + room);
    if (last <= 12 && (first == 1 || last >= 3))
        cnn_text_add(script, "set xtics 1,%d\n", plot->small && last > 8 ? 2 : 1);
    else
        cnn_text_add(script, "set xtics autofreq\n");
}

static void add_line_axes(const page_plot *plot, const range *r, cnn_text *script)
{
    cnn_text_add(script,
                 "set border 3 lc rgb '" INK "'\nset grid noxtics ytics lc rgb '" GRID "' lt 1\n");
    add_epochs(plot, script);
    cnn_text_add(script,
                 "set tics scale 0.5\nunset yzeroaxis\nunset logscale x\n%s logscale y\nset yrange "
                 "[%.9g:%.9g]\n",
                 r->logarithmic ? "set" : "unset", r->low, r->high);
    (r->logarithmic ? add_log_tics : add_even_tics)(r, 'y', script);
    cnn_text_add(script, "set xlabel 'epoch' tc rgb '" INK "'\n");
    cnn_text_add(script, "set ylabel '%s%s' tc rgb '" INK "'\n", plot->axis,
                 r->logarithmic ? " (logarithmic)" : "");
}

/* ---- bars ----------------------------------------------------------------------------------- */

/* Bars lie on their sides, so that long names are read without turning the head; the value stands
 * at the end. Columns of the data: place, value, deviation, colour, where the text begins, the
 * value as text. */
static void add_bars(const page_plot *plot, const range *r, cnn_text *script)
{
    const double base = r->logarithmic || r->low > 0 ? r->low : 0;
    cnn_text_add(script,
                 "plot '%s.dat' using 2:1:(%.9g):2:($1-0.36):($1+0.36):4 with boxxyerror fs solid "
                 "0.9 noborder "
                 "lc rgb variable notitle, \\\n",
                 plot->name, base);
    cnn_text_add(script,
                 "  '' using ($3 >= 0 ? $2 : NaN):1:($2-$3 > %.9g ? $2-$3 : %.9g):($2+$3) with "
                 "xerrorbars lc rgb '" INK "' lw 1.2 pt 0 ps 0 notitle, \\\n",
                 r->low, r->low);
    cnn_text_add(script,
                 "  '' using ($5 > %.9g ? $5 : %.9g):1:6 with labels left offset 0.6,0 tc rgb '" INK
                 "' notitle\n",
                 base, base);
}

static void add_bar_axes(const page_plot *plot, const range *r, cnn_text *script)
{
    const double room = 0.42 * (r->high - r->low);
    cnn_text_add(script,
                 "set border %d lc rgb '" INK "'\nset grid noytics xtics lc rgb '" GRID "' lt 1\n",
                 r->low < 0 ? 0 : 2);
    cnn_text_add(script,
                 r->low < 0 ? "set yzeroaxis lt 1 lc rgb '" INK "'\n" : "unset yzeroaxis\n");
    cnn_text_add(script, "unset logscale y\nset yrange [%.9g:-0.5]\nset tics scale 0\nset ytics (",
                 (double)plot->count - 0.5);
    for (size_t c = 0; c < plot->count; c++)
        cnn_text_add(script, "%s'%s' %zu", c ? ", " : "", plot->curves[c].title, c);
    cnn_text_add(script, ")\nunset ylabel\n%s logscale x\n", r->logarithmic ? "set" : "unset");
    cnn_text_add(script, "set xrange [%.9g:%.9g]\n", r->low,
                 r->logarithmic ? r->high * pow(r->high / r->low, 0.42) : r->high + room);
    if (r->logarithmic)
        add_log_tics(r, 'x', script);
    else if (plot->bounded)
        cnn_text_add(script, "set xtics %.4g,%.4g,1\n", r->low, (1 - r->low) / 4);
    else
        add_even_tics(r, 'x', script);
    cnn_text_add(script, "set xlabel '%s", plot->axis);
    if (r->logarithmic)
        cnn_text_add(script, " (logarithmic, from %.4g on)", r->low);
    else if (r->low > 0)
        cnn_text_add(script, ", from %.4g on", r->low);
    cnn_text_add(script, "' tc rgb '" INK "'\n");
}

/* ---- all ------------------------------------------------------------------------------------ */

static void add_output(const page_plot *plot, const range *r, bool key, cnn_text *script)
{
    if (!key || plot->bars)
        cnn_text_add(script, "unset key\n");
    else
        cnn_text_add(script, "set key outside %s noenhanced tc rgb '" INK "'\n",
                     plot->paired ? "top center horizontal" : "right top vertical reverse Left");
    if (key)
        cnn_text_add(script, "set title '%s' noenhanced tc rgb '" INK "'\n", plot->title);
    else
        cnn_text_add(script, "unset title\n");
    if (plot->bars)
        add_bars(plot, r, script);
    else
        add_lines(plot, key, script);
}

static void add_plot(const page_plot *plot, cnn_text *script)
{
    const range r = values_of(plot);
    const size_t width = plot->small ? 320 : 520;
    const size_t height = plot->bars ? 80 + 26 * plot->count : plot->small ? 210 : 330;
    const bool beside = !plot->bars && !plot->paired; /* the key, which may be long */
    const size_t keyed_width = width + (beside ? 260 : 0), rows = 60 + 22 * plot->count;
    const size_t keyed = beside && rows > height ? rows : height + 34;
    cnn_text_add(script, "\n# %s\n", plot->name);
    if (plot->bars)
        add_bar_axes(plot, &r, script);
    else
        add_line_axes(plot, &r, script);
    cnn_text_add(script,
                 "set terminal svg size %zu,%zu dynamic noenhanced font 'sans-serif,13' background "
                 "rgb 'white'\n"
                 "set output '%s.svg'\n",
                 keyed_width, keyed, plot->name);
    add_output(plot, &r, true, script);
    cnn_text_add(
        script,
        "set terminal pngcairo size %zu,%zu noenhanced font 'sans,10' fontscale 2 linewidth 2 "
        "pointscale 2\nset output '%s.png'\n",
        2 * keyed_width, 2 * keyed, plot->name);
    add_output(plot, &r, true, script);
    cnn_text_add(script,
                 "set terminal svg size %zu,%zu dynamic noenhanced font 'sans-serif,13'\n"
                 "set output '%s.inline.svg'\n",
                 width, height, plot->name);
    add_output(plot, &r, false, script);
    cnn_text_add(script, "set output\n");
}

void page_plots_script(const page_plots *plots, cnn_text *script)
{
    cnn_text_add(script, "# Draws the pictures of this folder from its data: gnuplot plots.gp\n"
                         "set encoding utf8\n"
                         "set tics nomirror out scale 0.5 tc rgb '" INK "'\n");
    for (size_t i = 0; i < plots->count; i++)
        if (page_plot_has_values(plots->plots[i]))
            add_plot(plots->plots[i], script);
}
