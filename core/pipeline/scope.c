/* scope.c - names of layers, and where they are known. */
#include "pipeline/scope.h"

#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "pipeline/graph.h"

void cnn_scope_declare(cnn_scope *s, const char *name, size_t layer)
{
    s->named = cnn_realloc(s->named, s->count + 1, sizeof *s->named);
    s->named[s->count++] = (struct cnn_named){name, layer};
}

bool cnn_scope_find(const cnn_scope *s, const char *name, size_t *layer)
{
    *layer = CNN_IMAGES;
    if (strcmp(name, CNN_INPUT) == 0)
        return true;
    for (; s; s = s->outer)
        for (size_t i = s->count; i-- > 0;)
            if (strcmp(s->named[i].name, name) == 0) {
                *layer = s->named[i].layer;
                return true;
            }
    return false;
}

char *cnn_scope_suggest(const cnn_scope *s, const char *name)
{
    const char *names[CNN_MAX_LAYERS + 1] = {CNN_INPUT};
    size_t count = 1;
    for (; s; s = s->outer)
        for (size_t i = 0; i < s->count && count <= CNN_MAX_LAYERS; i++)
            names[count++] = s->named[i].name;
    return cnn_suggest(name, names, count);
}
