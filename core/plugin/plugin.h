/* plugin.h - finds, checks and opens plugins; makes instances of them.
 *
 * The only part that includes <dlfcn.h>. A file passes these gates, in this order, before any of its
 * code runs: it is where the search finds it; it and its folder are not writable by everyone; where
 * cnnrun runs as root, it and its folder belong to root or to the owner of the program; it is ELF for
 * this machine with one cnnrun note; each fact of the note fits; what the dynamic linker will map, write
 * and jump to lies inside of it. Then a child process opens it, reads its descriptor and parameter table
 * and closes it again: if that crashes, exits or hangs, the file is refused. Then it is opened here
 * (RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE, floating-point control word put back), and its descriptor,
 * which must lie in its own memory, and its parameter table are checked. Plugins stay open until the
 * process ends. */
#ifndef CNN_PLUGIN_PLUGIN_H
#define CNN_PLUGIN_PLUGIN_H

#include "base/file.h"
#include "base/report.h"
#include "plugin/kinds.h"
#include "plugin/param.h"
#include "yaml/tree.h"

/* An opened plugin. The descriptor is the host's own copy, zero beyond what the plugin knew. */
typedef struct cnn_plugin_file {
    char *path;                  /* real path of the file that was asked for (the baseline one) */
    char *opened;                /* path of the variant that was opened for this processor */
    char *name;                  /* the host's own, to which head.name points: it outlives the file */
    char sha256[CNN_SHA256_HEX]; /* of `opened` */
    cnn_abi abi;
    union {
        cnn_head head;
#define CNN_DESCRIPTOR_(NUMBER, NAME, ...) cnn_##NAME NAME;
        CNN_EACH_KIND(CNN_DESCRIPTOR_) /* cnn_loss loss; ... */
#undef CNN_DESCRIPTOR_
    };
} cnn_plugin_file;

/* The search path and the plugins opened so far. */
typedef struct cnn_plugins cnn_plugins;

/* Folders in order: `paths` (of --plugin-path; one that is no folder is a fault of CNN_EXIT_USAGE),
 * $CNNRUN_PLUGIN_PATH (colon-separated; empty parts and missing folders are passed over, one that cannot
 * be read with a warning; ignored when the process is setuid), then the installed one: `plugins` beside the
 * program, else ../lib/cnnrun/plugins from there; where this code is in a shared library, beside that, and
 * also cnnrun/plugins from there. */
CNN_MUST_CHECK cnn_plugins *cnn_plugins_new(const char *const *paths, size_t count, cnn_report *report);
void cnn_plugins_free(cnn_plugins *plugins);

/* "baseline", "avx2" or "avx512": the best instruction set whose variants are opened. */
const char *cnn_plugins_isa(const cnn_plugins *plugins);

/* Opens plugin `name` of `kind`: DIR/KIND/NAME.so, then DIR/NAME.so (taken only if its note says that
 * kind), in each folder; the same file twice counts once, two different ones are a fault that names
 * both. Beside NAME.so may stand variants for instruction sets, NAME.avx2.so and NAME.avx512.so; the
 * best that the processor has is opened, unless $CNNRUN_ISA (baseline, avx2, avx512) names another.
 * Faults are CNN_EXIT_PLUGIN at `mark`, who asked for it; "not found" lists the folders searched and
 * the nearest name. A plugin is opened once; asking again gives the same. */
CNN_MUST_CHECK const cnn_plugin_file *cnn_plugins_open(cnn_plugins *plugins, uint32_t kind, const char *name,
                                                       cnn_mark mark, cnn_report *report);

/* What a name stands for where plugins of two kinds may: the kind that has a plugin of this name, else one with a name
 * near to it, else `kind`. Opens nothing and reports nothing. */
uint32_t cnn_plugins_kind_of(cnn_plugins *plugins, const char *name, uint32_t kind, uint32_t other);

/* The kind in the ABI note of a file, which need not be a known one. None of its code is run. False where the file is
 * no plugin, or does not fit this program: CNN_EXIT_PLUGIN, with the file as the place. What cannot be read is a
 * fault without a place. */
CNN_MUST_CHECK bool cnn_plugin_judge(const char *path, uint32_t *kind, cnn_report *report);

/* The gates that a command's program passes before it is started, which are the first ones of a plugin: it and
 * its folder are not writable by everyone, and belong to whom they must where cnnrun runs as root. */
CNN_MUST_CHECK bool cnn_plugin_check_program(const char *path, cnn_report *report);

/* All plugins that were to be opened are: ends the child process that tries them first. Done by
 * cnn_plugins_free too; one that is needed again is started again. */
void cnn_plugins_settle(void);

/* The i-th plugin opened so far, in order of opening; NULL past the end. */
const cnn_plugin_file *cnn_plugins_opened(const cnn_plugins *plugins, size_t i);

/* A name found in the folders, not opened. */
typedef struct cnn_plugin_entry {
    uint32_t kind;
    char *name;
    char *path;
} cnn_plugin_entry;

/* All plugins of a kind (0: all kinds) in the search path, sorted by kind and name. Files without a
 * note in DIR itself are passed over; what cannot be read is reported, and the rest listed. Free with
 * cnn_plugin_entries_free. */
cnn_plugin_entry *cnn_plugins_list(cnn_plugins *plugins, uint32_t kind, size_t *count, cnn_report *report);
void cnn_plugin_entries_free(cnn_plugin_entry *entries, size_t count);

/* A plugin with parameters: what a place in a pipeline makes of it. */
typedef struct cnn_instance {
    union {
        cnn_handle handle; /* what a plugin sees of it that has it as a parameter */
        struct {
            const void *plugin; /* &file->head */
            void *self;         /* NULL where self_size is 0 */
        };
    };
    const cnn_plugin_file *file;
    cnn_param_memory memory;
    cnn_mark mark; /* of its name in the pipeline */
    cnn_param_place *places; /* of its parameters, in `memory` */
} cnn_instance;

/* What such a place says. */
typedef struct cnn_instance_spec {
    uint32_t kind;
    const char *name;
    const cnn_yaml *given;  /* its parameters, which may be null; NULL: none */
    cnn_mark mark;          /* of the name */
    const cnn_head *beside; /* keys of this table may stand among the parameters, for the caller to read; or NULL */
    unsigned depth;         /* in how many plugins this one stands as a parameter; at most CNN_PLUGIN_DEPTH */
} cnn_instance_spec;
#define CNN_PLUGIN_DEPTH 8

/* Reads "a plugin is written as its name, or as name: {parameters}" from `node`, to which `spec` will point;
 * leaves beside and depth. */
CNN_MUST_CHECK bool cnn_instance_split(const cnn_yaml *node, uint32_t kind, cnn_instance_spec *spec,
                                       cnn_report *report);
/* Opens the plugin, fills its parameters and calls init. NULL with faults. */
CNN_MUST_CHECK cnn_instance *cnn_instance_make(cnn_plugins *plugins, const cnn_instance_spec *spec,
                                               cnn_report *report);
/* Both; all that a plugin without keys beside it needs. */
CNN_MUST_CHECK cnn_instance *cnn_instance_new(cnn_plugins *plugins, uint32_t kind, const cnn_yaml *node,
                                              cnn_report *report);
void cnn_instance_free(cnn_instance *instance);

/* Makes it as part of what is being filled, whose memory owns it; sets depth. NULL with faults. */
CNN_MUST_CHECK cnn_instance *cnn_instance_keep(const cnn_filling *filling, cnn_instance_spec *spec);
/* The value of a parameter that is a plugin. */
CNN_MUST_CHECK bool cnn_instance_read(const cnn_filling *filling, uint32_t kind, const cnn_yaml *node,
                                      const cnn_handle **handle);

/* Says that `callback` has returned `result`, which is not 0: "WHAT: TEXT" at the instance's place with
 * `code`, or where it found no memory "out of memory: WHAT: TEXT" with CNN_EXIT_SYSTEM. Returns false. */
bool cnn_instance_refuse(const cnn_instance *instance, const char *callback, int result, const char *what,
                         cnn_error *error, int code, cnn_report *report);

/* The value of a real parameter that the plugin is known to have (an optimizer's learning_rate). */
double cnn_instance_real(const cnn_instance *instance, const char *name);

/* `name: {every parameter}`, or the name alone where it has none. The caller frees. */
cnn_yaml *cnn_instance_resolved(const cnn_instance *instance);

#endif
