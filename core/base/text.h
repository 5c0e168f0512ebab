/* text.h - building strings, numbers that read back to the same bits, and "did you mean". */
#ifndef CNN_BASE_TEXT_H
#define CNN_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A growing string; start with {0}. `data` is NUL-terminated once something was added, else NULL. */
typedef struct cnn_text {
    char *data;
    size_t length, capacity;
} cnn_text;

__attribute__((format(printf, 2, 3)))
void cnn_text_add(cnn_text *text, const char *format, ...);
void cnn_text_add_bytes(cnn_text *text, const char *bytes, size_t count);
void cnn_text_free(cnn_text *text);

/* printf into a new string; the caller frees. */
__attribute__((format(printf, 1, 2)))
char *cnn_format(const char *format, ...);
__attribute__((format(printf, 1, 0)))
char *cnn_format_va(const char *format, va_list args);

/* Adds words with blanks between them, quoted as a shell wants them; the list ends with NULL. A word that a
 * terminal must not have as it is becomes $'...', with \ooo for what cnn_printable escapes. */
void cnn_text_add_words(cnn_text *text, const char *const *words);

/* Reads one character of UTF-8 into *code; returns its bytes, or 0 where there is none: a byte that begins
 * none, a form that is too long, a surrogate. */
size_t cnn_utf8_decode(const char *text, uint32_t *code);

/* The number of characters that begin in the first `bytes` of UTF-8. */
size_t cnn_utf8_count(const char *text, size_t bytes);

/* How text from outside (names, arguments, what a plugin says) is shown on a terminal: control characters
 * (C0, DEL and C1), those that turn the direction of writing, and bytes that are no UTF-8 are escaped as
 * \x1b, \u009b, \u202e, \xff; all else stays, and so do those of `kept`, ASCII such as "\n\t". */
char *cnn_printable(const char *text, const char *kept); /* the caller frees */

/* printf of what cnn_printable makes of it, newlines and tabs kept. */
__attribute__((format(printf, 2, 3)))
void cnn_print(FILE *file, const char *format, ...);

/* The first character of a text that is not empty, as it is shown; returns its bytes in the text. For a
 * signal handler, too. */
#define CNN_SHOWN 8
size_t cnn_printable_first(const char *text, const char *kept, char shown[CNN_SHOWN]);

/* The value; NaN without its sign, which printf would show. */
double cnn_unsigned_nan(double value);

/* The shortest decimal that strtod reads back to the same double; integers without ".0"; "nan",
 * "inf", "-inf". `out` holds at least 32 bytes; returns out. */
char *cnn_format_real(double value, char out[32]);
/* Seconds as "1:05" or "2:00:05"; returns out. */
const char *cnn_format_duration(double seconds, char out[32]);

/* The candidate nearest to `name` by edit distance (insert, delete, replace, swap; case counts for
 * nothing), if it is near enough to be meant (distance at most a third of the length, at least 1);
 * else NULL. */
const char *cnn_nearest(const char *name, const char *const *candidates, size_t count);

/* "; did you mean 'x'?" if one is near, else "; known: a, b, c"; the caller frees. */
char *cnn_suggest(const char *name, const char *const *candidates, size_t count);

/* True for [a-z][a-z0-9_]*, resp. [A-Za-z0-9_-][A-Za-z0-9_.-]*, of at most 64 bytes. */
bool cnn_is_identifier(const char *text);
bool cnn_is_run_name(const char *text);

#endif
