/* settings.h - values that the command line sets in a pipeline, each with where it comes from and when it counts. */
#ifndef CNN_YAML_SETTINGS_H
#define CNN_YAML_SETTINGS_H

#include "base/text.h"
#include "yaml/tree.h"

/* When a setting is applied. The runs of an experiment have settings of their own. */
typedef enum cnn_setting_when {
    CNN_SETTING_FIRST, /* to the pipeline, before the settings of a run: --set */
    CNN_SETTING_LAST,  /* after the settings of a run: --seed, --epochs */
} cnn_setting_when;

typedef struct cnn_setting {
    char *path;   /* "train.epochs" */
    char *value;  /* YAML */
    char *origin; /* for messages and to be typed again: "--set train.epochs=3", "--epochs 3" */
    cnn_setting_when when;
} cnn_setting;

typedef struct cnn_settings {
    cnn_setting *items;
    size_t count;
} cnn_settings;

/* Adds an assignment, PATH=VALUE with a PATH that is not empty, else false. Origin NULL: "--set ASSIGNMENT". */
CNN_MUST_CHECK bool cnn_settings_add(cnn_settings *settings, const char *assignment, const char *origin);
/* Adds `OPTION VALUE`, such as --seed 3, that stands for PATH and counts last. */
void cnn_settings_add_last(cnn_settings *settings, const char *option, const char *path, const char *value);
void cnn_settings_free(cnn_settings *settings);

/* Applies all settings of a time to a tree, in order, whose new nodes then point to the origins. Goes on
 * after faults; those of a value or path are CNN_EXIT_PIPELINE at the origin. */
CNN_MUST_CHECK bool cnn_settings_apply(const cnn_settings *settings, cnn_setting_when when, cnn_yaml *root,
                                       cnn_report *report);

/* Adds to a command line that is to be typed again: " --set a.b=3 --seed 4". */
void cnn_settings_write(const cnn_settings *settings, cnn_text *line);

#endif
