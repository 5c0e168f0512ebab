/* tables.h - what a pipeline may say, as parameter tables; private to pipeline/. */
#ifndef CNN_PIPELINE_TABLES_H
#define CNN_PIPELINE_TABLES_H

#include "pipeline/options.h"

extern const cnn_head cnn_pipeline_table;  /* cnn_pipeline; tables.c */
extern const cnn_head cnn_network_table;   /* its section `network`; table_network.c */

/* An entry of its own name, for a field of a struct. */
#define ENTRY(STRUCT, NAME, FIELD, TYPE, FALLBACK, MIN, MAX, FLAGS, CHOICES, HELP)                 \
    .param = {.name = NAME,                                                                        \
              .help = HELP,                                                                        \
              .fallback = FALLBACK,                                                                \
              .choices = CHOICES,                                                                  \
              .min = (double)(MIN),                                                                \
              .max = (double)(MAX),                                                                \
              .offset = offsetof(STRUCT, FIELD),                                                   \
              .size = sizeof(((STRUCT *)0)->FIELD),                                                \
              .type = TYPE,                                                                        \
              .flags = FLAGS}
#define NUMBER(STRUCT, NAME, FIELD, TYPE, FALLBACK, MIN, MAX, FLAGS, HELP)                         \
    {                                                                                              \
        ENTRY(STRUCT, NAME, FIELD, TYPE, FALLBACK, MIN, MAX, FLAGS, NULL, HELP)                    \
    }
#define WORD(STRUCT, NAME, FIELD, FALLBACK, CHOICES, HELP)                                         \
    {                                                                                              \
        ENTRY(STRUCT, NAME, FIELD, CNN_CHOICE, FALLBACK, 0, 0, 0, CHOICES, HELP)                   \
    }
/* A plugin and a section, after which stands what else their entry has. */
#define PLUGIN(STRUCT, NAME, FIELD, KIND, FALLBACK, FLAGS)                                         \
    ENTRY(STRUCT, NAME, FIELD, CNN_PLUGIN, FALLBACK, 0, 0, FLAGS, NULL, NULL),                     \
        .param.kind = CNN_KIND_##KIND
#define SECTION(NAME, TABLE, FALLBACK, FLAGS)                                                      \
    .param = {.name = NAME, .fallback = FALLBACK, .type = CNN_SECTION, .flags = FLAGS},            \
    .table = &TABLE
#define END                                                                                        \
    {                                                                                              \
        .param = CNN_PARAM_END                                                                     \
    }
#define OPTIONAL (CNN_NULLABLE | CNN_OMIT)

#endif
