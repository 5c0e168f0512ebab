/* spot_places.c - images of a bright spot; the target is the vector of its row and column, each from 0 to 1. */
#include <cnnrun/dataset.h>

#include <stdlib.h>
#include <string.h>

#define SIZE 12u
#define PIXELS (SIZE * SIZE)

typedef struct spot_places {
    int64_t samples, fails_at;
    int32_t by_index, named;
    cnn_random random;
    uint8_t *images;
    float *targets;
} spot_places;

static const cnn_param params[] = {
    CNN_PARAM(spot_places, samples, CNN_INTEGER, "200", 1, 100000, 0, "images"),
    CNN_PARAM_BOOL(spot_places, by_index, "false", "gives samples one at a time, not in arrays"),
    CNN_PARAM_BOOL(spot_places, named, "false", "with by_index: has a fingerprint"),
    CNN_PARAM(spot_places, fails_at, CNN_INTEGER, "null", 0, INFINITY, CNN_NULLABLE,
              "a sample that cannot be read while $SPOT_FAILS is set"),
    CNN_PARAM_END,
};

/* The spot is a hill of 5 x 5 around its place. */
static int sample(const void *self, uint64_t index, void *image, float *target, cnn_error *error)
{
    const spot_places *d = self;
    const cnn_random own = cnn_random_split(&d->random, index);
    const double row = cnn_random_uniform(&own, 0), column = cnn_random_uniform(&own, 1);
    uint8_t *pixels = image;
    if ((int64_t)index == d->fails_at && getenv("SPOT_FAILS"))
        return cnn_fail(error, "spot %d cannot be read", (int)index);
    for (unsigned p = 0; pixels && p < PIXELS; p++) {
        const double y = row * (SIZE - 1) - p / SIZE, x = column * (SIZE - 1) - p % SIZE;
        const double height = 1 - (x * x + y * y) / 6;
        pixels[p] = (uint8_t)(height > 0 ? 255 * height : 0);
    }
    if (target) {
        target[0] = (float)row;
        target[1] = (float)column;
    }
    return 0;
}

static int open_spots(void *self, const cnn_random *random, cnn_dataset_view *view, cnn_error *error)
{
    spot_places *d = self;
    const uint64_t samples = (uint64_t)d->samples;
    d->random = *random;
    view->samples = samples;
    view->target_size = 2;
    view->shape = (cnn_shape){3, {SIZE, SIZE, 1}};
    view->element = CNN_ELEMENT_U8;
    view->scale = 1.0 / 255;
    view->fingerprint = d->by_index && d->named ? "spots 1" : NULL;
    if (d->by_index)
        return 0;
    d->images = malloc(samples * PIXELS);
    d->targets = malloc(samples * 2 * sizeof *d->targets);
    if (!d->images || !d->targets)
        return cnn_fail_memory(error, samples * (PIXELS + 2 * sizeof *d->targets));
    for (uint64_t i = 0; i < samples; i++)
        if (sample(d, i, d->images + i * PIXELS, d->targets + 2 * i, error) != 0)
            return -1;
    view->images = d->images;
    view->targets = d->targets;
    return 0;
}

static void fini(void *self)
{
    spot_places *d = self;
    free(d->images);
    free(d->targets);
}

CNN_DATASET("spot_places", "spots, and where they are", .params = params,
            .self_size = sizeof(spot_places), .open = open_spots, .sample = sample, .fini = fini)
