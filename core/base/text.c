/* text.c - building strings, what of them a terminal may have, numbers that read back to the same
 * bits, and "did you mean". */
#include "base/text.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/report.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* Longer names are never near another one. */
#define LONGEST_NAME 64

char *cnn_format_va(const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    const int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    CNN_BUG_IF(length < 0);
    char *text = cnn_alloc((size_t)length + 1, 1);
    vsnprintf(text, (size_t)length + 1, format, args);
    return text;
}

char *cnn_format(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = cnn_format_va(format, args);
    va_end(args);
    return text;
}

void cnn_text_add(cnn_text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *more = cnn_format_va(format, args);
    va_end(args);
    cnn_text_add_bytes(text, more, strlen(more));
    free(more);
}

void cnn_text_add_bytes(cnn_text *text, const char *bytes, size_t count)
{
    if (count >= text->capacity - text->length) {
        text->capacity = 2 * text->capacity + count + 32;
        text->data = cnn_realloc(text->data, text->capacity, 1);
    }
    if (count)
        memcpy(text->data + text->length, bytes, count);
    text->length += count;
    text->data[text->length] = '\0';
}

void cnn_text_free(cnn_text *text)
{
    free(text->data);
    *text = (cnn_text){0};
}

size_t cnn_utf8_count(const char *text, size_t bytes)
{
    size_t count = 0;
    for (size_t i = 0; i < bytes && text[i]; i++)
        count += (text[i] & 0xC0) != 0x80;
    return count;
}

size_t cnn_utf8_decode(const char *text, uint32_t *code)
{
    static const uint32_t first[] = {0, 0x7F, 0x1F, 0x0F, 0x07},
                          least_code[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *s = (const unsigned char *)text;
    const size_t length = s[0] < 0x80       ? 1
                          : s[0] >> 5 == 6  ? 2
                          : s[0] >> 4 == 14 ? 3
                          : s[0] >> 3 == 30 ? 4
                                            : 0;
    *code = s[0] & first[length];
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xC0) != 0x80)
            return 0;
        *code = *code << 6 | (s[i] & 0x3F);
    }
    const bool surrogate = *code >= 0xD800 && *code <= 0xDFFF;
    return length && *code >= least_code[length] && *code <= 0x10FFFF && !surrogate ? length : 0;
}

/* What a terminal takes for a command, or what makes it show another order than that of the text.
 */
static bool is_command(uint32_t code)
{
    return code < ' ' || (code >= 0x7F && code < 0xA0) || code == 0x061C || code == 0x200E ||
           code == 0x200F || (code >= 0x202A && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069);
}

size_t cnn_printable_first(const char *text, const char *kept, char shown[CNN_SHOWN])
{
    static const char digits[] = "0123456789abcdef";
    uint32_t code;
    const size_t bytes = cnn_utf8_decode(text, &code);
    size_t used = 0;
    if (bytes && (!is_command(code) || (code < 0x80 && strchr(kept, (int)code)))) {
        memcpy(shown, text, bytes);
        shown[bytes] = '\0';
        return bytes;
    }
    if (!bytes)
        code = (unsigned char)*text;
    shown[used++] = '\\';
    shown[used++] = bytes > 1 ? 'u' : 'x';
    for (int shift = bytes > 1 ? 12 : 4; shift >= 0; shift -= 4)
        shown[used++] = digits[code >> shift & 15];
    shown[used] = '\0';
    return bytes ? bytes : 1;
}

char *cnn_printable(const char *text, const char *kept)
{
    cnn_text out = {0};
    char shown[CNN_SHOWN];
    cnn_text_add_bytes(&out, "", 0);
    while (*text) {
        text += cnn_printable_first(text, kept, shown);
        cnn_text_add_bytes(&out, shown, strlen(shown));
    }
    return out.data;
}

void cnn_print(FILE *file, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = cnn_format_va(format, args), *shown = cnn_printable(text, "\n\t");
    va_end(args);
    (void)fputs(shown, file);
    free(shown);
    free(text);
}

double cnn_unsigned_nan(double value)
{
    return isnan(value) ? fabs(value) : value;
}

char *cnn_format_real(double value, char out[32])
{
    if (isnan(value))
        return strcpy(out, "nan");
    if (isinf(value))
        return strcpy(out, value < 0 ? "-inf" : "inf");
    if (fabs(value) < 1e15 && value == trunc(value)) { /* 100, where %g says 1e+02 */
        snprintf(out, 32, "%.0f", value);
        return out;
    }
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(out, 32, "%.*g", digits, value);
        if (strtod(out, NULL) == value)
            break;
    }
    return out;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Edits that make b of a (optimal string alignment), upper and lower case being the same. Row i
 * holds the distances of a's first i letters to every beginning of b; a swap looks two rows back.
 */
static size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][LONGEST_NAME + 1];
    for (size_t j = 0; j <= b_length; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            const int x = tolower((unsigned char)a[i - 1]), y = tolower((unsigned char)b[j - 1]);
            row[j] = least(above[j - 1] + (x != y), least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) &&
                y == tolower((unsigned char)a[i - 2]))
                row[j] = least(row[j], two_above[j - 2] + 1);
        }
    }
    return rows[a_length % 3][b_length];
}

const char *cnn_nearest(const char *name, const char *const *candidates, size_t count)
{
    const size_t length = strlen(name);
    if (length > LONGEST_NAME)
        return NULL;
    const char *nearest = NULL;
    size_t within = length < 3 ? 1 : length / 3;
    for (size_t i = 0; i < count; i++) {
        const size_t other = strlen(candidates[i]);
        if (other > LONGEST_NAME || (length < 3 && other < 3)) /* `lr` is not near `l2` */
            continue;
        const size_t distance = edit_distance(name, length, candidates[i], other);
        if (distance < within || (distance == within && !nearest)) {
            nearest = candidates[i];
            within = distance;
        }
    }
    return nearest;
}

/* $'...', which shells know since POSIX.1-2024, bash and others for long; dash does not. */
static void add_escaped_word(cnn_text *text, const char *word)
{
    char shown[CNN_SHOWN];
    cnn_text_add(text, "$'");
    while (*word) {
        const size_t bytes = cnn_printable_first(word, "", shown);
        const bool same = strncmp(word, shown, bytes) == 0;
        for (size_t i = 0; i < bytes && !same; i++)
            cnn_text_add(text, "\\%03o", (unsigned)(unsigned char)word[i]);
        if (same)
            cnn_text_add(text, strchr("'\\", *word) ? "\\%s" : "%s", shown);
        word += bytes;
    }
    cnn_text_add(text, "'");
}

void cnn_text_add_words(cnn_text *text, const char *const *words)
{
    static const char plain[] = LOWER UPPER DIGITS "_-+=:,./%@";
    for (size_t i = 0; words[i]; i++) {
        const char *word = words[i];
        cnn_text_add(text, "%s", i ? " " : "");
        if (*word && word[strspn(word, plain)] == '\0') {
            cnn_text_add(text, "%s", word);
            continue;
        }
        char *shown = cnn_printable(word, "");
        const bool same = strcmp(shown, word) == 0;
        free(shown);
        if (!same) {
            add_escaped_word(text, word);
            continue;
        }
        cnn_text_add(text, "'");
        for (; *word; word++)
            cnn_text_add(text, *word == '\'' ? "'\\''" : "%c", *word);
        cnn_text_add(text, "'");
    }
}

char *cnn_suggest(const char *name, const char *const *candidates, size_t count)
{
    const char *nearest = cnn_nearest(name, candidates, count);
    if (nearest)
        return cnn_format("; did you mean '%s'?", nearest);
    cnn_text list = {0};
    cnn_text_add(&list, "%s", count ? "; known: " : "");
    for (size_t i = 0; i < count; i++)
        cnn_text_add(&list, "%s%s", i ? ", " : "", candidates[i]);
    return list.data;
}

static bool is_made_of(const char *text, const char *first, const char *further)
{
    const size_t length = strlen(text);
    return length && length <= LONGEST_NAME && strchr(first, text[0]) &&
           strspn(text + 1, further) == length - 1;
}

bool cnn_is_identifier(const char *text)
{
    return is_made_of(text, LOWER, LOWER DIGITS "_");
}

bool cnn_is_run_name(const char *text)
{
    return is_made_of(text, LOWER UPPER DIGITS "_-", LOWER UPPER DIGITS "_-.");
}

const char *cnn_format_duration(double seconds, char out[32])
{
    const long all = seconds < 0 || seconds > 3.6e6 ? 3600000 : lround(seconds);
    if (all >= 3600)
        (void)snprintf(out, 32, "%ld:%02ld:%02ld", all / 3600 % 10000, all / 60 % 60, all % 60);
    else
        (void)snprintf(out, 32, "%ld:%02ld", all / 60, all % 60);
    return out;
}
