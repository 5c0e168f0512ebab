/* settings.c - values that the command line sets in a pipeline: kept, applied, written out again.
 */
#include "yaml/settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static void add(cnn_settings *settings, cnn_setting setting)
{
    settings->items = cnn_realloc(settings->items, settings->count + 1, sizeof setting);
    settings->items[settings->count++] = setting;
}

bool cnn_settings_add(cnn_settings *settings, const char *assignment, const char *origin)
{
    const char *equals = strchr(assignment, '=');
    if (!equals || equals == assignment)
        return false;
    add(settings, (cnn_setting){cnn_format("%.*s", (int)(equals - assignment), assignment),
                                cnn_strdup(equals + 1),
                                origin ? cnn_strdup(origin) : cnn_format("--set %s", assignment),
                                CNN_SETTING_FIRST});
    return true;
}

void cnn_settings_add_last(cnn_settings *settings, const char *option, const char *path,
                           const char *value)
{
    add(settings, (cnn_setting){cnn_strdup(path), cnn_strdup(value),
                                cnn_format("%s %s", option, value), CNN_SETTING_LAST});
}

void cnn_settings_free(cnn_settings *settings)
{
    for (size_t i = 0; i < settings->count; i++) {
        free(settings->items[i].path);
        free(settings->items[i].value);
        free(settings->items[i].origin);
    }
    free(settings->items);
    *settings = (cnn_settings){0};
}

bool cnn_settings_apply(const cnn_settings *settings, cnn_setting_when when, cnn_yaml *root,
                        cnn_report *report)
{
    bool good = true;
    for (size_t i = 0; i < settings->count; i++) {
        const cnn_setting *s = &settings->items[i];
        if (s->when == when)
            good = cnn_yaml_set(root, s->path, s->value, s->origin, report) && good;
    }
    return good;
}

/* The origin is OPTION and a word, which may need quotes. */
void cnn_settings_write(const cnn_settings *settings, cnn_text *line)
{
    for (size_t i = 0; i < settings->count; i++) {
        const char *origin = settings->items[i].origin, *word = strchr(origin, ' ') + 1;
        cnn_text_add(line, " %.*s", (int)(word - origin), origin);
        cnn_text_add_words(line, (const char *const[]){word, NULL});
    }
}
