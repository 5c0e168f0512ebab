/* tree.h - opens a pipeline from a tree of YAML, for commands.
 *
 * The nodes of a run of an experiment come from two files, the experiment's and its base pipeline's, and a message
 * must name the right one. Text handed to cnnrun_pipeline_parse would lose that. A user of the library outside has
 * no way to make a cnn_yaml, so this is no part of cnnrun.h, and the shared library does not show it. */
#ifndef CNN_API_TREE_H
#define CNN_API_TREE_H

#include <cnnrun/cnnrun.h>

#include "yaml/tree.h"

/* As cnnrun_pipeline_open, from the tree of a document, which the function takes over, also where it fails. The
 * files that its marks point to must outlive the pipeline. `name` stands in messages where the file's name would. */
cnnrun_pipeline *cnn_tree_open(cnn_yaml *root, const char *name, const cnnrun_options *options,
                               cnnrun_error *error);

#endif
