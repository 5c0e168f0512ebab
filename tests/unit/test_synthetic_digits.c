/* test_synthetic_digits.c - the dataset synthetic_digits: a function of stream and index, and
 * digits. */
#include "unit_plugin.h"

#define PIXELS (28 * 28)

/* Opens with parameters from a line of YAML; the caller frees the instance. */
static cnn_instance *draw(const char *line, cnn_random random, cnn_dataset_view *view)
{
    cnn_instance *digits = unit_instance(CNN_KIND_DATASET, line);
    cnn_error error = {0};
    *view = (cnn_dataset_view){.struct_size = sizeof *view};
    ck_assert_msg(digits->file->dataset.open(digits->self, &random, view, &error) == 0, "%s",
                  error.text);
    return digits;
}

/* A copy of the images alone. */
static uint8_t *images(const char *line, cnn_random random)
{
    cnn_dataset_view view;
    cnn_instance *digits = draw(line, random, &view);
    const size_t size = view.samples * cnn_shape_count(&view.shape);
    uint8_t *copy = malloc(size);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, view.images, size);
    cnn_instance_free(digits);
    return copy;
}

START_TEST(shape_and_labels_are_as_promised)
{
    cnn_dataset_view view;
    cnn_instance *digits =
        draw("synthetic_digits: {samples: 103, size: 20}", (cnn_random){1, 2}, &view);
    ck_assert_uint_eq(view.samples, 103);
    ck_assert_uint_eq(view.classes, 10);
    ck_assert_uint_eq(view.shape.rank, 3);
    ck_assert_uint_eq(view.shape.dim[0], 20);
    ck_assert_uint_eq(view.shape.dim[1], 20);
    ck_assert_uint_eq(view.shape.dim[2], 1);
    ck_assert_uint_eq(view.element, CNN_ELEMENT_U8);
    ck_assert_double_eq(view.scale, 1.0 / 255);
    for (int i = 0; i < 103; i++)
        ck_assert_int_eq(view.labels[i], i % 10);
    cnn_instance_free(digits);
}
END_TEST

START_TEST(a_sample_is_a_function_of_stream_and_index)
{
    uint8_t *one = images("synthetic_digits: {samples: 40}", (cnn_random){1, 2});
    uint8_t *again = images("synthetic_digits: {samples: 40}", (cnn_random){1, 2});
    uint8_t *more = images("synthetic_digits: {samples: 90}", (cnn_random){1, 2});
    uint8_t *other_seed = images("synthetic_digits: {samples: 40}", (cnn_random){2, 2});
    uint8_t *other_place = images("synthetic_digits: {samples: 40}", (cnn_random){1, 3});
    ck_assert_mem_eq(one, again, 40 * PIXELS);
    ck_assert_mem_eq(one, more, 40 * PIXELS);
    for (size_t i = 0; i < 40 * PIXELS; i += PIXELS) {
        ck_assert_mem_ne(one + i, other_seed + i, PIXELS);
        ck_assert_mem_ne(one + i, other_place + i, PIXELS);
        ck_assert_mem_ne(one + i, more + i + 40 * PIXELS, PIXELS);
    }
    free(one);
    free(again);
    free(more);
    free(other_seed);
    free(other_place);
}
END_TEST

START_TEST(without_noise_there_is_ink_on_black)
{
    for (int size = 12; size <= 64; size += 26) {
        char *line = cnn_format("synthetic_digits: {samples: 200, noise: 0, size: %d}", size);
        uint8_t *all = images(line, (cnn_random){5, 6});
        for (int i = 0; i < 200; i++) {
            int black = 0, bright = 0;
            for (int j = 0; j < size * size; j++) {
                black += all[i * size * size + j] == 0;
                bright += all[i * size * size + j] > 64;
            }
            ck_assert_msg(black > size * size * 2 / 5, "size %d, image %d: %d are black", size, i,
                          black);
            ck_assert_msg(bright > size * size / 50, "size %d, image %d: %d are bright", size, i,
                          bright);
        }
        free(all);
        free(line);
    }
}
END_TEST

/* How many of 1000 new images are nearest to the mean image of their class, of 1000 others. */
static int nearest_mean_right(const char *line)
{
    static double mean[10][PIXELS];
    uint8_t *train = images(line, (cnn_random){1, 2}), *test = images(line, (cnn_random){1, 3});
    int right = 0;
    memset(mean, 0, sizeof mean);
    for (int i = 0; i < 1000; i++)
        for (int j = 0; j < PIXELS; j++)
            mean[i % 10][j] += train[i * PIXELS + j] / 100.0;
    for (int i = 0; i < 1000; i++) {
        double least = 1e300;
        int found = -1;
        for (int digit = 0; digit < 10; digit++) {
            double sum = 0;
            for (int j = 0; j < PIXELS; j++)
                sum += (test[i * PIXELS + j] - mean[digit][j]) *
                       (test[i * PIXELS + j] - mean[digit][j]);
            if (sum < least) {
                least = sum;
                found = digit;
            }
        }
        right += found == i % 10;
    }
    free(train);
    free(test);
    return right;
}

START_TEST(distortion_makes_it_hard)
{
    const int none = nearest_mean_right("synthetic_digits: {samples: 1000, distortion: 0}");
    const int usual = nearest_mean_right("synthetic_digits: {samples: 1000}");
    const int strong = nearest_mean_right("synthetic_digits: {samples: 1000, distortion: 1.5}");
    ck_assert_int_eq(none, 1000);
    ck_assert_msg(usual > 500 && usual < 900, "%d of 1000", usual);
    ck_assert_msg(strong > 200 && strong < usual, "%d of 1000", strong);
}
END_TEST

/* What is dark in grey is the ground's colour, what is light the ink's; each image has its own. */
START_TEST(colors_are_of_an_ink_and_a_ground)
{
    uint8_t *grey = images("synthetic_digits: {samples: 20, noise: 0}", (cnn_random){1, 2});
    uint8_t *color =
        images("synthetic_digits: {samples: 20, noise: 0, channels: 3}", (cnn_random){1, 2});
    for (size_t i = 0; i < 20; i++) {
        const uint8_t *g = grey + i * PIXELS, *c = color + i * PIXELS * 3;
        ck_assert_uint_eq(g[0], 0);
        ck_assert_mem_ne(c, color + (i + 1) % 20 * PIXELS * 3, 3);
        for (size_t n = 0; n < PIXELS; n++) {
            for (size_t k = 0; k < 3; k++)
                ck_assert(c[k] <= 128 && c[3 * n + k] >= c[k] &&
                          (g[n] > 0 || c[3 * n + k] <= c[k] + 1) &&
                          (g[n] < 200 || c[3 * n + k] > 90));
        }
    }
    free(grey);
    free(color);
}
END_TEST

START_TEST(parameters_out_of_range_are_refused)
{
    static const char *const lines[] = {
        "synthetic_digits: {samples: 0}",       "synthetic_digits: {samples: 1000001}",
        "synthetic_digits: {size: 11}",         "synthetic_digits: {size: 65}",
        "synthetic_digits: {distortion: -0.1}", "synthetic_digits: {distortion: 1.6}",
        "synthetic_digits: {noise: 1.1}",       "synthetic_digits: {noise: .nan}",
        "synthetic_digits: {channels: 2}",      "synthetic_digits: {channels: 4}",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        cnn_report report = {0};
        ck_assert_msg(!unit_try_instance(CNN_KIND_DATASET, lines[i], &report), "%s", lines[i]);
        ck_assert_uint_eq(report.errors, 1);
        cnn_report_free(&report);
    }
}
END_TEST

UNIT_MAIN("synthetic_digits", shape_and_labels_are_as_promised,
          a_sample_is_a_function_of_stream_and_index, without_noise_there_is_ink_on_black,
          distortion_makes_it_hard, colors_are_of_an_ink_and_a_ground,
          parameters_out_of_range_are_refused)
