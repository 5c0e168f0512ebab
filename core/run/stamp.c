/* stamp.c - what a training is made with, noted in its checkpoints and compared when it is resumed.
 */
#include "run/stamp.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

#define PIPELINE "pipeline."
#define DATA "data."

/* ---- facts ---------------------------------------------------------------------------------- */

/* Takes over both texts. */
static void add(cnn_stamp *stamp, char *name, char *value)
{
    if (stamp->count == stamp->capacity) {
        stamp->capacity = stamp->capacity ? 2 * stamp->capacity : 64;
        stamp->names = cnn_realloc(stamp->names, stamp->capacity, sizeof(char *));
        stamp->values = cnn_realloc(stamp->values, stamp->capacity, sizeof(char *));
    }
    stamp->names[stamp->count] = name;
    stamp->values[stamp->count++] = value;
}

static bool add_split(cnn_stamp *stamp, const cnn_split *split)
{
    char hex[CNN_SHA256_HEX];
    const bool good = cnn_data_hash(split, hex);
    add(stamp, cnn_format(DATA "%s", split->name), cnn_strdup(hex));
    return good;
}

/* What may differ between a run and its continuation. */
static bool may_differ(const char *path)
{
    static const char *const paths[] = {"train.epochs", "train.steps", "train.threads",
                                        "train.checkpoint"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        const size_t length = strlen(paths[i]);
        if (strncmp(path, paths[i], length) == 0 && (path[length] == '\0' || path[length] == '.'))
            return true;
    }
    return false;
}

/* A fact for each value of the tree. */
static void add_tree(cnn_stamp *stamp, const cnn_yaml *node, const char *path)
{
    const bool map = node->type == CNN_YAML_MAP, list = node->type == CNN_YAML_LIST;
    if (may_differ(path))
        return;
    if (!node->count)
        add(stamp, cnn_format(PIPELINE "%s", path),
            cnn_strdup(map          ? "{}"
                       : list       ? "[]"
                       : node->text ? node->text
                                    : "null"));
    for (size_t i = 0; i < node->count; i++) {
        char *below = map ? cnn_format("%s%s%s", path, *path ? "." : "", node->keys[i]->text)
                          : cnn_format("%s.%zu", path, i);
        add_tree(stamp, node->items[i], below);
        free(below);
    }
}

/* False if the text is no pipeline. */
static bool add_pipeline(cnn_stamp *stamp, const char *text)
{
    cnn_report ignored = {0};
    cnn_yaml *root = text ? cnn_yaml_parse(text, strlen(text), "", &ignored) : NULL;
    const bool good = cnn_yaml_get(root, "train") != NULL;
    if (good)
        add_tree(stamp, root, "");
    cnn_yaml_free(root);
    cnn_report_free(&ignored);
    return good;
}

/* The findings change nothing of a training, and are there whether or not the pipeline says so. */
static bool only_observes(const cnn_plugin_file *file)
{
    return file->head.kind == CNN_KIND_CALLBACK && strcmp(file->head.name, "findings") == 0;
}

bool cnn_stamp_take(cnn_stamp *stamp, const cnn_session *session, cnn_report *report)
{
    const cnn_data *data = &session->data;
    const cnn_plugin_file *file;
    *stamp = (cnn_stamp){.pipeline = session->resolved};
    bool good = add_pipeline(stamp, session->resolved);
    CNN_BUG_IF(!good);
    good = add_split(stamp, &data->train) &&
           (!data->has_validation || add_split(stamp, &data->validation)) &&
           (!data->test.count || add_split(stamp, &data->test));
    for (size_t i = 0; (file = cnn_plugins_opened(session->plugins, i)) != NULL; i++)
        if (!only_observes(file))
            add(stamp, cnn_format("plugin.%s.%s", cnn_kind_name(file->head.kind), file->head.name),
                cnn_strdup(file->sha256));
    add(stamp, cnn_strdup("instruction_set"), cnn_strdup(cnn_plugins_isa(session->plugins)));
    add(stamp, cnn_strdup("version"), cnn_strdup(CNN_VERSION));
    return good || !cnn_data_failed(data, report);
}

void cnn_stamp_free(cnn_stamp *stamp)
{
    for (size_t i = 0; i < stamp->count; i++) {
        free(stamp->names[i]);
        free(stamp->values[i]);
    }
    free(stamp->names);
    free(stamp->values);
    *stamp = (cnn_stamp){0};
}

const char *cnn_stamp_value(const cnn_stamp *stamp, const char *name)
{
    for (size_t i = 0; i < stamp->count; i++)
        if (strcmp(stamp->names[i], name) == 0)
            return stamp->values[i];
    return NULL;
}

static bool begins(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

void cnn_stamp_note(const cnn_stamp *stamp, cnn_checkpoint *checkpoint)
{
    cnn_checkpoint_note(checkpoint, "pipeline", stamp->pipeline);
    for (size_t i = 0; i < stamp->count; i++)
        if (!begins(stamp->names[i], PIPELINE))
            cnn_checkpoint_note(checkpoint, stamp->names[i], stamp->values[i]);
}

/* ---- comparing ------------------------------------------------------------------------------ */

/* One comparison: what was, what is, and what comes of it. */
typedef struct comparison {
    const cnn_stamp *was, *now;
    const char *dir;
    cnn_resume resume;
    json_t *changes; /* NULL: not recorded */
    const char *epoch, *step;
    cnn_text told; /* what differs and is not refused */
    cnn_report *report;
    bool refused;
} comparison;

static json_t *text_or_null(const char *text)
{
    json_t *value = text ? json_string(text) : NULL; /* NULL also where it is no UTF-8 */
    return value ? value : json_null();
}

static void record(const comparison *c, const char *name, const char *was, const char *now)
{
    if (c->changes)
        json_array_append_new(c->changes,
                              json_pack("{s:I, s:I, s:s, s:o, s:o}", "epoch",
                                        (json_int_t)strtoull(c->epoch, NULL, 10), "step",
                                        (json_int_t)strtoull(c->step, NULL, 10), "what", name,
                                        "was", text_or_null(was), "now", text_or_null(now)));
}

/* What stands in the stamp where the other one has `name`: 'loss.hinge.margin: 1' for 'loss'. */
static char *in_place_of(const cnn_stamp *stamp, const char *name)
{
    for (size_t length = strlen(name); length > strlen(PIPELINE); length--) {
        if (name[length] != '\0' && name[length] != '.')
            continue;
        for (size_t i = 0; i < stamp->count; i++) {
            const char *other = stamp->names[i];
            if (strncmp(other, name, length) == 0 && (!other[length] || other[length] == '.'))
                return cnn_format("'%s: %s'", other + strlen(PIPELINE), stamp->values[i]);
        }
    }
    return cnn_strdup("nothing");
}

static void refuse_pipeline(const comparison *c, const char *name)
{
    char *was = in_place_of(c->was, name), *now = in_place_of(c->now, name);
    cnn_report_add(c->report, CNN_EXIT_PIPELINE, CNN_NOWHERE,
                   "%s: this pipeline is not the run's: %s here, %s there; only epochs, "
                   "steps, threads and checkpoint may differ when a run is resumed (--force-resume "
                   "resumes it all "
                   "the same)",
                   c->dir, now, was);
    free(was);
    free(now);
}

/* Of pipeline and data one difference says enough: an item too many shifts all after it, and
 * another seed draws other data. */
static void refuse(comparison *c, const char *name, const char *was, const char *now)
{
    const bool pipeline = begins(name, PIPELINE), data = begins(name, DATA);
    if (pipeline && !c->refused)
        refuse_pipeline(c, name);
    else if (data && !c->refused)
        cnn_report_add(c->report, CNN_EXIT_DATA, CNN_NOWHERE,
                       "%s: the %s data are not those of the run: their SHA-256 is %.12s... here, "
                       "%.12s... there (--force-resume resumes it with these)",
                       c->dir, name + strlen(DATA), now ? now : "none", was ? was : "none");
    else if (!pipeline && !data)
        cnn_report_add(c->report, CNN_EXIT_OUTPUT, CNN_NOWHERE,
                       "%s: --strict-resume: %s is '%.12s' here, '%.12s' there (--resume goes on "
                       "all the same)",
                       c->dir, name, now ? now : "none", was ? was : "none");
    c->refused = true;
}

static void differ(comparison *c, const char *name, const char *was, const char *now)
{
    const bool decides = begins(name, PIPELINE) || begins(name, DATA);
    record(c, name, was, now);
    if (c->resume == CNN_RESUME_STRICT || (decides && c->resume == CNN_RESUME)) {
        refuse(c, name, was, now);
        return;
    }
    const bool hash = begins(name, DATA) || begins(name, "plugin.");
    cnn_text_add(&c->told, "%s%s", c->told.length ? "; " : "", name);
    if (hash && was && now)
        cnn_text_add(&c->told, " has other bytes");
    else
        cnn_text_add(&c->told, " was %s, is %s", was ? hash ? "there" : was : "not known",
                     now ? hash ? "there" : now : "not there");
}

/* False where what differs is refused. */
static bool compare(comparison *c)
{
    for (size_t i = 0; i < c->now->count; i++) {
        const char *name = c->now->names[i], *now = c->now->values[i];
        const char *was = cnn_stamp_value(c->was, name);
        if (!was || strcmp(was, now) != 0)
            differ(c, name, was, now);
    }
    for (size_t i = 0; i < c->was->count; i++)
        if (!cnn_stamp_value(c->now, c->was->names[i]))
            differ(c, c->was->names[i], c->was->values[i], NULL);
    if (c->told.length && !c->refused)
        cnn_report_add(c->report, 0, CNN_NOWHERE, "%s: goes on, although this is not as it was: %s",
                       c->dir, c->told.data);
    cnn_text_free(&c->told);
    return !c->refused;
}

static bool is_fact(const char *key)
{
    return begins(key, DATA) || begins(key, "plugin.") || strcmp(key, "instruction_set") == 0 ||
           strcmp(key, "version") == 0;
}

/* The facts of today that a checkpoint of an older cnnrun could not note. */
static void take_unknown(cnn_stamp *was, const cnn_stamp *now)
{
    for (size_t i = 0; i < now->count; i++)
        if (is_fact(now->names[i]) && strcmp(now->names[i], "version") != 0)
            add(was, cnn_strdup(now->names[i]), cnn_strdup(now->values[i]));
}

bool cnn_stamp_compare(const cnn_stamp *stamp, const cnn_checkpoint *checkpoint, const char *dir,
                       cnn_resume resume, json_t *changes, cnn_report *report)
{
    cnn_stamp was = {0};
    comparison c = {.was = &was,
                    .now = stamp,
                    .dir = dir,
                    .resume = resume,
                    .changes = changes,
                    .epoch = cnn_checkpoint_value(checkpoint, "epoch"),
                    .step = cnn_checkpoint_value(checkpoint, "step"),
                    .report = report};
    bool good =
        c.epoch && c.step && add_pipeline(&was, cnn_checkpoint_value(checkpoint, "pipeline"));
    for (size_t i = 0; i < checkpoint->metadata_count; i++)
        if (is_fact(checkpoint->keys[i]))
            add(&was, cnn_strdup(checkpoint->keys[i]), cnn_strdup(checkpoint->values[i]));
    if (!cnn_stamp_value(&was, "version"))
        take_unknown(&was, stamp);
    good = good ? compare(&c)
                : cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE,
                                 "%s: the checkpoint is not of a cnnrun training: it has no "
                                 "pipeline, epoch or step",
                                 dir);
    cnn_stamp_free(&was);
    return good;
}

bool cnn_stamp_compare_pipeline(const cnn_stamp *stamp, const char *text, const char *dir,
                                cnn_resume resume, cnn_report *report)
{
    cnn_stamp was = {0};
    comparison c = {.was = &was, .now = stamp, .dir = dir, .resume = resume, .report = report};
    bool good = add_pipeline(&was, text);
    for (size_t i = 0; i < stamp->count; i++)
        if (is_fact(stamp->names[i]))
            add(&was, cnn_strdup(stamp->names[i]), cnn_strdup(stamp->values[i]));
    good = good ? compare(&c)
                : cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE,
                                 "%s/pipeline.yaml: this is no pipeline that cnnrun wrote", dir);
    cnn_stamp_free(&was);
    return good;
}
