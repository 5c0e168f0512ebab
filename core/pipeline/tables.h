/* tables.h - the settings of a pipeline that are no plugin's, as parameter tables.
 *
 * Private to pipeline*.c. The names in the descriptors are what messages begin with. */
#ifndef CNN_PIPELINE_TABLES_H
#define CNN_PIPELINE_TABLES_H

#include <cnnrun/plugin.h>

typedef struct cnn_table_title_self {
    const char *name;
    int64_t seed;
} cnn_table_title_self;

extern const cnn_head cnn_table_title;    /* cnn_table_title_self */
extern const cnn_head cnn_table_data;     /* int64_t: limit, INT64_MIN for all */
extern const cnn_head cnn_table_train;    /* cnn_train_spec */
extern const cnn_head cnn_table_checkpoint; /* cnn_checkpoint_spec */
extern const cnn_head cnn_table_stopping; /* cnn_stopping_spec */

#endif
