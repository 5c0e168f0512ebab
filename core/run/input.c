/* input.c - what a network takes, noted in checkpoints and read back. */
#include "run/input.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define MOST_ELEMENTS (1u << 24) /* of a sample, as data.c has it */
#define MOST_CLASSES 65536u

static void note_real(cnn_checkpoint *checkpoint, const char *key, double value)
{
    char text[32];
    cnn_checkpoint_note(checkpoint, key, cnn_format_real(value, text));
}

void cnn_input_note(const cnn_dataset_view *view, cnn_checkpoint *checkpoint)
{
    cnn_text shape = {0};
    char *classes = cnn_format("%llu", (unsigned long long)view->classes);
    for (uint64_t i = 0; i < view->shape.rank; i++)
        cnn_text_add(&shape, "%s%llu", i ? " " : "", (unsigned long long)view->shape.dim[i]);
    cnn_checkpoint_note(checkpoint, "input.shape", shape.data);
    cnn_checkpoint_note(checkpoint, "input.classes", classes);
    cnn_checkpoint_note(checkpoint, "input.element",
                        view->element == CNN_ELEMENT_U8 ? "u8" : "f32");
    note_real(checkpoint, "input.scale", view->scale);
    note_real(checkpoint, "input.offset", view->offset);
    cnn_text_free(&shape);
    free(classes);
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

bool cnn_input_read(cnn_dataset_view *view, const cnn_checkpoint *checkpoint)
{
    const char *shape = cnn_checkpoint_value(checkpoint, "input.shape"),
               *classes = cnn_checkpoint_value(checkpoint, "input.classes"),
               *element = cnn_checkpoint_value(checkpoint, "input.element"),
               *scale = cnn_checkpoint_value(checkpoint, "input.scale"),
               *offset = cnn_checkpoint_value(checkpoint, "input.offset");
    *view = (cnn_dataset_view){.struct_size = sizeof *view};
    if (!shape || !classes || !element || !scale || !offset)
        return false;
    view->element = strcmp(element, "u8") == 0 ? CNN_ELEMENT_U8 : CNN_ELEMENT_F32;
    return read_shape(shape, &view->shape) && read_count(&classes, MOST_CLASSES, &view->classes) &&
           !*classes && view->classes >= 2 &&
           (view->element == CNN_ELEMENT_U8 || strcmp(element, "f32") == 0) &&
           read_real(scale, &view->scale) && read_real(offset, &view->offset);
}
