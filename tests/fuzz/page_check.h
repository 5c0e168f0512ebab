/* page_check.h - what holds of every page and of gnuplot's script, whatever the files say. */
#ifndef PAGE_CHECK_H
#define PAGE_CHECK_H

#include <math.h>

#include "fuzz.h"
#include "report/html.h"
#include "report/plot.h"

static inline size_t page_check_count(const char *text, const char *part)
{
    size_t count = 0;
    for (; (text = strstr(text, part)) != NULL; text++)
        count++;
    return count;
}

/* Every axis goes from one number to another; that of bars' names downwards. */
static inline void page_check_ranges(const char *script)
{
    while ((script = strstr(script, "range [")) != NULL) {
        char *end;
        const double from = strtod(script + strlen("range ["), &end);
        CNN_BUG_IF(*end != ':' || !isfinite(from));
        const double to = strtod(end + 1, &end);
        CNN_BUG_IF(*end != ']' || !isfinite(to) || from == to);
        script = end;
    }
}

/* UTF-8, nothing that a terminal obeys, and no element but ours. */
static inline void page_check(const cnn_text *page, const page_plots *plots)
{
    cnn_text script = {0};
    CNN_BUG_IF(strlen(page->data) != page->length || !fuzz_printable(page->data));
    for (size_t i = 0, bytes; i < page->length; i += bytes)
        CNN_BUG_IF((bytes = page_utf8_length(page->data + i, page->length - i)) == 0);
    CNN_BUG_IF(page_check_count(page->data, "<script") != 1);
    CNN_BUG_IF(page_check_count(page->data, "<h1") != 1);
    CNN_BUG_IF(page_check_count(page->data, "<fuzz") != 0); /* seeds have that in their texts */
    page_plots_script(plots, &script);
    CNN_BUG_IF(script.data && (strchr(script.data, '`') || !fuzz_printable(script.data)));
    if (script.data)
        page_check_ranges(script.data);
    cnn_text_free(&script);
}

#endif
