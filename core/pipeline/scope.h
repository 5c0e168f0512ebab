/* scope.h - the names of layers that are known at a place in a pipeline; private to pipeline/. */
#ifndef CNN_PIPELINE_SCOPE_H
#define CNN_PIPELINE_SCOPE_H

#include <stdbool.h>
#include <stddef.h>

#define CNN_INPUT "input" /* the name of the images */

/* The names that are known in a list of layers: its own, then those of the list around it. */
typedef struct cnn_scope {
    const struct cnn_scope *outer;
    const char *suffix; /* what names have behind them where they are written out: "_2" */
    struct cnn_named {
        const char *name; /* not copied */
        size_t layer;
    } * named;            /* to be freed */
    size_t count;
} cnn_scope;

void cnn_scope_declare(cnn_scope *scope, const char *name, size_t layer);
/* *layer is CNN_IMAGES for the images. */
bool cnn_scope_find(const cnn_scope *scope, const char *name, size_t *layer);
/* As cnn_suggest, of all names that are known. The caller frees. */
char *cnn_scope_suggest(const cnn_scope *scope, const char *name);

#endif
