/* instance.c - a plugin made ready and run, the same few calls for all kinds, in guarded memory. */
#define _GNU_SOURCE
#include "instance.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/private.h"
#include "shared.h"

/* ---- bytes ---------------------------------------------------------------------------------- */

void kit_bytes_add(kit_bytes *bytes, const void *data, size_t count)
{
    if (bytes->count + count > bytes->capacity) {
        bytes->capacity = 2 * (bytes->count + count);
        bytes->data = cnn_realloc(bytes->data, bytes->capacity, 1);
    }
    memcpy(bytes->data + bytes->count, data, count);
    bytes->count += count;
}

void kit_bytes_free(kit_bytes *bytes)
{
    free(bytes->data);
    *bytes = (kit_bytes){0};
}

bool kit_bytes_same(const kit_bytes *a, const kit_bytes *b)
{
    return a->count == b->count && (a->count == 0 || memcmp(a->data, b->data, a->count) == 0);
}

void kit_expect_same(const kit_bytes *a, const kit_bytes *b, const char *what)
{
    if (kit_bytes_same(a, b))
        return;
    size_t at = 0;
    while (at < a->count && at < b->count && a->data[at] == b->data[at])
        at++;
    kit_fail("%s: the results differ (from byte %zu of %zu on); they must be the same bits", what,
             at, a->count);
}

/* ---- opening -------------------------------------------------------------------------------- */

static void note_place(const kit_subject *subject)
{
    void *library = dlopen(subject->path, RTLD_NOW | RTLD_NOLOAD);
    const void *descriptor = library ? dlsym(library, "cnn_plugin") : NULL;
    Dl_info info;
    if (descriptor && dladdr(descriptor, &info))
        kit_page->fault.library = (uintptr_t)info.dli_fbase;
}

const cnn_plugin_file *kit_open(const kit_subject *subject, cnn_report *report)
{
    cnn_report own = {0};
    kit_enter("opening the file", KIT_SETUP);
    cnn_plugin_file *file = cnn_plugin_load(subject->path, subject->kind, subject->name,
                                            CNN_NOWHERE, report ? report : &own);
    cnn_plugins_settle();
    kit_leave();
    if (!file && !report)
        kit_fail("%s", own.problems[0].text);
    if (file) {
        file->path = cnn_strdup(subject->path);
        note_place(subject);
    }
    return file;
}

const cnn_plugin_file *kit_open_copy(const kit_subject *subject)
{
    void *library = dlopen(subject->path, RTLD_NOW | RTLD_LOCAL);
    const cnn_head *head = library ? dlsym(library, "cnn_plugin") : NULL;
    if (!head)
        kit_tool_error("a copy of the file cannot be opened");
    cnn_plugin_file *file = cnn_alloc(1, sizeof *file);
    const size_t known = sizeof *file - offsetof(cnn_plugin_file, head);
    memcpy(&file->head, head, head->struct_size < known ? head->struct_size : known);
    return file;
}

/* ---- life ----------------------------------------------------------------------------------- */

const kit_driver *kit_driver_of(uint32_t kind)
{
#define DRIVER(NUMBER, NAME, ...) [CNN_KIND_##NUMBER] = &kit_drive_##NAME,
    static const kit_driver *const drivers[] = {CNN_EACH_KIND(DRIVER)};
#undef DRIVER
    return drivers[kind];
}

static void fill_parameters(const kit_case *c, kit_instance *instance)
{
    cnn_report report = {0};
    const cnn_head *head = &instance->file->head;
    const cnn_filling f = {.plugin = head->name,
                           .memory = &instance->memory,
                           .report = &report,
                           .plugins = c->options->plugins};
    if (!cnn_param_fill(&f, head, NULL, instance->given, CNN_NOWHERE, instance->self)) {
        if (c->golden)
            kit_fail("the case's parameters do not fit: %s", report.problems[0].text);
        kit_skip("the parameters do not fit: %s", report.problems[0].text);
    }
    cnn_plugins_settle();
    cnn_report_free(&report);
}

/* init, then what the kind needs. `ready`: init has succeeded, so fini is due. */
static bool start(kit_instance *instance, const kit_layout *layout, cnn_error *error, bool *ready)
{
    const cnn_head *head = &instance->file->head;
    const kit_driver *driver = kit_driver_of(head->kind);
    if (head->init) {
        kit_enter("init", KIT_SETUP);
        const int result = head->init(instance->self, error);
        kit_leave();
        if (result != 0 && result != -1 && result != CNN_NO_MEMORY)
            kit_fail("init returned %d; it must return 0, -1 by cnn_fail(), or CNN_NO_MEMORY",
                     result);
        if (result != 0)
            return false;
    }
    *ready = true;
    return !driver->prepare || driver->prepare(instance, layout, error);
}

static void release(kit_instance *instance, bool ready)
{
    const cnn_head *head = &instance->file->head;
    if (ready && head->fini) {
        kit_enter("fini", KIT_SETUP);
        head->fini(instance->self);
        kit_leave();
    }
    cnn_param_memory_free(&instance->memory);
    cnn_yaml_free(instance->given);
    free(instance);
}

/* Parameters and self, before init. Takes `given`. */
static kit_instance *prepare(const kit_case *c, const kit_layout *layout, cnn_yaml *given)
{
    kit_instance *instance = cnn_alloc(1, sizeof *instance);
    instance->file = c->file;
    instance->given = given ? given : kit_defaults(c);
    if (c->file->head.self_size > 0)
        instance->self = kit_buffer(layout, "self", c->file->head.self_size, 1, 64);
    fill_parameters(c, instance);
    return instance;
}

/* An error may name a parameter of the plugin's, and a byte of its text, or the one after the last.
 */
static void check_place(const kit_instance *instance, const cnn_error *error)
{
    const cnn_head *head = &instance->file->head;
    const cnn_param *p;
    size_t i = 0;
    if (!*error->parameter)
        return;
    while ((p = cnn_param_at(head, i)) && strcmp(p->name, error->parameter) != 0)
        i++;
    if (!p)
        kit_fail("its error is about parameter '%.71s', which it does not have", error->parameter);
    const cnn_yaml *given = cnn_yaml_get(instance->given, p->name);
    if (error->column && p->type != CNN_STRING)
        kit_fail("its error is about byte %llu of %s, which is no string",
                 (unsigned long long)error->column, p->name);
    if (error->column && given && given->text && error->column > strlen(given->text) + 1)
        kit_fail("its error is about byte %llu of %s, which has %zu",
                 (unsigned long long)error->column, p->name, strlen(given->text));
}

static kit_instance *complete(kit_instance *instance, const kit_layout *layout, cnn_error *refusal)
{
    cnn_error error = {0};
    bool ready = false;
    if (start(instance, layout, &error, &ready))
        return instance;
    error.text[sizeof error.text - 1] = '\0';
    if (!*error.text)
        kit_fail(
            "it refused, and gave no reason; failure must go through cnn_fail() with a sentence");
    check_place(instance, &error);
    if (!refusal)
        kit_fail("it refused its parameters {%s}: %s", kit_setting_text(instance->given),
                 error.text);
    *refusal = error;
    release(instance, ready);
    return NULL;
}

kit_instance *kit_make(const kit_case *c, const kit_layout *layout, cnn_yaml *given, size_t variant,
                       cnn_error *refusal)
{
    cnn_error refused;
    const bool may_refuse = refusal || c->setting;
    kit_instance *instance = prepare(c, layout, given);
    instance->variant = variant;
    instance = complete(instance, layout, refusal ? refusal : may_refuse ? &refused : NULL);
    if (!instance && !refusal)
        kit_skip("it refuses this setting: %s", refused.text);
    return instance;
}

kit_instance *kit_make_for(const kit_case *c, const kit_layout *layout, cnn_yaml *given,
                           const cnn_shape *input)
{
    cnn_error refusal;
    kit_instance *instance = prepare(c, layout, given);
    instance->input = *input;
    return complete(instance, layout, &refusal);
}

kit_instance *kit_make_absorbing(const kit_case *c, const kit_layout *layout, size_t variant,
                                 const cnn_operator *next)
{
    cnn_error refusal;
    kit_instance *instance = prepare(c, layout, NULL);
    instance->variant = variant;
    instance->absorbs = next;
    instance = complete(instance, layout, &refusal);
    return instance && instance->absorbs ? instance : NULL;
}

kit_instance *kit_make_any(const kit_case *c, const kit_layout *layout, cnn_yaml *given)
{
    cnn_error first = {0}, refusal;
    for (size_t v = 0; v < kit_driver_of(c->subject->kind)->variants; v++) {
        kit_instance *instance =
            kit_make(c, layout, given ? cnn_yaml_copy(given) : NULL, v, &refusal);
        if (instance) {
            cnn_yaml_free(given);
            return instance;
        }
        if (!*first.text)
            first = refusal;
    }
    kit_skip("it accepts none of the kit's inputs: %s", first.text);
}

void kit_unmake(kit_instance *instance)
{
    if (instance)
        release(instance, true);
}

void kit_run(kit_instance *instance, const kit_layout *layout, kit_bytes *out)
{
    if (instance->self && layout->readonly)
        kit_protect(instance->self, true);
    kit_driver_of(instance->file->head.kind)->run(instance, layout, out);
    if (instance->self && layout->readonly)
        kit_protect(instance->self, false);
}
