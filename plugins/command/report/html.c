/* html.c - HTML as it is built: every string that is not markup of this program is escaped. */
#include "report/html.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/report.h"

void page_html_raw(cnn_text *out, const char *markup)
{
    cnn_text_add_bytes(out, markup, strlen(markup));
}

size_t page_utf8_length(const char *text, size_t left)
{
    uint32_t code;
    const size_t length = cnn_utf8_decode(text, &code);
    return length <= left ? length : 0;
}

static void add_character(cnn_text *out, char c)
{
    static const char marks[] = "&<>\"'";
    static const char *const escapes[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    const char *mark = c ? strchr(marks, c) : NULL;
    if (mark)
        page_html_raw(out, escapes[mark - marks]);
    else if (((unsigned char)c < 32 && c != '\n' && c != '\t') || c == 127)
        page_html_raw(out, " ");
    else
        cnn_text_add_bytes(out, &c, 1);
}

void page_html_text(cnn_text *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length;) {
        const size_t bytes = page_utf8_length(text + i, length - i);
        if (bytes == 1)
            add_character(out, text[i]);
        else if (bytes)
            cnn_text_add_bytes(out, text + i, bytes);
        else
            page_html_raw(out, "\xEF\xBF\xBD");
        i += bytes ? bytes : 1;
    }
}

/* One conversion, which begins behind '%'; returns where it ends. */
static const char *convert(cnn_text *out, const char *at, va_list *args)
{
    if (*at == 's') {
        const char *text = va_arg(*args, const char *);
        page_html_text(out, text, strlen(text));
    } else if (*at == 'd') {
        cnn_text_add(out, "%d", va_arg(*args, int));
    } else if (*at == 'g') {
        cnn_text_add(out, "%g", va_arg(*args, double));
    } else if (strncmp(at, "zu", 2) == 0) {
        cnn_text_add(out, "%zu", va_arg(*args, size_t));
        at++;
    } else if (*at == '.') {
        cnn_text_add(out, "%.*f", at[1] - '0', va_arg(*args, double));
        at += 2;
    } else {
        CNN_BUG_IF(*at != '%');
        page_html_raw(out, "%");
    }
    return at + 1;
}

void page_html(cnn_text *out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    for (const char *at = format; *at;) {
        const size_t plain = strcspn(at, "%");
        cnn_text_add_bytes(out, at, plain);
        at += plain;
        if (*at)
            at = convert(out, at + 1, &args);
    }
    va_end(args);
}

void page_html_number(cnn_text *out, double value, int decimals)
{
    if (isnan(value))
        page_html_raw(out, "–");
    else if (isinf(value))
        page_html_raw(out, value > 0 ? "∞" : "−∞");
    else if (fabs(value) >= 1e6 || (value != 0 && fabs(value) < 0.5 * pow(10, -decimals)))
        cnn_text_add(out, "%.3g", value);
    else
        cnn_text_add(out, "%.*f", decimals, value);
}

void page_html_data(cnn_text *out, const char *type, const unsigned char *bytes, size_t count)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    cnn_text_add(out, "data:%s;base64,", type);
    for (size_t i = 0; i < count; i += 3) {
        const size_t left = count - i;
        const unsigned long three = (unsigned long)bytes[i] << 16 |
                                    (left > 1 ? (unsigned long)bytes[i + 1] << 8 : 0) |
                                    (left > 2 ? bytes[i + 2] : 0);
        const char four[4] = {digits[three >> 18], digits[three >> 12 & 63],
                              left > 1 ? digits[three >> 6 & 63] : '=',
                              left > 2 ? digits[three & 63] : '='};
        cnn_text_add_bytes(out, four, 4);
    }
}
