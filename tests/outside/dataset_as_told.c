/* dataset_as_told.c - eight images of 2 x 2 floats, in which `mistake` is made. */
#include <cnnrun/dataset.h>
#include <math.h>

typedef struct dataset_as_told {
    int64_t mistake;
} dataset_as_told;

static const cnn_param params[] = {
    CNN_PARAM(dataset_as_told, mistake, CNN_INTEGER, "0", 0, 100, 0, "which; 0: none"),
    CNN_PARAM_END,
};

static float images[8 * 4];
static int32_t labels[] = {0, 1, 0, 1, 0, 1, 0, 1}, outside[] = {0, 1, 2, 1, 0, 1, 0, 1};

static float weights[] = {1, 1, 1, -1, 1, 1, 1, 1}, nans[16] = {0, 0, 0, NAN};
static const char *const twice[] = {"cat", "cat"}, *const escape[] = {"cat", "\033[2J"};

static int open(void *self, const cnn_random *random, cnn_dataset_view *view, cnn_error *error)
{
    (void)random, (void)error;
    view->samples = 8;
    view->classes = 2;
    view->shape = (cnn_shape){3, {2, 2, 1}};
    view->element = CNN_ELEMENT_F32;
    view->scale = 1;
    view->images = images;
    view->labels = labels;
    switch (((dataset_as_told *)self)->mistake) {
    case 1: view->samples = 0; break;
    case 2: view->classes = 1; break;
    case 3: view->shape.rank = 0; break;
    case 4: view->shape.dim[1] = 0; break;
    case 5: view->element = 3; break;
    case 6: view->labels = NULL; break;
    case 7: view->offset = NAN; break;
    case 8: view->labels = outside; break;
    case 9: view->shape.dim[0] = view->shape.dim[1] = 4097; break;
    case 10: return cnn_fail(error, "there is nothing here");
    case 11: return -1;
    case 12: view->target_size = 1; break;
    case 13: view->images = NULL; break;
    case 14: view->weights = weights; break;
    case 15: view->names = twice; break;
    case 16: view->names = escape; break;
    case 17: view->classes = 0; view->target_size = (1u << 20) + 1; break;
    case 18: view->classes = 0; view->labels = NULL; view->target_size = 2; view->targets = nans; break;
    case 19: view->fingerprint = ""; break;
    }
    return 0;
}

CNN_DATASET("dataset_as_told", "makes the mistake that it is told to", .params = params,
            .self_size = sizeof(dataset_as_told), .open = open)
