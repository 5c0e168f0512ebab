/* segv_open.c - reads from address 0 when it is to open its data. */
/* flags: -fno-sanitize=undefined */
/* set: data.train=segv_open */
/* expect: dataset crashed in open before any step: segmentation fault */
#include <cnnrun/dataset.h>

#include "armed.h"

#define SAMPLES 200

typedef struct stripes {
    float images[SAMPLES * 144];
    int32_t labels[SAMPLES];
} stripes;

static int open_stripes(void *self, const cnn_random *random, cnn_dataset_view *view,
                        cnn_error *error)
{
    stripes *d = self;
    (void)error;
    if (armed())
        return *nowhere();
    for (uint64_t i = 0; i < SAMPLES * 144; i++)
        d->images[i] = (float)(cnn_random_uniform(random, i) + (i % 144 / 12 == i / 144 % 10));
    for (int32_t i = 0; i < SAMPLES; i++)
        d->labels[i] = i % 10;
    view->samples = SAMPLES;
    view->classes = 10;
    view->shape = (cnn_shape){3, {12, 12, 1}};
    view->element = CNN_ELEMENT_F32;
    view->scale = 1;
    view->images = d->images;
    view->labels = d->labels;
    return 0;
}

CNN_DATASET("segv_open", "reads from address 0 when it is to open its data",
            .self_size = sizeof(stripes), .open = open_stripes)
