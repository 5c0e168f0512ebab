/* instance.h - a plugin made ready and run, the same few calls for all kinds, in guarded memory.
 *
 * Checks that hold for every kind (memory, repeatability, environment, parameters) are written
 * once, against kit_make, kit_run and kit_unmake; the drive_*.c files say what these mean for each
 * kind. */
#ifndef KIT_INSTANCE_H
#define KIT_INSTANCE_H

#include "arena.h"
#include "kit.h"

typedef struct kit_instance {
    const cnn_plugin_file *file;
    void *self;
    cnn_param_memory memory;
    cnn_yaml *given;
    size_t variant;
    const cnn_operator
        *absorbs; /* a layer is offered these before it plans, up to one of id 0; NULL: none */
    union {
        struct {
            cnn_shape input;     /* of each input */
            size_t inputs, slot; /* the number of inputs, and which of them is kit_pass.x */
            cnn_layer_plan plan;
        };
        cnn_dataset_view view;
        cnn_callback_plan callback_plan;
        cnn_metric_plan metric_plan;
        struct {
            cnn_slot slots[CNN_MAX_SLOTS];
            uint64_t slot_count;
            cnn_optimizer_plan update;
        };
    };
} kit_instance;

/* What a run gave, bit for bit. */
typedef struct kit_bytes {
    unsigned char *data;
    size_t count, capacity;
} kit_bytes;

void kit_bytes_add(kit_bytes *bytes, const void *data, size_t count);
void kit_bytes_free(kit_bytes *bytes);
/* Fails the check, saying so with `what`, if the two differ. */
void kit_expect_same(const kit_bytes *a, const kit_bytes *b, const char *what);
bool kit_bytes_same(const kit_bytes *a, const kit_bytes *b);

/* What each kind does. */
typedef struct kit_driver {
    /* How many variants of setup there are (a layer's input shapes); 1 or more. */
    size_t variants;
    /* [setup] calls after init; false with the error filled if the plugin refuses. May be NULL. */
    bool (*prepare)(kit_instance *instance, const kit_layout *layout, cnn_error *error);
    /* [train] calls with buffers laid out as said; what they give is added to `out`. */
    void (*run)(kit_instance *instance, const kit_layout *layout, kit_bytes *out);
} kit_driver;

const kit_driver *kit_driver_of(uint32_t kind);
/* One a kind, kit_drive_NAME in drive_NAME.c: a kind without a driver does not link. */
#define KIT_DRIVER_(NUMBER, NAME, ...) extern const kit_driver kit_drive_##NAME;
CNN_EACH_KIND(KIT_DRIVER_)
#undef KIT_DRIVER_

/* Opens the subject as the trainer would, or ends the check; NULL with faults when `report` is
 * given. */
const cnn_plugin_file *kit_open(const kit_subject *subject, cnn_report *report);

/* Opens a copy of an accepted file, in whichever folder it lies. */
const cnn_plugin_file *kit_open_copy(const kit_subject *subject);

/* Parameters from `given` (owned by the instance from then on; NULL: defaults), then init, then
 * what the kind needs. When the plugin refuses, NULL, with its sentence in `refusal` if that is
 * given, else the check ends. Values that the table itself does not allow are the kit's own fault.
 */
kit_instance *kit_make(const kit_case *c, const kit_layout *layout, cnn_yaml *given, size_t variant,
                       cnn_error *refusal);
/* Layers: for a shape that is no variant (NULL when it is refused); with operators offered to
 * absorb, up to one of id 0 (NULL when it declines one). */
kit_instance *kit_make_for(const kit_case *c, const kit_layout *layout, cnn_yaml *given,
                           const cnn_shape *input);
kit_instance *kit_make_absorbing(const kit_case *c, const kit_layout *layout, size_t variant,
                                 const cnn_operator *next);
/* The first variant that the plugin does not refuse; ends the check if it refuses all. */
kit_instance *kit_make_any(const kit_case *c, const kit_layout *layout, cnn_yaml *given);
void kit_unmake(kit_instance *instance);

/* [train] calls. With layout->readonly, self is read-only meanwhile. */
void kit_run(kit_instance *instance, const kit_layout *layout, kit_bytes *out);

/* ---- parameters ----------------------------------------------------------------------------- */

/* A map with what the command line gave and what is required; the caller owns it. Skips the check
 * if a required parameter cannot be guessed (a path). */
cnn_yaml *kit_defaults(const kit_case *c);

/* Values of a parameter to try: number `index` of kit_param_values, as YAML text; the caller frees.
 */
size_t kit_param_values(const cnn_param *param);
char *kit_param_value(const cnn_param *param, size_t index);
/* A random value in range. */
char *kit_param_random(kit_case *c, const cnn_param *param);
/* Values at which a plugin is used, and its rules must hold: choices, truths, numbers near the
 * default, not the ends of wide ranges. NULL past the last; the caller frees. */
char *kit_param_usual(const cnn_param *param, size_t index);
/* Whether the command line gives it. */
bool kit_param_is_given(const kit_case *c, const char *name);
/* `given` with one parameter set. */
void kit_param_set(cnn_yaml *given, const char *name, const char *value);
/* A copy of kit_defaults with every parameter random, but for those of the command line. */
cnn_yaml *kit_random_setting(kit_case *c);
/* One line of YAML, for messages; a static buffer. */
const char *kit_setting_text(const cnn_yaml *given);

#endif
