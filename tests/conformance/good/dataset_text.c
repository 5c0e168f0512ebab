/* dataset_text.c - lines of a label and 4 bytes from PATH/images.txt; believes no more than it
 * read. */
#include <cnnrun/dataset.h>
#include <stdlib.h>

#define PER 4u
#define MOST 100000u

struct text {
    const char *path;
    uint8_t *images;
    int32_t *labels;
};

static const cnn_param params[] = {
    CNN_PARAM(struct text, path, CNN_STRING, "tests/conformance/good", 0, 0, CNN_PATH,
              "the folder"),
    CNN_PARAM_END,
};

/* One line; 0 at the end, -1 if it is none. */
static int read_line(struct text *self, FILE *file, uint64_t n)
{
    unsigned label, v[PER];
    const int got = fscanf(file, "%u %u %u %u %u", &label, &v[0], &v[1], &v[2], &v[3]);
    if (got == EOF)
        return 0;
    if (got != 5 || label > 9 || n == MOST)
        return -1;
    self->labels[n] = (int32_t)label;
    for (unsigned i = 0; i < PER; i++)
        self->images[n * PER + i] = (uint8_t)v[i];
    return 1;
}

static int open_images(void *data, const cnn_random *random, cnn_dataset_view *view,
                       cnn_error *error)
{
    struct text *self = data;
    char name[4096];
    uint64_t n = 0;
    int got;
    (void)random;
    if (snprintf(name, sizeof name, "%s/images.txt", self->path) >= (int)sizeof name)
        return cnn_fail(error, "path is longer than %d bytes", (int)sizeof name);
    FILE *file = fopen(name, "r");
    if (!file)
        return cnn_fail(error, "%s cannot be opened", name);
    self->images = malloc(MOST * PER);
    self->labels = malloc(MOST * sizeof *self->labels);
    while ((got = self->images && self->labels ? read_line(self, file, n) : -2) == 1)
        n++;
    fclose(file);
    if (got == -2)
        return cnn_fail(error, "there is no memory for %s", name);
    if (got < 0 || n == 0)
        return cnn_fail(error, "%s:%d: a label from 0 to 9 and 4 bytes were expected", name,
                        (int)n + 1);
    view->samples = n;
    view->classes = 10;
    view->shape = (cnn_shape){3, {2, 2, 1}};
    view->element = CNN_ELEMENT_U8;
    view->scale = 1.0 / 255;
    view->images = self->images;
    view->labels = self->labels;
    return 0;
}

static void fini(void *data)
{
    free(((struct text *)data)->images);
    free(((struct text *)data)->labels);
}

CNN_DATASET("dataset_text", "lines of a label and 4 bytes", .params = params,
            .self_size = sizeof(struct text), .open = open_images, .fini = fini)
