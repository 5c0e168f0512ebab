/* dataset_trusts_header.c - reads as many labels as the file claims to hold. */
/* must fail: DS-5 */
/* given: path=tests/data/good/raw */
#include <cnnrun/dataset.h>

struct source {
    const char *path;
};

static const cnn_param params[] = {
    CNN_PARAM(struct source, path, CNN_STRING, NULL, 0, 0, CNN_PATH, "where the images are"),
    CNN_PARAM_END,
};

static const uint8_t pixels[1 << 16];
static int32_t labels[4];

static int open_images(void *self, const cnn_random *random, cnn_dataset_view *view,
                       cnn_error *error)
{
    const char *path = ((struct source *)self)->path;
    unsigned char head[8], label;
    char name[4096];
    (void)random;
    (void)snprintf(name, sizeof name, "%s/train-labels-idx1-ubyte", path);
    FILE *file = fopen(name, "rb");
    if (!file || fread(head, 1, 8, file) != 8)
        return cnn_fail(error, "%s is no file of labels", name);
    const uint32_t count =
        (uint32_t)head[4] << 24 | (uint32_t)head[5] << 16 | (uint32_t)head[6] << 8 | head[7];
    for (uint32_t i = 0; i < count; i++) {
        label = 0;
        (void)!fread(&label, 1, 1, file);
        labels[i] = label % 10;
    }
    fclose(file);
    view->samples = count;
    view->classes = 10;
    view->shape = (cnn_shape){3, {2, 2, 1}};
    view->element = CNN_ELEMENT_U8;
    view->scale = 1.0 / 255;
    view->images = pixels;
    view->labels = labels;
    return 0;
}

CNN_DATASET("dataset_trusts_header", "reads as many labels as the file claims to hold",
            .params = params, .self_size = sizeof(struct source), .open = open_images)
