/* tables.h - what a pipeline may say, as parameter tables; private to pipeline/. */
#ifndef CNN_PIPELINE_TABLES_H
#define CNN_PIPELINE_TABLES_H

#include <cnnrun/plugin.h>

extern const cnn_head cnn_pipeline_table; /* cnn_pipeline */

#endif
