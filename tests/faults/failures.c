/* failures.c - tells each point at which something was wrong, and at the end which lines they have
 * in common. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "walk.h"

#define MOST_CAUSES 4096
#define SHOWN 40

/* ---- where it was ---------------------------------------------------------------------------- */

/* Helpers that everything calls: who called them is of interest. */
static bool is_helper(const char *function)
{
    static const char *const helpers[] = {"cnn_alloc",        "cnn_realloc", "cnn_strdup",
                                          "cnn_format",       "cnn_text_",   "cnn_path_",
                                          "cnn_tensor_alloc", "grow"};
    for (size_t i = 0; i < sizeof helpers / sizeof helpers[0]; i++)
        if (strncmp(function, helpers[i], strlen(helpers[i])) == 0)
            return true;
    return false;
}

/* Adds "FILE:LINE FUNCTION" for the frames at one address, innermost first. */
static void resolve(const char *object, const char *offset, FILE *out, unsigned *told)
{
    char *command = walk_text("addr2line -f -i -p -e '%s' %s 2>/dev/null", object, offset);
    char line[1024], here[4096] = "";
    FILE *lines = popen(command, "r");
    (void)!getcwd(here, sizeof here);
    while (lines && fgets(line, sizeof line, lines)) {
        char *function = strstr(line, "(inlined by) "), *at = strstr(line, " at ");
        function = function ? function + 13 : line;
        if (!at || strchr(at, '?') || is_helper(function) || *told >= 4)
            continue;
        char *path = at + 4;
        path[strcspn(path, "\n (")] = '\0';
        if (strncmp(path, here, strlen(here)) == 0)
            path += strlen(here) + 1;
        fprintf(out, "%s%s %.*s", (*told)++ ? " < " : "", path, (int)(at - function), function);
    }
    if (lines)
        pclose(lines);
    free(command);
}

/* The innermost four places in our own code, and the library where it was in one; the caller frees.
 */
static char *cause_of(const char *stack)
{
    char *text = NULL, *copy = walk_text("%s", stack), *rest, *library = NULL;
    size_t size;
    unsigned told = 0;
    FILE *out = open_memstream(&text, &size);
    for (char *line = strtok_r(copy, "\n", &rest); line && told < 4;
         line = strtok_r(NULL, "\n", &rest)) {
        char *plus = strrchr(line, '+'), *slash = strrchr(line, '/');
        if (!plus || strstr(line, "faults/shim.so"))
            continue;
        *plus = '\0';
        const bool ours = strncmp(line, walk_build, strlen(walk_build)) == 0;
        if (ours)
            resolve(line, plus + 1, out, &told);
        else if (!library && !told)
            library = slash ? slash + 1 : line;
    }
    if (library)
        fprintf(out, " [in %s]", library);
    fclose(out);
    free(copy);
    return text;
}

/* Resolving takes long, and the same stack comes again. */
static const char *cause_known(const char *stack)
{
    static struct {
        char *stack, *cause;
    } known[MOST_CAUSES];
    static size_t count;
    for (size_t i = 0; i < count; i++)
        if (strcmp(known[i].stack, stack) == 0)
            return known[i].cause;
    if (count == MOST_CAUSES)
        return "(too many causes)";
    known[count].stack = walk_text("%s", stack);
    return known[count++].cause = cause_of(stack);
}

/* ---- one failure ----------------------------------------------------------------------------- */

static void indent(FILE *out, const char *text)
{
    unsigned lines = 0;
    for (const char *at = text; *at && lines < 6; lines++) {
        const int length = (int)strcspn(at, "\n");
        fprintf(out, "    | %.*s\n", length < 300 ? length : 300, at);
        at += length + (at[length] != '\0');
    }
}

void failures_add(int file, const stage *g, const world *w, const fault *f, const outcome *o,
                  const char *check, const char *detail)
{
    const char *cause = cause_known(w->state->stack);
    char *block = NULL, *record = NULL;
    size_t size;
    FILE *out = open_memstream(&block, &size);
    fprintf(out, "FAIL %s, %s %lu %s%s %s: %s: %s\n", g->s->name, fault_class_name(f->class), f->n,
            fault_mode_name(f->mode), f->first ? " (first process)" : "", f->error, check, detail);
    fprintf(out, "    exit %d; failed: %s; at %s\n", o->code, w->state->what, cause);
    indent(out, o->err);
    fprintf(out,
            "    again: %s/faults/walk --scenario %s --call %s --mode %s --errno %s%s --n %lu\n",
            walk_build, g->s->name, fault_class_name(f->class), fault_mode_name(f->mode), f->error,
            f->first ? " --first" : "", f->n);
    fclose(out);
    (void)!write(1, block, size);
    record =
        walk_text("%s\t%s\t%.120s\t%s\t%s %s %s %lu\n", check, cause, detail,
                  fault_class_name(f->class), g->s->name, fault_mode_name(f->mode), f->error, f->n);
    for (char *at = record; at[1]; at++)
        if (*at == '\n')
            *at = ' ';
    (void)!write(file, record, strlen(record));
    free(record);
    free(block);
}

/* ---- all of them ----------------------------------------------------------------------------- */

typedef struct cause {
    char *key, *example; /* key: check and place */
    unsigned count;
} cause;

static int more_first(const void *a, const void *b)
{
    const cause *x = a, *y = b;
    return x->count != y->count ? (x->count < y->count) - (x->count > y->count)
                                : strcmp(x->key, y->key);
}

/* The two first fields are the key, the others an example. */
static void file_line(cause *causes, size_t *count, char *line)
{
    char *first = strchr(line, '\t'), *second = first ? strchr(first + 1, '\t') : NULL;
    if (!second)
        return;
    *first = ':';
    *second = '\0';
    line[strcspn(line, "\n")] = '\0';
    for (size_t i = 0; i < *count; i++)
        if (strcmp(causes[i].key, line) == 0) {
            causes[i].count++;
            return;
        }
    if (*count < MOST_CAUSES)
        causes[(*count)++] = (cause){walk_text("%s", line), walk_text("%s", second + 1), 1};
}

void failures_summarize(const char *path)
{
    cause *causes = calloc(MOST_CAUSES, sizeof *causes);
    size_t count = 0, size;
    char *text = walk_file(path, &size), *rest;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        file_line(causes, &count, line);
    qsort(causes, count, sizeof *causes, more_first);
    if (count)
        printf("\n%zu causes, by check and place:\n", count);
    for (size_t i = 0; i < count; i++) {
        if (i < SHOWN)
            printf("%6u  %s\n        e.g. %s\n", causes[i].count, causes[i].key, causes[i].example);
        free(causes[i].key);
        free(causes[i].example);
    }
    free(causes);
    free(text);
}
