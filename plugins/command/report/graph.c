/* graph.c - the network of a run: a table of its layers, and where it branches a drawing by dot. */
#include "report/graph.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "report/drawing.h"
#include "report/html.h"

#define SCRIPT "network.dot"
#define PICTURE "network.svg"
#define LONGEST 30 /* seconds */
#define LARGEST_SVG (2u << 20)

#define INK "#202124" /* these are given the page's colours */
#define GRID "#d5d8dc"
#define SOFT "#5b6168"

/* ---- layers --------------------------------------------------------------------------------- */

/* Whether it takes one tensor only, that of the layer before it. */
static bool follows(const cnnrun_layer *layer, size_t i)
{
    return layer->input_count == 1 && layer->inputs[0] == (i ? i - 1 : CNNRUN_IMAGES);
}

void page_graph_take(page_graph *graph, cnnrun_pipeline *pipeline)
{
    cnnrun_layer layer = {.struct_size = sizeof layer};
    *graph = (page_graph){.input = {.struct_size = sizeof graph->input}};
    if (!cnnrun_pipeline_input(pipeline, &graph->input))
        return;
    while (cnnrun_pipeline_layer(pipeline, graph->count, &layer)) {
        graph->layers = cnn_realloc(graph->layers, graph->count + 1, sizeof *graph->layers);
        graph->branches |= !follows(&layer, graph->count);
        graph->layers[graph->count++] = layer;
    }
}

void page_graph_free(page_graph *graph)
{
    free(graph->layers);
    free(graph->inlined);
    free(graph->trouble);
}

static void add_shape(cnn_text *out, uint64_t rank, const uint64_t *dim)
{
    for (uint64_t i = 0; i < rank; i++)
        cnn_text_add(out, "%s%" PRIu64, i ? " × " : "", dim[i]);
}

/* ---- the drawing ---------------------------------------------------------------------------- */

/* Text between double quotes of dot; in the SVG, dot escapes it for XML. */
static void add_label(cnn_text *dot, const char *text)
{
    for (; *text; text++) {
        const char c = (unsigned char)*text < 32 ? ' ' : *text;
        cnn_text_add(dot, "%s%c", c == '"' || c == '\\' ? "\\" : "", c);
    }
}

/* Its name, and below what it is and gives. */
static void add_node(cnn_text *dot, const cnnrun_layer *layer, size_t i)
{
    cnn_text_add(dot, "  n%zu [label=\"", i);
    add_label(dot, layer->name);
    page_html_raw(dot, "\\n");
    if (strcmp(layer->name, layer->plugins) != 0) {
        add_label(dot, layer->plugins);
        page_html_raw(dot, ", ");
    }
    add_shape(dot, layer->rank, layer->dim);
    page_html_raw(dot, layer->input_count > 1 ? "\", style=\"rounded,filled\"];\n" : "\"];\n");
}

static void add_edges(cnn_text *dot, const cnnrun_layer *layer, size_t i)
{
    for (uint64_t k = 0; k < layer->input_count; k++)
        if (layer->inputs[k] == CNNRUN_IMAGES)
            cnn_text_add(dot, "  images -> n%zu;\n", i);
        else
            cnn_text_add(dot, "  n%zu -> n%zu;\n", (size_t)layer->inputs[k], i);
}

static void add_script(cnn_text *dot, const page_graph *graph)
{
    page_html_raw(
        dot, "digraph network {\n"
             "  graph [bgcolor=transparent, nodesep=0.3, ranksep=0.25];\n"
             "  node [shape=box, style=rounded, fontname=\"sans-serif\", fontsize=11, height=0.3,\n"
             "        margin=\"0.12,0.05\", color=\"" SOFT "\", fillcolor=\"" GRID "\",\n"
             "        fontcolor=\"" INK "\"];\n"
             "  edge [color=\"" SOFT "\", arrowsize=0.6];\n"
             "  images [label=\"images\\n");
    add_shape(dot, graph->input.rank, graph->input.dim);
    page_html_raw(dot, "\", shape=plain];\n");
    for (size_t i = 0; i < graph->count; i++) {
        add_node(dot, &graph->layers[i], i);
        add_edges(dot, &graph->layers[i], i);
    }
    page_html_raw(dot, "}\n");
}

/* Whether the page takes a line of dot's SVG: one element of a drawing, and nothing else in it. */
static bool is_drawn(const char *line, size_t length)
{
    static const char *const starts[] = {"<g ", "</g>", "<path ", "<polygon ", "<ellipse "};
    const char *next = memchr(line + 1, '<', length - 1);
    if (strncmp(line, "<text ", 6) == 0)
        return next && strncmp(next, "</text>\n", 8) == 0;
    for (size_t i = 0; !next && i < sizeof starts / sizeof starts[0]; i++)
        if (strncmp(line, starts[i], strlen(starts[i])) == 0)
            return true;
    return false;
}

/* The lines of the drawing, without comments, titles that would pop up, and what else there may be.
 */
static char *inline_svg(const char *text)
{
    static const page_word words[] = {
        {INK, "var(--ink)"},   {SOFT, "var(--soft)"},
        {GRID, "var(--grid)"}, {" font-family=\"sans-serif\"", ""},
        {NULL, NULL},
    };
    const char *at = strstr(text, "<g id=\"graph0\""), *end;
    cnn_text out = {0};
    if (!at || !page_drawing_begin(&out, text, "The network"))
        return NULL;
    double width = 0;
    (void)sscanf(strstr(text, "viewBox=\""), "viewBox=\"%*f %*f %lf", &width);
    page_html(&out, " style=\"max-width:%.0fpx\">\n", 1.15 * width);
    for (; (end = strchr(at, '\n')) != NULL; at = end + 1)
        if (is_drawn(at, (size_t)(end + 1 - at)))
            page_drawing_replace(&out, at, (size_t)(end + 1 - at), words);
    page_html_raw(&out, "</svg>\n");
    return out.data;
}

static bool take_picture(page_graph *graph, const page_folder *folder, cnn_report *report)
{
    char *text = NULL;
    uint64_t size;
    const bool good = page_drawing_is_whole(PICTURE, "dot", "</svg>", 6, report) &&
                      cnn_file_read(PICTURE, LARGEST_SVG, CNN_EXIT_OUTPUT, &text, &size, report) &&
                      page_folder_keep(folder, PICTURE, report);
    graph->inlined = good ? inline_svg(text) : NULL;
    free(text);
    return good;
}

void page_graph_draw(page_graph *graph, const page_folder *folder)
{
    char program[] = "dot", format[] = "-Tsvg", to[] = "-o" PICTURE, script[] = SCRIPT;
    char *arguments[] = {program, format, to, script, NULL};
    const page_drawer dot = {arguments, "the drawing is made by graphviz", SCRIPT, LONGEST};
    cnn_report report = {0};
    cnn_text text = {0};
    if (!graph->branches)
        return;
    add_script(&text, graph);
    if (page_drawing_write(SCRIPT, &text, &report)) {
        graph->trouble = page_drawer_run(&dot, &graph->missing);
        if (page_folder_keep(folder, SCRIPT, &report) && !graph->trouble)
            (void)take_picture(graph, folder, &report);
    }
    if (!graph->trouble && report.count)
        graph->trouble = cnn_report_line(&report, 0);
    cnn_report_free(&report);
    cnn_text_free(&text);
}

/* ---- the page ------------------------------------------------------------------------------- */

static void add_row(cnn_text *out, const page_graph *graph, size_t i)
{
    const cnnrun_layer *layer = &graph->layers[i];
    page_html(out, "<tr><th scope=\"row\">%s</th><td class=\"text\">", layer->name);
    for (uint64_t k = 0; k < layer->input_count; k++)
        page_html(out, "%s%s", k ? ", " : "",
                  layer->inputs[k] == CNNRUN_IMAGES ? "images"
                                                    : graph->layers[layer->inputs[k]].name);
    page_html(out, "</td><td class=\"text\">%s</td><td>", layer->plugins);
    add_shape(out, layer->rank, layer->dim);
    cnn_text_add(out, "</td><td>%" PRIu64 "</td></tr>\n", layer->parameters);
}

static void add_table(cnn_text *out, const page_graph *graph, bool open)
{
    page_html(
        out,
        "<details%s><summary>All layers</summary><div class=\"scroll\"><table class=\"data\">"
        "<thead><tr><th>Layer</th><th class=\"text\">Takes</th><th class=\"text\">Plugins</th>"
        "<th>Output</th><th>Parameters</th></tr></thead><tbody>\n",
        open ? " open" : "");
    for (size_t i = 0; i < graph->count; i++)
        add_row(out, graph, i);
    page_html_raw(out, "</tbody></table></div></details>\n");
}

void page_graph_show(cnn_text *out, const page_graph *graph, const char *link)
{
    if (!graph || graph->count == 0)
        return;
    page_html_raw(out, "<section><h2>Network</h2>\n");
    if (graph->inlined) {
        page_html_raw(out, "<div class=\"graph scroll\">");
        page_html_raw(out, graph->inlined);
        page_html(out,
                  "</div>\n<p class=\"note\">Grey: layers of several inputs. <span "
                  "class=\"files\"><a href=\"%s/" PICTURE "\">SVG</a> <a href=\"%s/" SCRIPT
                  "\">dot</a></span></p>\n",
                  link, link);
    }
    if (graph->trouble)
        page_html(out, "<p class=\"note\">The network branches, and is not drawn: %s.",
                  graph->trouble);
    if (graph->missing)
        page_html_raw(out, " On Debian: <code>apt-get install graphviz</code>, then "
                           "<code>cnnrun report</code> draws it.");
    page_html_raw(out, graph->trouble ? "</p>\n" : "");
    add_table(out, graph, graph->branches && !graph->inlined);
    page_html_raw(out, "</section>\n");
}
