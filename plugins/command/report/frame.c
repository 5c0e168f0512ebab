/* frame.c - what every page has: its head with style and script, notes, texts to unfold. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "record/folder.h"
#include "report/html.h"
#include "report/origin.h"
#include "report/sections.h"

#define LONGEST_SOURCE 100000u

/* Lines of the two files beside this one, as string literals that make has made of them. */
static const char *const style[] = {
#include "style.css.h"
};
static const char *const script[] = {
#include "sort.js.h"
};

static void add_lines(cnn_text *out, const char *const *lines, size_t count)
{
    for (size_t i = 0; i < count; i++)
        page_html_raw(out, lines[i]);
}

void page_frame_begin(cnn_text *out, const char *title)
{
    page_html(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<title>%s</title>\n",
        title);
    page_html_raw(
        out,
        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';img-src data:;"
        "style-src 'unsafe-inline';script-src 'unsafe-inline'\">\n<style>\n");
    add_lines(out, style, sizeof style / sizeof style[0]);
    page_html_raw(out, "</style></head>\n<body><main>\n");
}

void page_frame_end(cnn_text *out)
{
    page_html_raw(out, "<footer>Written by cnnrun.</footer>\n</main>\n<script>\n");
    add_lines(out, script, sizeof script / sizeof script[0]);
    page_html_raw(out, "</script>\n</body></html>\n");
}

void page_frame_badge(cnn_text *out, const char *status)
{
    page_html(out, "<span class=\"badge %s\">%s</span>", status, status);
}

void page_frame_notes(cnn_text *out, const char *heading, char *const *notes, size_t count)
{
    if (count == 0)
        return;
    page_html(out, "<div class=\"notes\"><b>%s</b><ul>\n", heading);
    for (size_t i = 0; i < count; i++)
        page_html(out, "<li>%s</li>\n", notes[i]);
    page_html_raw(out, "</ul></div>\n");
}

void page_frame_source(cnn_text *out, const char *heading, const char *text)
{
    const size_t length = strlen(text);
    page_html(out, "<details><summary>%s</summary><pre>", heading);
    page_html_text(out, text, length < LONGEST_SOURCE ? length : LONGEST_SOURCE);
    if (length > LONGEST_SOURCE)
        page_html_raw(out, "\n… the file has more");
    page_html_raw(out, "</pre></details>\n");
}

void page_frame_data(cnn_text *out, const char *folder, const char *dir, const char *name)
{
    char *path = cnn_path_join(dir, name);
    if (cnn_run_has(dir, name)) {
        page_html_raw(out, " Data: ");
        if (!page_origin_link(out, folder, path, name))
            page_html(out, "<code>%s</code>", path);
        page_html_raw(out, ".");
    }
    free(path);
}

void page_frame_trouble(cnn_text *out, const page_plots *plots)
{
    if (!plots->trouble)
        return;
    page_html(out, "<div class=\"notes\"><b>Plots are missing</b>%s.", plots->trouble);
    if (plots->missing)
        page_html_raw(
            out,
            " On Debian: <code>apt-get install gnuplot-nox</code>, then <code>cnnrun report</code> "
            "draws them.");
    page_html_raw(out, "</div>\n");
}
