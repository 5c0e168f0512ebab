/* test_predict.c - images of all sorts become what the network takes, or are refused with a reason.
 */
#include <math.h>
#include <png.h>
#include <stdint.h>
#include <sys/stat.h>

#include "predict/image.h"
#include "run_folder.h"

#define SIZE 12u /* of the small network's images */

static void says(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) != NULL, "'%s' is not in:\n%s", part, text);
}

static const char *in_folder(const char *name)
{
    return run_text("%s/%s", unit_folder_path, name);
}

static const char *write_bytes(const char *name, const void *data, size_t size)
{
    const char *path = in_folder(name);
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(data, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
    return path;
}

static const char *write_png(const char *name, uint32_t height, uint32_t width, uint32_t format,
                             const void *pixels)
{
    png_image png = {
        .version = PNG_IMAGE_VERSION, .height = height, .width = width, .format = format};
    const char *path = in_folder(name);
    ck_assert_msg(png_image_write_to_file(&png, path, 0, pixels, 0, NULL), "%s", png.message);
    return path;
}

/* A stroke, as white as can be in the middle. */
static uint8_t pixel(size_t y, size_t x)
{
    return x < 4 || x > 7 ? 0 : (uint8_t)(255 - 20 * y);
}

/* The small network, trained a little; `options` change it. */
static const char *train(const char *options)
{
    return run_train("run", SMALL, options);
}

/* What predict --json says of one image. */
static json_t *predict(const char *dir, const char *options, const char *image)
{
    const run_result r = run_cnnrun("predict --json %s %s %s", dir, options, image);
    run_exits(r, 0);
    json_t *root = json_loads(r.out, 0, NULL), *first = json_array_get(root, 0);
    ck_assert_msg(json_array_size(root) == 1 && first, "%s", r.out);
    json_incref(first);
    json_decref(root);
    return first;
}

/* The numbers of one image as text. */
static const char *numbers(const char *dir, const char *options, const char *image)
{
    json_t *root = predict(dir, options, image);
    const json_t *list = json_object_get(root, "probabilities");
    ck_assert_uint_eq(json_array_size(list), 10);
    const char *text = run_keep(json_dumps(list, 0));
    json_decref(root);
    return text;
}

/* ---- what is read --------------------------------------------------------------------------- */

START_TEST(one_image_in_many_files)
{
    const char *dir = train("");
    uint8_t gray[SIZE * SIZE], dark[SIZE * SIZE], twice[4 * SIZE * SIZE], rgb[3 * SIZE * SIZE],
        clear[2 * SIZE * SIZE];
    uint8_t idx[16 + 2 * SIZE * SIZE] = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, SIZE, 0, 0, 0, SIZE};
    for (size_t i = 0; i < SIZE * SIZE; i++) {
        const uint8_t v = pixel(i / SIZE, i % SIZE);
        gray[i] = rgb[3 * i] = rgb[3 * i + 1] = rgb[3 * i + 2] = idx[16 + SIZE * SIZE + i] = v;
        dark[i] = (uint8_t)(255 - v);
        clear[2 * i] = 255; /* white, but where there is nothing */
        clear[2 * i + 1] = v > 0 ? 255 : 0;
    }
    for (size_t i = 0; i < 4 * SIZE * SIZE; i++)
        twice[i] = pixel(i / (2 * SIZE) / 2, i % (2 * SIZE) / 2);
    const char *expected =
        numbers(dir, "", write_png("gray.png", SIZE, SIZE, PNG_FORMAT_GRAY, gray));
    write_bytes("two.idx", idx, sizeof idx);
    ck_assert_str_eq(numbers(dir, "", in_folder("two.idx:1")), expected);
    ck_assert_str_ne(numbers(dir, "", in_folder("two.idx:0")), expected);
    ck_assert_str_eq(
        numbers(dir, "", write_png("twice.png", 2 * SIZE, 2 * SIZE, PNG_FORMAT_GRAY, twice)),
        expected);
    ck_assert_str_eq(numbers(dir, "", write_png("rgb.png", SIZE, SIZE, PNG_FORMAT_RGB, rgb)),
                     expected);
    ck_assert_str_eq(
        numbers(dir, "--invert", write_png("dark.png", SIZE, SIZE, PNG_FORMAT_GRAY, dark)),
        expected);
    /* What is transparent is background, whichever way around. */
    for (size_t i = 0; i < SIZE * SIZE; i++)
        gray[i] = pixel(i / SIZE, i % SIZE) > 0 ? 255 : 0;
    expected = numbers(dir, "", write_png("gray.png", SIZE, SIZE, PNG_FORMAT_GRAY, gray));
    ck_assert_str_eq(numbers(dir, "", write_png("clear.png", SIZE, SIZE, PNG_FORMAT_GA, clear)),
                     expected);
    for (size_t i = 0; i < SIZE * SIZE; i++)
        clear[2 * i] = 0;
    ck_assert_str_eq(
        numbers(dir, "--invert", write_png("ink.png", SIZE, SIZE, PNG_FORMAT_GA, clear)), expected);
}
END_TEST

/* Averages over areas, worked out by hand. */
START_TEST(images_are_averaged_over_areas)
{
    unit_folder();
    const uint8_t three[] = {0, 30, 60, 90, 120, 150, 180, 210, 240}, line[] = {10, 250},
                  one[] = {77};
    float out[4];
    cnn_report report = {0};
    const char *path = write_png("three.png", 3, 3, PNG_FORMAT_GRAY, three);
    ck_assert(cnn_image_read(path, false, 2, 2, out, &report));
    /* The first: (0 + 30 / 2 + 90 / 2 + 120 / 4) / 2.25 = 40; steps of 40 and of 120. */
    ck_assert_double_eq_tol((double)out[0], 40, 1e-4);
    ck_assert_double_eq_tol((double)out[1], 80, 1e-4);
    ck_assert_double_eq_tol((double)out[2], 160, 1e-4);
    ck_assert_double_eq_tol((double)out[3], 200, 1e-4);
    ck_assert(cnn_image_read(path, true, 1, 1, out, &report));
    ck_assert_double_eq_tol((double)out[0], 255 - 120, 1e-4);
    path = write_png("line.png", 1, 2, PNG_FORMAT_GRAY, line);
    ck_assert(cnn_image_read(path, false, 1, 3, out, &report));
    ck_assert(out[0] == 10 && out[2] == 250);
    ck_assert_double_eq_tol((double)out[1], 130, 1e-4);
    path = write_png("one.png", 1, 1, PNG_FORMAT_GRAY, one);
    ck_assert(cnn_image_read(path, false, 2, 2, out, &report));
    ck_assert(out[0] == 77 && out[1] == 77 && out[2] == 77 && out[3] == 77);
    cnn_report_free(&report);
}
END_TEST

/* The class is that of the evaluation: all test images through both. */
START_TEST(classes_are_those_of_the_evaluation)
{
    unit_folder();
    enum { COUNT = 40 };
    static uint8_t images[16 + COUNT * SIZE * SIZE] = {0, 0, 8, 3,    0, 0, 0, COUNT,
                                                       0, 0, 0, SIZE, 0, 0, 0, SIZE};
    static uint8_t labels[8 + COUNT] = {0, 0, 8, 1, 0, 0, 0, COUNT};
    for (size_t i = 0; i < COUNT; i++) {
        labels[8 + i] = (uint8_t)(i * 7 % 10);
        for (size_t p = 0; p < SIZE * SIZE; p++)
            images[16 + i * SIZE * SIZE + p] =
                (uint8_t)(p % 10 == labels[8 + i] ? 255 - i : p * i % 50);
    }
    static const char *const names[] = {"train-images-idx3-ubyte", "t10k-images-idx3-ubyte",
                                        "train-labels-idx1-ubyte", "t10k-labels-idx1-ubyte"};
    for (size_t i = 0; i < 4; i++)
        write_bytes(names[i], i < 2 ? images : labels, i < 2 ? sizeof images : sizeof labels);
    const char *dir = in_folder("run");
    run_exits(
        run_cnnrun(
            SMALL
            " --quiet --epochs 8 --out %s --set data.train.idx.path=%s --set "
            "data.train.idx.split=train --set data.test.idx.path=%s --set data.test.idx.split=test",
            dir, unit_folder_path, unit_folder_path),
        0);
    size_t right = 0;
    for (size_t i = 0; i < COUNT; i++) {
        json_t *root = predict(dir, "", run_text("%s:%zu", in_folder(names[1]), i));
        right += json_integer_value(json_object_get(root, "class")) == labels[8 + i];
        json_decref(root);
    }
    ck_assert_double_eq_tol(run_number(dir, "test_accuracy"), (double)right / COUNT, 1e-9);
    ck_assert_uint_gt(right, COUNT / 10 * 2); /* more than chance: there is something to agree on */
}
END_TEST

START_TEST(text_for_people)
{
    const char *dir = train("");
    const uint8_t one[] = {255};
    const char *image = write_png("one.png", 1, 1, PNG_FORMAT_GRAY, one);
    const run_result r = run_cnnrun("predict %s %s %s", dir, image, image);
    run_exits(r, 0);
    const char *end = strchr(r.out, '\n');
    ck_assert_ptr_nonnull(end);
    ck_assert_str_eq(end + 1, run_text("%.*s\n", (int)(end - r.out), r.out)); /* two equal lines */
    says(r.out, run_text("%s: ", image));
    says(r.out, "  probability 0.");
    run_exits(run_cnnrun("predict %s", dir), 2);
    run_exits(run_cnnrun("predict %s/none %s", dir, image), 7);
}
END_TEST

START_TEST(scores_where_there_is_no_softmax)
{
    const char *dir = train("--set loss=hinge --set network.layers.5.dense.activation=linear");
    const uint8_t one[] = {255};
    const char *image = write_png("one.png", 1, 1, PNG_FORMAT_GRAY, one);
    const run_result r = run_cnnrun("predict %s %s", dir, image);
    run_exits(r, 0);
    says(r.out, "raw scores, since the network does not end in softmax\n");
    says(r.out, "  score ");
    json_t *root = predict(dir, "", image);
    ck_assert_uint_eq(json_array_size(json_object_get(root, "scores")), 10);
    ck_assert_ptr_null(json_object_get(root, "probabilities"));
    json_decref(root);
}
END_TEST

START_TEST(nan_has_no_sign)
{
    const char *dir =
        train("--set optimizer.sgd.learning_rate=1e30 --set train.on_nonfinite=continue");
    const uint8_t one[] = {255};
    const run_result r =
        run_cnnrun("predict %s %s", dir, write_png("one.png", 1, 1, PNG_FORMAT_GRAY, one));
    run_exits(r, 0);
    says(r.out, ": no class, since the output is not finite  of nan nan nan ");
    ck_assert_ptr_null(strstr(r.out, "-nan"));
}
END_TEST

/* ---- what is refused ------------------------------------------------------------------------ */

static void refuse(const char *dir, const char *image, const char *reason)
{
    const run_result r = run_cnnrun("predict %s %s", dir, image);
    run_exits(r, 4);
    ck_assert_str_eq(r.out, "");
    says(r.err, reason);
    says(r.err, "cnnrun: ");
}

START_TEST(bad_images_are_refused)
{
    const char *dir = train("");
    const uint8_t pixels[40 * 40] = {1, 2, 3};
    const char *good = write_png("good.png", 40, 40, PNG_FORMAT_GRAY, pixels);
    size_t size;
    char *bytes = run_file(unit_folder_path, "good.png", &size);
    refuse(dir, in_folder("none.png"), "none.png: cannot be read: No such file or directory");
    ck_assert_int_eq(mkfifo(in_folder("pipe"), 0600), 0);
    refuse(dir, run_text("%s:0", in_folder("pipe")), "pipe: must be a regular file, but it is not");
    refuse(dir, unit_folder_path, ": must be a regular file, but it is not");
    refuse(dir, "README.md",
           "README.md: is no PNG image that can be read: Not a PNG file; images are PNG files, or "
           "FILE:INDEX of an IDX file\n");
    /* Cut within the pixels; what follows them are 20 bytes of checksums and the end's mark. */
    for (size_t cut = 0; cut + 24 < size; cut += cut < 60 ? 1 : 7)
        refuse(dir, write_bytes("cut.png", bytes, cut), "PNG image");
    /* Says that it is huge; the header's checksum is wrong then, or right. */
    bytes[16 + 1] = bytes[20 + 1] = 1;
    refuse(dir, write_bytes("huge.png", bytes, size), "huge.png: ");
    const uint8_t huge[] = {0x89, 'P',  'N', 'G', '\r', '\n', 26, '\n', 0,    0, 0,
                            13,   'I',  'H', 'D', 'R',  0,    0,  0x1F, 0x40, 0, 0,
                            0x1F, 0x40, 1,   0,   0,    0,    0,  0,    0,    0, 0};
    uint8_t claims[sizeof huge + 24];
    memset(claims, 0, sizeof claims);
    memcpy(claims, huge, sizeof huge);
    uint32_t crc = 0xFFFFFFFFu;
    for (size_t i = 12; i < 29; i++) {
        crc ^= claims[i];
        for (int b = 0; b < 8; b++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
    }
    crc = ~crc;
    for (size_t i = 0; i < 4; i++)
        claims[29 + i] = (uint8_t)(crc >> (24 - 8 * i));
    memcpy(claims + 33, "\0\0\0\1IDAT", 8);
    refuse(dir, write_bytes("claims.png", claims, sizeof claims),
           "says that it has 8000 x 8000 pixels; at most 67108864, and as many as 57 bytes can "
           "hold, are read");
    /* All that are bad are named, and none is printed. */
    const run_result two =
        run_cnnrun("predict %s %s README.md %s", dir, good, in_folder("none.png"));
    run_exits(two, 4);
    ck_assert_str_eq(two.out, "");
    says(two.err, "README.md: is no PNG");
    says(two.err, "none.png: cannot be read");
}
END_TEST

START_TEST(bad_idx_files_are_refused)
{
    const char *dir = train("");
    const uint8_t idx[16 + 8] = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2};
    const char *path = write_bytes("two.idx", idx, sizeof idx);
    run_exits(run_cnnrun("predict %s %s:1", dir, path), 0);
    refuse(dir, run_text("%s:2", path), "has 2 images; the index must be 0 to 1, but is 2");
    refuse(dir, run_text("%s:99999999999999999999999", path),
           "has 2 images; the index must be 0 to 1");
    static const char *const wrong[] = {"-1", "x", "1x", ""};
    for (size_t i = 0; i < 4; i++)
        refuse(dir, run_text("%s:%s", path, wrong[i]),
               run_text("two.idx: the index of an image, behind the colon, is '%s'; it must be a "
                        "number, from 0\n",
                        wrong[i]));
    refuse(dir, in_folder("none.idx:x"), "none.idx:x: cannot be read: No such file or directory");
    refuse(dir, path, "is no PNG image");
    write_bytes("short.idx", idx, sizeof idx - 1);
    run_exits(run_cnnrun("predict %s %s:0", dir, in_folder("short.idx")), 0);
    refuse(dir, in_folder("short.idx:1"), "ends before the end of its image 1");
    write_bytes("head.idx", idx, 15);
    refuse(dir, in_folder("head.idx:0"), "is no raw IDX file of images");
    refuse(dir, "tests/data/good/gzip/train-images-idx3-ubyte.gz:0",
           "is no raw IDX file of images");
    refuse(dir, "tests/data/good/raw/train-labels-idx1-ubyte:0", "is no raw IDX file of images");
    uint8_t wild[24];
    memcpy(wild, idx, sizeof idx);
    memset(wild + 8, 0xFF, 8);
    write_bytes("wild.idx", wild, sizeof wild);
    refuse(dir, in_folder("wild.idx:0"),
           "says that its images have 4294967295 x 4294967295 pixels");
    memset(wild + 8, 0, 8);
    write_bytes("none.idx", wild, sizeof wild);
    refuse(dir, in_folder("none.idx:0"), "says that its images have 0 x 0 pixels");
}
END_TEST

UNIT_MAIN("predict", one_image_in_many_files, images_are_averaged_over_areas,
          classes_are_those_of_the_evaluation, text_for_people, scores_where_there_is_no_softmax,
          nan_has_no_sign, bad_images_are_refused, bad_idx_files_are_refused)
