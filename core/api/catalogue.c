/* catalogue.c - the plugins that there are, and what each says of itself. */
#include <stdlib.h>

#include "api/api.h"
#include "base/memory.h"
#include "pipeline/options.h"

struct cnnrun_catalogue {
    cnn_plugins *plugins;
    cnn_plugin_entry *entries;
    const cnn_plugin_file **files; /* of the entries; NULL: not opened */
    size_t count;
    cnn_strings ranges;
};

const char *cnnrun_kind_name(uint32_t kind)
{
    return kind ? cnn_kind_name(kind) : NULL;
}

bool cnnrun_plugin_kind(const char *path, uint32_t *kind, cnnrun_error *error)
{
    cnn_call call;
    cnn_call_begin(&call, error);
    return cnn_call_end(&call, cnn_plugin_judge(path, kind, call.report));
}

/* Called with the lock. */
static void free_catalogue(cnnrun_catalogue *c)
{
    cnn_plugin_entries_free(c->entries, c->count);
    cnn_plugins_free(c->plugins);
    cnn_strings_free(&c->ranges);
    free(c->files);
    free(c);
}

static cnnrun_catalogue *open_catalogue(const cnnrun_options *given, cnn_report *report)
{
    cnnrun_options options;
    cnn_session_options session;
    if (!cnn_api_options(&options, &session, given, report))
        return NULL;
    cnnrun_catalogue *c = cnn_alloc(1, sizeof *c);
    c->plugins = cnn_plugins_new(session.plugin_paths, session.plugin_path_count, report);
    cnn_api_options_free(&session);
    if (!c->plugins) {
        free_catalogue(c);
        return NULL;
    }
    c->entries = cnn_plugins_list(c->plugins, 0, &c->count, report);
    c->files = cnn_alloc(c->count, sizeof *c->files);
    return c;
}

cnnrun_catalogue *cnnrun_catalogue_open(const cnnrun_options *options, cnnrun_error *error)
{
    cnn_call call;
    cnn_call_begin(&call, error);
    cnn_call_lock();
    cnnrun_catalogue *catalogue = open_catalogue(options, call.report);
    cnn_call_unlock();
    cnn_call_end(&call, catalogue != NULL);
    return catalogue;
}

void cnnrun_catalogue_close(cnnrun_catalogue *catalogue)
{
    if (!catalogue)
        return;
    cnn_call_lock();
    free_catalogue(catalogue);
    cnn_call_unlock();
}

bool cnnrun_catalogue_entry(const cnnrun_catalogue *catalogue, size_t i, cnnrun_entry *entry)
{
    if (!catalogue || i >= catalogue->count)
        return false;
    const cnn_plugin_entry *e = &catalogue->entries[i];
    const cnnrun_entry seen = {.kind = e->kind, .name = e->name, .path = e->path};
    return cnn_struct_give(entry, &seen, sizeof seen);
}

bool cnnrun_catalogue_plugin(cnnrun_catalogue *catalogue, size_t i, cnnrun_plugin *plugin,
                             cnnrun_error *error)
{
    cnn_call call;
    if (!catalogue || i >= catalogue->count)
        return false;
    const cnn_plugin_entry *e = &catalogue->entries[i];
    cnn_call_begin(&call, error);
    cnn_call_lock();
    const cnn_plugin_file *file = catalogue->files[i] =
        cnn_plugins_open(catalogue->plugins, e->kind, e->name, CNN_NOWHERE, call.report);
    cnn_call_unlock();
    if (!cnn_call_end(&call, file != NULL))
        return false;
    cnnrun_plugin seen = {.kind = file->head.kind,
                          .abi_major = file->abi.major,
                          .abi_minor = file->abi.minor,
                          .name = file->head.name,
                          .summary = file->head.summary,
                          .doc = file->head.doc,
                          .file = file->opened,
                          .sha256 = file->sha256,
                          .compiler = file->abi.compiler,
                          .place = cnn_kind_at(file->head.kind)->place};
    seen.parameter_count = cnn_param_count(&file->head);
    if (file->head.kind == CNN_KIND_OPTIMIZER)
        seen.option_count = cnn_param_count(&cnn_optimizer_table);
    return cnn_struct_give(plugin, &seen, sizeof seen);
}

/* Behind a plugin's own parameters, the options of its kind. */
static const cnn_param *parameter_at(const cnn_plugin_file *file, size_t i)
{
    const size_t own = cnn_param_count(&file->head);
    return i < own                                 ? cnn_param_at(&file->head, i)
           : file->head.kind == CNN_KIND_OPTIMIZER ? cnn_param_at(&cnn_optimizer_table, i - own)
                                                   : NULL;
}

/* The default: of an option, that of the optimizer's descriptor. */
static const char *fallback_of(cnnrun_catalogue *c, const cnn_plugin_file *file, const cnn_param *p,
                               size_t i)
{
    char text[32];
    const double own = i < cnn_param_count(&file->head) || p->type != CNN_REAL
                           ? 0
                           : cnn_optimizer_default(&file->optimizer, p);
    return own > 0 ? cnn_strings_keep(&c->ranges, cnn_strdup(cnn_format_real(own, text)))
                   : p->fallback;
}

bool cnnrun_catalogue_parameter(cnnrun_catalogue *catalogue, size_t i, size_t parameter,
                                cnnrun_parameter *description)
{
    const cnn_plugin_file *file = catalogue && i < catalogue->count ? catalogue->files[i] : NULL;
    const cnn_param *p = file ? parameter_at(file, parameter) : NULL;
    if (!p)
        return false;
    const cnnrun_parameter seen = {.name = p->name,
                                   .help = p->help,
                                   .type = cnn_param_type_name(p->type),
                                   .range =
                                       cnn_strings_keep(&catalogue->ranges, cnn_param_range(p)),
                                   .fallback = fallback_of(catalogue, file, p, parameter),
                                   .choices = p->type == CNN_CHOICE ? p->choices : NULL,
                                   .min = p->min,
                                   .max = p->max,
                                   .above_min = p->flags & CNN_ABOVE_MIN,
                                   .below_max = p->flags & CNN_BELOW_MAX,
                                   .nullable = p->flags & CNN_NULLABLE,
                                   .path = p->flags & CNN_PATH};
    return cnn_struct_give(description, &seen, sizeof seen);
}
