/* run_folder.h - trains in a temporary folder, and reads what a run has left there. */
#ifndef RUN_FOLDER_H
#define RUN_FOLDER_H

#include <dirent.h>
#include <jansson.h>
#include <stdbool.h>

#include "folder.h"
#include "run_cnnrun.h"

#define SMALL "tests/pipelines/small.yaml"

/* The bytes of a file with a NUL behind them, and their number where it is asked for. */
static inline char *run_file(const char *dir, const char *name, size_t *size)
{
    FILE *file = fopen(run_text("%s/%s", dir, name), "rb");
    ck_assert_msg(file != NULL, "%s/%s is not there", dir, name);
    fseek(file, 0, SEEK_END);
    if (size)
        *size = (size_t)ftell(file);
    return run_read(file);
}

static inline bool run_holds(const char *dir, const char *name)
{
    return access(run_text("%s/%s", dir, name), F_OK) == 0;
}

static inline json_t *run_summary(const char *dir)
{
    json_t *root = json_load_file(run_text("%s/summary.json", dir), 0, NULL);
    ck_assert_msg(root != NULL, "%s/summary.json is no JSON", dir);
    return root;
}

/* A value of the summary as JSON text: "completed" with its quotes, 12, null. */
static inline char *run_value(const char *dir, const char *key)
{
    json_t *root = run_summary(dir);
    const json_t *value = json_object_get(root, key);
    ck_assert_msg(value != NULL, "%s/summary.json has no '%s'", dir, key);
    char *text = run_keep(json_dumps(value, JSON_ENCODE_ANY));
    json_decref(root);
    return text;
}

#define run_says(DIR, KEY, VALUE) ck_assert_str_eq(run_value(DIR, KEY), VALUE)

/* The run's weights_sha256. */
static inline char *run_hash(const char *dir)
{
    char *hash = run_value(dir, "weights_sha256");
    ck_assert_uint_eq(strlen(hash), 64 + 2);
    return hash;
}

/* Trains into FOLDER/NAME with the options; returns that folder. */
static inline const char *run_train(const char *name, const char *pipeline, const char *options)
{
    if (strstr(unit_folder_path, "XXXXXX"))
        unit_folder();
    const char *dir = run_text("%s/%s", unit_folder_path, name);
    run_exits(run_cnnrun("%s --quiet --out %s %s", pipeline, dir, options), 0);
    return dir;
}

/* metrics.csv without the columns `seconds` and `images_per_second`, which differ from run to run.
 */
static inline char *run_metrics(const char *dir)
{
    char *text = run_file(dir, "metrics.csv", NULL), *out = text;
    const char *named = strstr(text, ",seconds,");
    size_t column = 1, seconds = 2;
    for (const char *at = text; at < named; at++)
        seconds += *at == ',';
    for (const char *at = text; *at; at++) {
        column = *at == ',' ? column + 1 : *at == '\n' ? 1 : column;
        if (column != seconds && column != seconds + 1)
            *out++ = *at;
    }
    *out = '\0';
    return text;
}

static inline void run_same(const char *a, const char *b)
{
    ck_assert_str_eq(run_hash(a), run_hash(b));
    ck_assert_str_eq(run_metrics(a), run_metrics(b));
}

static inline double run_number(const char *dir, const char *key)
{
    json_t *root = run_summary(dir);
    const json_t *value = json_object_get(root, key);
    ck_assert_msg(json_is_number(value), "%s/summary.json has no number '%s'", dir, key);
    const double number = json_number_value(value);
    json_decref(root);
    return number;
}

/* The names in a folder in order, each with a space behind it. */
static inline char *run_listing(const char *dir)
{
    static char text[4096];
    struct dirent **entries;
    const int count = scandir(dir, &entries, NULL, alphasort);
    text[0] = '\0';
    for (int i = 0; i < count; i++) {
        if (entries[i]->d_name[0] != '.')
            strcat(strcat(text, entries[i]->d_name), " ");
        free(entries[i]);
    }
    free(entries);
    return text;
}

#endif
