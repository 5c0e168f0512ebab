/* synthetic_digits.c - ten drawn digits under random distortions and noise; needs no files. */
#include <cnnrun/dataset.h>

#include <math.h>
#include <stdlib.h>

/* A digit is drawn once, as a field of distances to its strokes; a sample is looked up in it, so
 * that its stroke width and smooth edges cost a comparison each. Lengths are in heights of a digit;
 * its centre is the origin, y points down. */
#define GRID 64     /* points of the field on each side */
#define EXTENT 0.8f /* the field covers [-EXTENT, EXTENT] on both axes */
#define DIGIT 0.64f /* height of an undistorted digit, in sides of the image */

typedef struct field {
    float at[GRID][GRID];
} field;

typedef struct synthetic {
    int64_t samples, size, channels;
    double distortion, noise;
    uint8_t *images;
    int32_t *labels;
} synthetic;

/* Polylines through points x, y in hundredths of the height; UP lifts the pen. */
#define UP 98, 0
#define END 99, 0
/* clang-format off */
static const signed char glyphs[10][48] = {
    {0,-50, -17,-44, -27,-28, -31,0, -27,28, -17,44, 0,50, 17,44, 27,28, 31,0, 27,-28, 17,-44,
     0,-50, END},
    {-18,-30, -6,-38, 4,-50, 4,50, END},
    {-29,-25, -25,-39, -14,-48, 2,-50, 17,-47, 27,-37, 28,-23, 22,-8, 8,10, -10,27, -30,48, 32,48,
     END},
    {-27,-36, -17,-46, 0,-50, 16,-47, 25,-37, 26,-24, 18,-10, 3,-4, -6,-3, UP, 3,-4, 19,2, 29,13,
     30,27, 22,41, 7,49, -9,50, -23,44, -31,33, END},
    {18,50, 18,-50, -32,18, 34,18, END},
    {27,-49, -22,-49, -26,-3, -13,-11, 3,-13, 18,-8, 28,4, 30,20, 23,37, 8,48, -9,50, -23,45,
     -31,36, END},
    {24,-45, 8,-50, -9,-42, -22,-24, -29,0, -29,23, -22,40, -8,49, 8,49, 22,41, 29,26, 27,10, 17,-2,
     2,-6, -13,-2, -24,9, -29,20, END},
    {-31,-48, 31,-48, 16,-22, 3,10, -6,50, END},
    {0,-4, -17,-11, -25,-24, -23,-38, -12,-48, 0,-50, 12,-48, 23,-38, 25,-24, 17,-11, 0,-4, -20,5,
     -30,20, -28,36, -16,47, 0,50, 16,47, 28,36, 30,20, 20,5, 0,-4, END},
    {-24,45, -8,50, 9,42, 22,24, 29,0, 29,-23, 22,-40, 8,-49, -8,-49, -22,-41, -29,-26, -27,-10,
     -17,2, -2,6, 13,2, 24,-9, 29,-20, END},
};
/* clang-format on */

static float distance_to_segment(float x, float y, const signed char *a, const signed char *b)
{
    const float ax = a[0] * 0.01f, ay = a[1] * 0.01f;
    const float dx = b[0] * 0.01f - ax, dy = b[1] * 0.01f - ay;
    float along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy);
    along = fminf(fmaxf(along, 0), 1);
    const float ex = x - ax - along * dx, ey = y - ay - along * dy;
    return sqrtf(ex * ex + ey * ey);
}

static void draw(const signed char *points, field *out)
{
    for (int i = 0; i < GRID; i++) {
        for (int j = 0; j < GRID; j++) {
            const float x = EXTENT * (2.0f * (float)j / (GRID - 1) - 1);
            const float y = EXTENT * (2.0f * (float)i / (GRID - 1) - 1);
            float nearest = 2 * EXTENT;
            for (const signed char *p = points; p[0] < 99; p += 2)
                if (p[0] < 98 && p[2] < 98)
                    nearest = fminf(nearest, distance_to_segment(x, y, p, p + 2));
            out->at[i][j] = nearest;
        }
    }
}

/* The distance at a point, from the four grid points around it; outside, that at the border. */
static float look_up(const field *f, float x, float y)
{
    const float to_grid = (GRID - 1) / (2 * EXTENT), last = GRID - 1.001f;
    const float gx = fminf(fmaxf((x + EXTENT) * to_grid, 0), last);
    const float gy = fminf(fmaxf((y + EXTENT) * to_grid, 0), last);
    const int j = (int)gx, i = (int)gy;
    const float wx = gx - (float)j, wy = gy - (float)i;
    const float top = f->at[i][j] + wx * (f->at[i][j + 1] - f->at[i][j]);
    const float bottom = f->at[i + 1][j] + wx * (f->at[i + 1][j + 1] - f->at[i + 1][j]);
    return top + wy * (bottom - top);
}

/* How one sample differs from its digit: where a pixel of the image lies in the field. */
typedef struct pose {
    float a[2][2], shift[2]; /* field = a (image - shift) */
    float bend;              /* x grows by this times y squared: a curved spine */
    float width, ink;        /* half a stroke's, and its grey */
} pose;

/* A number in [-half, half). */
static float spread(const cnn_random *random, uint64_t index, double half)
{
    return (float)((2 * cnn_random_uniform(random, index) - 1) * half);
}

static pose draw_pose(const cnn_random *random, double distortion)
{
    const float turn = spread(random, 0, 0.35 * distortion);
    const float shear = spread(random, 1, 0.35 * distortion);
    const float wide = expf(spread(random, 2, 0.25 * distortion)) / DIGIT;
    const float high = expf(spread(random, 3, 0.2 * distortion)) / DIGIT;
    const float c = cosf(turn), s = sinf(turn);
    return (pose){
        .a = {{wide * (c + shear * s), wide * (shear * c - s)}, {high * s, high * c}},
        .shift = {spread(random, 4, 0.11 * distortion), spread(random, 5, 0.11 * distortion)},
        .bend = spread(random, 6, 0.4 * distortion),
        .width = 0.055f * expf(spread(random, 7, 0.45 * distortion)),
        .ink = 230 + spread(random, 8, 25)};
}

#define FIRST_NOISE 16 /* the stream's numbers below belong to the pose */

/* Colours of an image: a light ink on a dark ground. */
typedef struct palette {
    float ground[3], ink[3];
} palette;

static palette draw_palette(const cnn_random *random)
{
    palette p;
    for (uint64_t c = 0; c < 3; c++) {
        p.ground[c] = 64 + spread(random, 9 + c, 64);
        p.ink[c] = 191 + spread(random, 12 + c, 64);
    }
    return p;
}

/* A pixel of so much white: a byte, or three in the image's colours. */
static void paint(const palette *colors, uint64_t channels, float value, uint8_t *pixel)
{
    const float grey = fminf(fmaxf(value, 0), 255);
    for (uint64_t c = 0; c < channels; c++) {
        const float wide = colors->ink[c] - colors->ground[c];
        pixel[c] = (uint8_t)((channels == 1 ? grey : colors->ground[c] + wide * grey / 255) + 0.5f);
    }
}

/* A pixel's noise is the sum of two random bytes: nearly a bell, and a block has 16 of them. */
static void render(const field *f, const cnn_random *random, const synthetic *d, uint8_t *image)
{
    const pose p = draw_pose(random, d->distortion);
    const palette colors = draw_palette(random);
    const uint64_t size = (uint64_t)d->size;
    const float side = 1.0f / (float)size, sharp = DIGIT * (float)size, noise = (float)d->noise;
    uint32_t word[4] = {0};
    for (uint64_t n = 0; n < size * size; n++) {
        if (n % 8 == 0)
            cnn_random_block(random, FIRST_NOISE + n / 8, word);
        const float u = ((float)(n % size) + 0.5f) * side - 0.5f - p.shift[0];
        const float v = ((float)(n / size) + 0.5f) * side - 0.5f - p.shift[1];
        const float y = p.a[1][0] * u + p.a[1][1] * v;
        const float x = p.a[0][0] * u + p.a[0][1] * v + p.bend * (y * y - 0.1f);
        const float cover = (p.width - look_up(f, x, y)) * sharp + 0.5f;
        const uint32_t bytes = word[n % 8 / 2] >> (n % 2 * 16);
        const float grain = (float)((bytes & 255) + (bytes >> 8 & 255)) - 255;
        const float value = p.ink * fminf(fmaxf(cover, 0), 1) + noise * grain;
        paint(&colors, (uint64_t)d->channels, value, image + n * (uint64_t)d->channels);
    }
}

static int init(void *self, cnn_error *error)
{
    const synthetic *d = self;
    return d->channels == 2 ? cnn_fail_at(error, "channels", 0,
                                          "channels is 2; it must be 1 (grey) or 3 (colours)")
                            : 0;
}

static int open_synthetic(void *self, const cnn_random *random, cnn_dataset_view *view,
                          cnn_error *error)
{
    synthetic *d = self;
    const size_t samples = (size_t)d->samples, bytes = (size_t)(d->size * d->size * d->channels);
    field *fields = malloc(10 * sizeof *fields);
    d->images = malloc(samples * bytes);
    d->labels = malloc(samples * sizeof *d->labels);
    if (!fields || !d->images || !d->labels) {
        free(fields);
        return cnn_fail_memory(error, samples * (bytes + sizeof *d->labels));
    }
    for (size_t digit = 0; digit < 10; digit++)
        draw(glyphs[digit], &fields[digit]);
    for (size_t i = 0; i < samples; i++) {
        const cnn_random own = cnn_random_split(random, i);
        d->labels[i] = (int32_t)(i % 10);
        render(&fields[i % 10], &own, d, d->images + i * bytes);
    }
    free(fields);
    view->samples = samples;
    view->classes = 10;
    view->shape = (cnn_shape){3, {(uint64_t)d->size, (uint64_t)d->size, (uint64_t)d->channels}};
    view->element = CNN_ELEMENT_U8;
    view->scale = 1.0 / 255;
    view->images = d->images;
    view->labels = d->labels;
    return 0;
}

static void fini(void *self)
{
    synthetic *d = self;
    free(d->images);
    free(d->labels);
}

static const cnn_param params[] = {
    CNN_PARAM(synthetic, samples, CNN_INTEGER, "10000", 1, 1000000, 0,
              "Number of images; sample i shows the digit i mod 10."),
    CNN_PARAM(synthetic, size, CNN_INTEGER, "28", 12, 64, 0, "Height and width of an image."),
    CNN_PARAM(synthetic, channels, CNN_INTEGER, "1", 1, 3, 0,
              "1: grey; 3: red, green and blue, each image in an ink and on a ground of its own."),
    CNN_PARAM(
        synthetic, distortion, CNN_REAL, "1", 0, 1.5, 0,
        "Strength of rotation (1: up to 20 degrees), shear, scale, shift, bend and stroke width; "
        "0: none."),
    CNN_PARAM(synthetic, noise, CNN_REAL, "0.2", 0, 1, 0,
              "The most that noise adds to or takes from a pixel, as a part of white."),
    CNN_PARAM_END,
};

CNN_DATASET(
    "synthetic_digits", "Ten drawn digits under random distortions and noise; needs no files",
    .params = params, .self_size = sizeof(synthetic), .init = init, .open = open_synthetic,
    .fini = fini,
    .doc = "For tests, and for machines without data. Images are bytes, white ink on black, and "
           "become floats in [0, 1]. Every image is a function of the run's seed, of the place "
           "(train, validation, test) and of its index: two places show different images, and "
           "more samples begin with the same ones. Of 2000 new images, a linear "
           "model trained on 8000 gets 82 % right, two small convolutions 98 %.")
