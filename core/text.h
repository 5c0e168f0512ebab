/* text.h - building strings, numbers that read back to the same bits, and "did you mean". */
#ifndef CNN_TEXT_H
#define CNN_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/* Adds words with blanks between them, quoted as a shell wants them; the list ends with NULL. */
void cnn_text_add_words(cnn_text *text, const char *const *words);

/* The value; NaN without its sign, which printf would show. */
double cnn_unsigned_nan(double value);

/* The shortest decimal that strtod reads back to the same double; integers without ".0"; "nan",
 * "inf", "-inf". `out` holds at least 32 bytes; returns out. */
char *cnn_format_real(double value, char out[32]);

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
