/* test_augmentation.c - layers that change images at random while training: what they may give,
 * that they give all of it, and that gradients go back the same way. test_layer_golden.c compares
 * their maps with PyTorch's. */
#include "layer_harness.h"

#include "unit.h"

enum { SAMPLES = 64, H = 5, W = 4, C = 2, COUNT = H * W * C };

/* All samples are the same image, without equal numbers, and have streams of their own. */
static unit_run run_of(const unit_layer *l)
{
    unit_run r = run_new(l, SAMPLES);
    for (size_t i = 0; i < SAMPLES * l->in; i++)
        r.x[i] = r.x[i % l->in];
    run_forward(l, &r);
    run_backward(l, &r);
    return r;
}

static unit_layer open_layer(const char *name, const char *given)
{
    return layer_open(name, "", given, (cnn_shape){3, {H, W, C}}, NULL);
}

/* Pixel (i, j) of an image of so many columns. */
static const float *pixel(const float *image, size_t columns, size_t i, size_t j)
{
    return image + (i * columns + j) * C;
}

/* Whether y is x with rows, and columns, reversed. */
static bool is_flipped(const float *x, const float *y, bool rows, bool columns)
{
    for (size_t i = 0; i < H; i++)
        for (size_t j = 0; j < W; j++)
            if (!same_bits(pixel(y, W, i, j),
                           pixel(x, W, rows ? H - 1 - i : i, columns ? W - 1 - j : j), C))
                return false;
    return true;
}

static void check_flips(const char *given, bool rows, bool columns)
{
    unit_layer l = open_layer("random_flip", given);
    const unit_run r = run_of(&l);
    size_t seen[4] = {0};
    for (size_t s = 0; s < SAMPLES; s++) {
        size_t form = 0;
        while (form < 4 && !is_flipped(r.x, r.y + s * COUNT, form & 1, form & 2))
            form++;
        ck_assert_uint_lt(form, 4);
        ck_assert(is_flipped(r.dy + s * COUNT, r.dx + s * COUNT, form & 1, form & 2));
        seen[form]++;
    }
    for (size_t form = 0; form < 4; form++) {
        const bool possible = (rows || !(form & 1)) && (columns || !(form & 2));
        ck_assert_msg(possible ? seen[form] >= 6 : seen[form] == 0, "%s: form %zu %zu times", given,
                      form, seen[form]);
    }
    guards_release();
    layer_close(&l);
}

START_TEST(flips_are_all_there)
{
    check_flips("", true, true);
    check_flips("mode=horizontal", false, true);
    check_flips("mode=vertical", true, false);
}
END_TEST

/* A part of 3 x 2: 9 places. */
START_TEST(crops_are_parts_at_all_places)
{
    unit_layer l = open_layer("random_crop", "height=3 width=2");
    unit_run r = run_of(&l);
    size_t seen[3][3] = {{0}};
    for (size_t s = 0; s < SAMPLES; s++) {
        size_t place = 0, zeros = 0;
        const float *y = r.y + s * l.out, *dx = r.dx + s * l.in;
        while (place < 9 && !same_bits(y, pixel(r.x, W, place / 3, place % 3), C))
            place++;
        ck_assert_uint_lt(place, 9);
        seen[place / 3][place % 3]++;
        for (size_t p = 0; p < 6; p++) {
            const size_t i = place / 3 + p / 2, j = place % 3 + p % 2;
            ck_assert(same_bits(pixel(y, 2, p / 2, p % 2), pixel(r.x, W, i, j), C));
            ck_assert(same_bits(pixel(dx, W, i, j), r.dy + s * l.out + p * C, C));
        }
        for (size_t i = 0; i < l.in; i++)
            zeros += dx[i] == 0;
        ck_assert_uint_eq(zeros, l.in - l.out);
    }
    for (size_t k = 0; k < 9; k++)
        ck_assert_uint_ge(seen[k / 3][k % 3], 1);
    r.training = false;
    run_forward(&l, &r);
    ck_assert(same_bits(r.y, pixel(r.x, W, 1, 1), C)); /* the middle */
    guards_release();
    layer_close(&l);
}
END_TEST

/* The pixels that differ from x are those of a rectangle, all 9, and dx is 0 there. */
START_TEST(erased_are_rectangles)
{
    unit_layer l =
        open_layer("random_erasing", "factor=0.5 scale=0.2,0.5 ratio=0.5,2 fill_value=9");
    const unit_run r = run_of(&l);
    size_t erased = 0;
    for (size_t s = 0; s < SAMPLES; s++) {
        size_t top = H, bottom = 0, left = W, right = 0, count = 0;
        for (size_t p = 0; p < H * W; p++) {
            const float *y = r.y + s * COUNT + p * C, *dx = r.dx + s * COUNT + p * C;
            const bool gone = y[0] == 9 && y[1] == 9;
            ck_assert(gone || same_bits(y, r.x + p * C, C));
            ck_assert(gone ? dx[0] == 0 && dx[1] == 0 : same_bits(dx, r.dy + s * COUNT + p * C, C));
            if (!gone)
                continue;
            const size_t i = p / W, j = p % W;
            top = i < top ? i : top;
            bottom = i + 1 > bottom ? i + 1 : bottom;
            left = j < left ? j : left;
            right = j + 1 > right ? j + 1 : right;
            count++;
        }
        erased += count > 0;
        ck_assert(count == 0 || count == (bottom - top) * (right - left));
        ck_assert(count == 0 || (count >= 2 && count <= 12));
    }
    ck_assert(erased > 16 && erased < 48);
    guards_release();
    layer_close(&l);
}
END_TEST

static const char *const layers[][2] = {
    {"random_translation", "height_factor=0.4 width_factor=0.4"},
    {"random_zoom", "height_factor=0.5"},
    {"random_rotation", "factor=0.2"},
    {"random_contrast", "factor=0.8"},
    {"random_flip", ""},
    {"random_erasing", ""},
    {"spatial_dropout2d", "rate=0.5"},
    {"gaussian_noise", "stddev=1"},
};
#define LAYERS (sizeof layers / sizeof layers[0])

START_TEST(samples_differ_in_training_alone)
{
    for (size_t k = 0; k < LAYERS; k++) {
        unit_layer l = open_layer(layers[k][0], layers[k][1]);
        unit_run r = run_of(&l);
        size_t same = 0;
        for (size_t s = 1; s < SAMPLES; s++)
            same += same_bits(r.y, r.y + s * l.out, l.out);
        ck_assert_msg(same < SAMPLES / 2, "%s: %zu of %d samples are like the first one",
                      layers[k][0], same, SAMPLES);
        r.training = false;
        run_forward(&l, &r);
        ck_assert(same_bits(r.x, r.y, SAMPLES * l.in));
        guards_release();
        layer_close(&l);
    }
}
END_TEST

/* Each channel of a sample as a whole, and about half of them. */
START_TEST(whole_channels_are_dropped)
{
    unit_layer l = open_layer("spatial_dropout2d", "rate=0.25");
    const unit_run r = run_of(&l);
    size_t dropped = 0;
    for (size_t s = 0; s < SAMPLES; s++)
        for (size_t c = 0; c < C; c++) {
            const bool gone = r.y[s * COUNT + c] == 0;
            for (size_t i = s * COUNT + c; i < (s + 1) * COUNT; i += C) {
                const float factor = gone ? 0 : (float)(1 / 0.75);
                ck_assert(r.y[i] == r.x[i] * factor && r.dx[i] == r.dy[i] * factor);
            }
            dropped += gone;
        }
    ck_assert(dropped > 16 && dropped < 48); /* 32 of 128 are expected */
    guards_release();
    layer_close(&l);
}
END_TEST

START_TEST(noise_is_normal)
{
    unit_layer l = layer_open("gaussian_noise", "", "stddev=0.5", (cnn_shape){1, {1001}}, NULL);
    const unit_run r = run_of(&l);
    const double count = SAMPLES * 1001;
    double sum = 0, squares = 0, fourth = 0;
    for (size_t i = 0; i < SAMPLES * l.in; i++) {
        const double n = ((double)r.y[i] - (double)r.x[i]) / 0.5;
        sum += n;
        squares += n * n;
        fourth += n * n * n * n;
    }
    ck_assert_double_le(fabs(sum / count), 6 / sqrt(count));
    ck_assert_double_le(fabs(squares / count - 1), 6 * sqrt(2 / count));
    ck_assert_double_le(fabs(fourth / count - 3), 6 * sqrt(96 / count));
    ck_assert(same_bits(r.dx, r.dy, SAMPLES * l.in));
    guards_release();
    layer_close(&l);
}
END_TEST

UNIT_MAIN("augmentation", flips_are_all_there, crops_are_parts_at_all_places, erased_are_rectangles,
          samples_differ_in_training_alone, whole_channels_are_dropped, noise_is_normal)
