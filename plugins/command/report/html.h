/* html.h - HTML as it is built: every string that is not markup of this program is escaped. */
#ifndef PAGE_HTML_H
#define PAGE_HTML_H

#include "base/text.h"

/* Adds markup. %s is escaped; the others are %d, %zu, %g and %.Nf. */
__attribute__((format(printf, 2, 3))) void page_html(cnn_text *out, const char *format, ...);

/* Adds text: markup's characters escaped, control characters as spaces, bytes that are no UTF-8 as
 * U+FFFD. */
void page_html_text(cnn_text *out, const char *text, size_t length);

/* Adds markup as it stands. */
void page_html_raw(cnn_text *out, const char *markup);

/* A number with so many decimals, or fewer digits where it is very large or small; a dash for NaN. */
void page_html_number(cnn_text *out, double value, int decimals);
/* "data:...;base64," and the bytes. */
void page_html_data(cnn_text *out, const char *type, const unsigned char *bytes, size_t count);

/* The length of the UTF-8 character at `text`, which ends after `left` bytes; 0 if there is none. */
size_t page_utf8_length(const char *text, size_t left);

#endif
