/* check_param.c - rules on parameters: the table, and what happens at the edges of its ranges. */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "instance.h"

#define SETTINGS 50

static const kit_layout plain = {
    .side = KIT_RIGHT, .readonly = true, .prefill = KIT_PREFILL_NAN, .salt = 3};

static void check_table(kit_case *c)
{
    cnn_report report = {0};
    const cnn_plugin_file *file = kit_open(c->subject, &report);
    for (size_t i = 0; !file && i < report.count; i++)
        if (strstr(report.problems[i].text, "parameter '"))
            kit_fail("%s", report.problems[i].text);
    if (file && !cnn_param_at(&file->head, 0))
        kit_skip("it has no parameters");
}

/* A dataset may refuse since its files are not there; the others have no such reason. */
static void check_defaults(kit_case *c)
{
    cnn_error refusal = {0};
    for (size_t v = 0; v < kit_driver_of(c->subject->kind)->variants; v++) {
        kit_instance *instance = kit_make(c, &plain, NULL, v, &refusal);
        if (!instance)
            continue;
        kit_unmake(instance);
        return;
    }
    if (c->subject->kind == CNN_KIND_DATASET)
        kit_skip("it does not open: %s", refusal.text);
    kit_fail("it refuses its defaults: %s", refusal.text);
}

/* Makes the plugin with these parameters and runs it, if it accepts them. Takes `given`. */
static bool try_setting(kit_case *c, cnn_yaml *given, kit_bytes *out)
{
    cnn_error refusal = {0};
    bool accepted = false;
    kit_where("parameters {%s}", kit_setting_text(given));
    for (size_t v = 0; v < kit_driver_of(c->subject->kind)->variants && !accepted; v++) {
        kit_instance *instance = kit_make(c, &plain, cnn_yaml_copy(given), v, &refusal);
        accepted = instance != NULL;
        if (accepted)
            kit_run(instance, &plain, out);
        kit_unmake(instance);
        kit_arena_reset(0);
    }
    cnn_yaml_free(given);
    return accepted;
}

static void check_edges(kit_case *c)
{
    const cnn_param *p;
    size_t tried = 0;
    for (size_t i = 0; (p = cnn_param_at(&c->file->head, i)); i++)
        for (size_t k = 0; k < kit_param_values(p) && !kit_param_is_given(c, p->name); k++) {
            cnn_yaml *given = kit_defaults(c);
            char *value = kit_param_value(p, k);
            kit_bytes out = {0};
            kit_param_set(given, p->name, value);
            tried += try_setting(c, given, &out);
            kit_bytes_free(&out);
            free(value);
        }
    kit_where("%s", "");
    if (!tried)
        kit_skip("it has no parameters to vary");
}

static void check_random(kit_case *c)
{
    size_t accepted = 0;
    if (!cnn_param_at(&c->file->head, 0))
        kit_skip("it has no parameters");
    for (size_t i = 0; i < SETTINGS; i++) {
        kit_bytes out = {0};
        accepted += try_setting(c, kit_random_setting(c), &out);
        kit_bytes_free(&out);
    }
    kit_where("%s", "");
    if (!accepted)
        kit_skip("it accepted none of %d random settings", SETTINGS);
}

/* Does one of the values of parameter `p` give other results, all else as in `base`? */
static bool differs(kit_case *c, const cnn_param *p, const cnn_yaml *base)
{
    bool effect = false;
    kit_bytes usual = {0};
    effect = !try_setting(c, cnn_yaml_copy(base), &usual);
    for (size_t k = 0; k < kit_param_values(p) + 2 && !effect; k++) {
        cnn_yaml *given = cnn_yaml_copy(base);
        char *value = k < kit_param_values(p) ? kit_param_value(p, k) : kit_param_random(c, p);
        kit_bytes out = {0};
        kit_param_set(given, p->name, value);
        effect = !try_setting(c, given, &out) || !kit_bytes_same(&out, &usual);
        kit_bytes_free(&out);
        free(value);
    }
    kit_bytes_free(&usual);
    return effect;
}

/* At the defaults, and where the others are random: some matter only beside others. */
static bool has_effect(kit_case *c, const cnn_param *p)
{
    cnn_yaml *base = kit_defaults(c);
    bool effect = differs(c, p, base);
    for (size_t k = 0; k < 8 && !effect; k++) {
        cnn_yaml_free(base);
        base = kit_random_setting(c);
        effect = differs(c, p, base);
    }
    cnn_yaml_free(base);
    return effect;
}

static void check_effect(kit_case *c)
{
    const cnn_param *p;
    size_t tried = 0;
    for (size_t i = 0; (p = cnn_param_at(&c->file->head, i)); i++) {
        /* What an optimizer is handed is the schedule's rate, not the parameter. */
        const bool skip =
            p->type == CNN_STRING || kit_param_is_given(c, p->name) ||
            (c->subject->kind == CNN_KIND_OPTIMIZER && strcmp(p->name, "learning_rate") == 0);
        if (skip)
            continue;
        tried++;
        if (!has_effect(c, p))
            kit_warn("parameter '%s' changes no result, whatever its value", p->name);
    }
    kit_where("%s", "");
    if (!tried)
        kit_skip("it has no parameters to vary");
}

static void check_self(kit_case *c)
{
    kit_layout writable = plain;
    kit_bytes ignored = {0};
    if (c->file->head.self_size == 0)
        kit_skip("it has no self");
    writable.readonly = false;
    kit_instance *instance = kit_make_any(c, &writable, NULL);
    unsigned char *before = cnn_alloc(c->file->head.self_size, 1);
    memcpy(before, instance->self, c->file->head.self_size);
    kit_run(instance, &writable, &ignored);
    for (size_t i = 0; i < c->file->head.self_size; i++)
        if (before[i] != ((unsigned char *)instance->self)[i])
            kit_fail("byte %zu of self changed; self is const in [train] callbacks", i);
}

/* Two selves at once, with other parameters where there are some: A, B, A must give A's bits again.
 */
static void check_two(kit_case *c)
{
    kit_bytes first = {0}, again = {0}, other = {0}, alone = {0};
    kit_instance *a = kit_make_any(c, &plain, NULL);
    kit_run(a, &plain, &first);
    cnn_error refusal;
    kit_instance *b = NULL;
    cnn_yaml *setting = NULL;
    for (size_t tries = 0; !b && tries < 20; tries++) {
        cnn_yaml_free(setting);
        setting = kit_random_setting(c);
        b = kit_make(c, &plain, cnn_yaml_copy(setting), a->variant, &refusal);
    }
    if (!b)
        b = kit_make(c, &plain, kit_defaults(c), a->variant, NULL);
    kit_run(b, &plain, &other);
    kit_run(a, &plain, &again);
    kit_expect_same(&first, &again, "after another self was made and run");
    kit_unmake(a);
    kit_run(b, &plain, &alone);
    kit_expect_same(&other, &alone, "after another self was given back");
}

const kit_check kit_param_checks[] = {
    {"PAR-1", "the parameter table is sound", 1, 0, KIT_GATE | KIT_UNOPENED, check_table},
    {"PAR-2", "it can be made with its defaults", 1, 0, KIT_GATE, check_defaults},
    {0},
};

const kit_check kit_setting_checks[] = {
    {"PAR-3", "each parameter at the ends of its range", 3, 0, 0, check_edges},
    {"PAR-4", "random settings", 3, 0, 0, check_random},
    {"PAR-5", "each parameter has an effect", 3, 0, 0, check_effect},
    {"PAR-6", "self stays as it was while training", 3, 0, 0, check_self},
    {"PAR-7", "two selves do not mix", 3, 0, 0, check_two},
    {0},
};
