/* dataset_touches_files.c - marks a file as read by its time. */
/* must fail: DS-6 */
/* given: path=tests/data/good/raw */
#include <cnnrun/dataset.h>

#include <fcntl.h>
#include <sys/stat.h>

struct source {
    const char *path;
};

static const cnn_param params[] = {
    CNN_PARAM(struct source, path, CNN_STRING, NULL, 0, 0, CNN_PATH, "where the images are"),
    CNN_PARAM_END,
};

static const uint8_t pixels[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
static const int32_t labels[4] = {0, 1, 0, 1};

static int open_images(void *self, const cnn_random *random, cnn_dataset_view *view,
                       cnn_error *error)
{
    char name[4096];
    (void)random;
    (void)snprintf(name, sizeof name, "%s/train-labels-idx1-ubyte", ((struct source *)self)->path);
    if (utimensat(AT_FDCWD, name, NULL, 0) != 0)
        return cnn_fail(error, "%s is not there", name);
    view->samples = 4;
    view->classes = 2;
    view->shape = (cnn_shape){3, {2, 2, 1}};
    view->element = CNN_ELEMENT_U8;
    view->scale = 1.0 / 255;
    view->images = pixels;
    view->labels = labels;
    return 0;
}

CNN_DATASET("dataset_touches_files", "marks a file as read by its time", .params = params,
            .self_size = sizeof(struct source), .open = open_images)
