/* graph.h - the network of a run: a table of its layers, and where it branches a drawing by graphviz's dot.
 *
 * network.dot and network.svg are kept in the folder of the plots. */
#ifndef PAGE_GRAPH_H
#define PAGE_GRAPH_H

#include <cnnrun/cnnrun.h>

#include "base/text.h"
#include "report/plot_folder.h"

typedef struct page_graph {
    cnnrun_input input;
    cnnrun_layer *layers; /* their texts belong to the pipeline */
    size_t count;         /* 0: the run could not be opened */
    bool branches;        /* some layer takes more or other than the one before it */
    char *inlined;        /* SVG for the page; NULL: not drawn */
    char *trouble;        /* why it is not drawn; NULL: it is, or need not be */
    bool missing;         /* dot is not there */
} page_graph;

/* Asks the pipeline for its layers; NULL: there are none. */
void page_graph_take(page_graph *graph, cnnrun_pipeline *pipeline);
void page_graph_free(page_graph *graph);

/* Draws it into the current folder, which is that of fresh files, where it branches. What goes wrong is told in
 * `trouble`. */
void page_graph_draw(page_graph *graph, const page_folder *folder);

/* Adds drawing and table to the page. `link`: how the page names the folder of the plots. */
void page_graph_show(cnn_text *out, const page_graph *graph, const char *link);

#endif
