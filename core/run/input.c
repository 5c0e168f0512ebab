/* input.c - what a network takes, noted in checkpoints and read back. */
#include "run/input.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

#define MOST_ELEMENTS (1u << 24) /* of a sample, as data.c has it */

static void note_real(cnn_checkpoint *checkpoint, const char *key, double value)
{
    char text[32];
    cnn_checkpoint_note(checkpoint, key, cnn_format_real(value, text));
}

/* As JSON text, since a checkpoint's metadata are texts. */
static void note_names(const cnn_dataset_view *view, cnn_checkpoint *checkpoint)
{
    json_t *names = json_array();
    for (uint64_t c = 0; c < view->classes; c++)
        json_array_append_new(names, json_string(view->names[c]));
    char *text = json_dumps(names, JSON_COMPACT);
    cnn_checkpoint_note(checkpoint, "input.names", text);
    free(text);
    json_decref(names);
}

void cnn_input_note(const cnn_dataset_view *view, cnn_checkpoint *checkpoint)
{
    cnn_text shape = {0};
    char *targets = cnn_format("%llu", (unsigned long long)cnn_data_outputs(view));
    for (uint64_t i = 0; i < view->shape.rank; i++)
        cnn_text_add(&shape, "%s%llu", i ? " " : "", (unsigned long long)view->shape.dim[i]);
    cnn_checkpoint_note(checkpoint, "input.shape", shape.data);
    cnn_checkpoint_note(checkpoint, view->classes ? "input.classes" : "input.target", targets);
    if (view->names)
        note_names(view, checkpoint);
    cnn_checkpoint_note(checkpoint, "input.element",
                        view->element == CNN_ELEMENT_U8 ? "u8" : "f32");
    note_real(checkpoint, "input.scale", view->scale);
    note_real(checkpoint, "input.offset", view->offset);
    cnn_text_free(&shape);
    free(targets);
}

/* Moves *text past a number from 1 to `most`. */
static bool read_count(const char **text, uint64_t most, uint64_t *out)
{
    char *end;
    if (**text < '0' || **text > '9')
        return false;
    errno = 0;
    *out = strtoull(*text, &end, 10);
    *text = end;
    return errno == 0 && *out >= 1 && *out <= most;
}

static bool read_shape(const char *text, cnn_shape *shape)
{
    uint64_t elements = 1;
    *shape = (cnn_shape){0};
    for (;;) {
        if (shape->rank == CNN_MAX_RANK ||
            !read_count(&text, MOST_ELEMENTS, &shape->dim[shape->rank]) ||
            (elements *= shape->dim[shape->rank++]) > MOST_ELEMENTS)
            return false;
        if (!*text)
            return true;
        if (*text++ != ' ')
            return false;
    }
}

static bool read_real(const char *text, double *out)
{
    char *end;
    *out = strtod(text, &end);
    return end != text && !*end && isfinite(*out);
}

/* Classes, or vectors. */
static bool read_targets(const cnn_checkpoint *checkpoint, cnn_dataset_view *view)
{
    const char *classes = cnn_checkpoint_value(checkpoint, "input.classes"),
               *target = cnn_checkpoint_value(checkpoint, "input.target");
    if (!classes == !target)
        return false;
    return classes ? read_count(&classes, CNN_MOST_CLASSES, &view->classes) && !*classes &&
                         view->classes >= 2
                   : read_count(&target, CNN_MOST_TARGET, &view->target_size) && !*target;
}

/* In one block: the array, and behind it the texts. False where there are not as many as classes.
 */
static bool read_names(const cnn_checkpoint *checkpoint, cnn_dataset_view *view, void **block)
{
    const char *text = cnn_checkpoint_value(checkpoint, "input.names");
    json_t *list = text ? json_loads(text, 0, NULL) : NULL;
    const size_t count = json_array_size(list);
    bool good = !text || (count > 0 && count == view->classes);
    for (size_t c = 0; good && c < count; c++)
        good = json_is_string(json_array_get(list, c));
    if (good && text) {
        const char **names = *block = cnn_alloc(1, count * sizeof *names + strlen(text));
        char *to = (char *)(names + count); /* a text's JSON has two quotes more than it */
        for (size_t c = 0; c < count; c++) {
            names[c] = to;
            to = stpcpy(to, json_string_value(json_array_get(list, c))) + 1;
        }
        view->names = names;
        good = !cnn_data_wrong_names(view);
    }
    json_decref(list);
    return good;
}

bool cnn_input_read(cnn_dataset_view *view, void **names, const cnn_checkpoint *checkpoint)
{
    const char *shape = cnn_checkpoint_value(checkpoint, "input.shape"),
               *element = cnn_checkpoint_value(checkpoint, "input.element"),
               *scale = cnn_checkpoint_value(checkpoint, "input.scale"),
               *offset = cnn_checkpoint_value(checkpoint, "input.offset");
    *view = (cnn_dataset_view){.struct_size = sizeof *view};
    if (!shape || !element || !scale || !offset)
        return false;
    view->element = strcmp(element, "u8") == 0 ? CNN_ELEMENT_U8 : CNN_ELEMENT_F32;
    return read_shape(shape, &view->shape) && read_targets(checkpoint, view) &&
           (view->element == CNN_ELEMENT_U8 || strcmp(element, "f32") == 0) &&
           read_real(scale, &view->scale) && read_real(offset, &view->offset) &&
           read_names(checkpoint, view, names);
}
