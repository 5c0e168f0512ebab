/* test_targets.c - targets that are vectors, samples by index, weights of classes and samples,
 * names of classes. */
#include <math.h>

#include "../golden/class_weight.h"
#include "run_outside.h"

#define SPOTS "tests/pipelines/spots.yaml"
#define WEIGHTED "tests/pipelines/class_weight.yaml"

/* The option that finds the plugins, which are compiled into the test's folder once. */
static const char *plugins(void)
{
    static const char *const names[] = {"spot_places", "my_huber", "made_images"};
    if (strstr(unit_folder_path, "XXXXXX")) {
        const char *folder = unit_folder();
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
            run_compile(names[i], "-Iinclude", folder);
    }
    return run_text("--plugin-path %s", unit_folder_path);
}

static const char *train(const char *name, const char *pipeline, const char *options)
{
    const char *found = plugins();
    return run_train(name, pipeline, run_text("%s %s", found, options));
}

static run_result refused(const char *pipeline, const char *options, int code)
{
    const char *found = plugins();
    const run_result r =
        run_cnnrun("%s --out %s/refused %s %s", pipeline, unit_folder_path, found, options);
    run_exits(r, code);
    return r;
}

static const char *data_hash(const char *dir)
{
    json_t *root = run_summary(dir);
    const char *hash =
        run_text("%s", json_string_value(json_object_get(json_object_get(root, "data"), "train")));
    json_decref(root);
    return hash;
}

START_TEST(vectors_are_learnt_and_shown)
{
    const char *dir = train("spots", SPOTS, "--threads 1");
    ck_assert_double_lt(run_number(dir, "loss"), 0.001); /* always saying the middle: 0.04 */
    run_says(dir, "val_accuracy", "null");
    run_says(dir, "best_epoch", "8");
    ck_assert(!strstr(run_file(dir, "metrics.csv", NULL), "accuracy"));
    run_result r = run_cnnrun("evaluate %s %s", dir, plugins());
    run_exits(r, 0);
    ck_assert(!strstr(r.out, "accuracy") && !strstr(r.out, "confusion"));
    r = run_cnnrun("report %s %s", dir, plugins());
    run_exits(r, 0);
    ck_assert(!strstr(run_file(dir, "report.html", NULL), "Confusion matrix"));
}
END_TEST

/* An IDX image of the spot at row 3, column 8 of 11. */
START_TEST(predict_prints_the_vector)
{
    const char *dir = train("predicted", SPOTS, "");
    unsigned char idx[16 + 144] = {0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 12, 0, 0, 0, 12};
    for (int p = 0; p < 144; p++) {
        const int y = p / 12 - 3, x = p % 12 - 8;
        const double height = 1 - (y * y + x * x) / 6.0;
        idx[16 + p] = (unsigned char)(height > 0 ? 255 * height : 0);
    }
    const char *image = run_text("%s/spot.idx", unit_folder_path);
    FILE *file = fopen(image, "wb");
    ck_assert(fwrite(idx, 1, sizeof idx, file) == sizeof idx);
    fclose(file);
    double row, column;
    run_result r = run_cnnrun("predict %s %s:0 %s", dir, image, plugins());
    run_exits(r, 0);
    const char *numbers = strstr(r.out, ".idx:0: ");
    ck_assert_msg(numbers && sscanf(numbers + 8, "%lf %lf\n", &row, &column) == 2, "%s", r.out);
    ck_assert_double_eq_tol(row, 3 / 11.0, 0.15);
    ck_assert_double_eq_tol(column, 8 / 11.0, 0.15);
    r = run_cnnrun("predict %s %s:0 --json %s", dir, image, plugins());
    run_exits(r, 0);
    ck_assert(strstr(r.out, "\"output\": [") && !strstr(r.out, "\"class\""));
}
END_TEST

START_TEST(samples_by_index_give_the_bits_of_arrays)
{
    const char *arrays = train("arrays", SPOTS, "--threads 1 --epochs 2");
    for (int threads = 1; threads <= 4; threads++) {
        const char *index =
            train(run_text("index%d", threads), SPOTS,
                  run_text("--epochs 2 --threads %d --set data.train.spot_places.by_index=true "
                           "--set data.test.spot_places.by_index=true",
                           threads));
        run_same(arrays, index);
        ck_assert_str_eq(data_hash(arrays), data_hash(index));
    }
    const char *named = train("named", SPOTS,
                              "--epochs 2 --set data.train.spot_places.by_index=true "
                              "--set data.train.spot_places.named=true");
    run_same(arrays, named);
    ck_assert_str_ne(data_hash(arrays), data_hash(named));
}
END_TEST

/* The sample is not read before training, since the fingerprint stands for it. */
START_TEST(a_sample_that_cannot_be_read_ends_the_run_which_goes_on_later)
{
    const char *set = "--epochs 2 --set data.train.spot_places.by_index=true --set "
                      "data.train.spot_places.named=true --set data.train.spot_places.fails_at=77";
    const char *whole = train("whole", SPOTS, set), *dir = run_text("%s/cut", unit_folder_path);
    setenv("SPOT_FAILS", "1", 1);
    run_result r = run_cnnrun("%s --out %s %s %s", SPOTS, dir, plugins(), set);
    unsetenv("SPOT_FAILS");
    run_exits(r, 4);
    ck_assert_ptr_nonnull(
        strstr(r.err, SPOTS ":4:11: train data: sample 77: spot_places: spot 77 cannot be read"));
    run_exits(run_cnnrun("%s --resume --out %s %s %s", SPOTS, dir, plugins(), set), 0);
    run_same(whole, dir);
    setenv("SPOT_FAILS", "1", 1);
    r = refused(SPOTS,
                "--set data.train.spot_places.by_index=true --set "
                "data.train.spot_places.fails_at=77",
                4);
    unsetenv("SPOT_FAILS");
    ck_assert_ptr_nonnull(strstr(r.err, "sample 77"));
}
END_TEST

START_TEST(a_loss_that_wants_a_class_refuses_vectors)
{
    char *text = run_file(".", SPOTS, NULL);
    const char *path = run_text("%s/hinge.yaml", (plugins(), unit_folder_path));
    char *at = strstr(text, "my_huber");
    FILE *file = fopen(path, "w");
    fprintf(file, "%.*s%s%s", (int)(at - text), text, "hinge", at + strlen("my_huber"));
    fclose(file);
    const run_result r = refused(path, "", 3);
    ck_assert_ptr_nonnull(strstr(r.err, "hinge.yaml:12:7: loss 'hinge' wants a class as target"));
    ck_assert_ptr_nonnull(strstr(refused(SPOTS, "--set metrics=[ramp]", 3).err, "loss 'ramp'"));
}
END_TEST

/* Column c of row r of metrics.csv, both from 0. */
static double figure(const char *dir, int r, int c)
{
    const char *at = run_file(dir, "metrics.csv", NULL);
    for (; r >= 0; r--)
        at = strchr(at, '\n') + 1;
    for (; c > 0; c--)
        at = strchr(at, ',') + 1;
    return strtod(at, NULL);
}

/* Columns: epoch, loss, accuracy, val_loss. */
START_TEST(class_weights_are_those_of_keras)
{
    const char *dir = train("weighted", WEIGHTED, "--threads 1");
    for (int e = 0; e < 4; e++) {
        ck_assert_double_eq_tol(figure(dir, e, 1), weighted_loss[e][0], 1e-6);
        ck_assert_double_eq_tol(figure(dir, e, 3), weighted_loss[e][1], 1e-6);
    }
    ck_assert_double_eq(figure(dir, 0, 2), 0.25); /* 6 of 24, whatever they weigh */
    for (int threads = 2; threads <= 4; threads++)
        run_same(dir, train(run_text("weighted%d", threads), WEIGHTED,
                            run_text("--threads %d", threads)));
}
END_TEST

/* Weights of samples do the same, multiply, and are the training's alone. */
START_TEST(weights_of_samples_multiply_those_of_classes)
{
    const char *weighted = train("classes", WEIGHTED, "");
    run_same(weighted, train("samples", WEIGHTED,
                             "--set data.train.made_images.class_weight=null --set "
                             "data.train.made_images.weights=[1,2.5,1,0.25]"));
    run_same(weighted, train("product", WEIGHTED,
                             "--set data.train.made_images.class_weight.1=5 --set "
                             "data.train.made_images.class_weight.3=0.5 --set "
                             "data.train.made_images.weights=[1,0.5,1,0.5] --set "
                             "data.test.made_images.weights=[7,1,1,1]"));
    ck_assert_str_ne(
        run_hash(weighted),
        run_hash(train("plain", WEIGHTED, "--set data.train.made_images.class_weight=null")));
}
END_TEST

START_TEST(classes_have_names)
{
#define WEIGHT " --set data.train.made_images.class_weight"
    const char *names = "--set data.train.made_images.names=[cat,dog,bird,tree]";
    const char *dir = train(
        "names", WEIGHTED, run_text("%s" WEIGHT "=null" WEIGHT ".dog=2.5" WEIGHT ".3=0.25", names));
    ck_assert_str_eq(run_hash(dir), run_hash(train("numbers", WEIGHTED, names)));
    ck_assert_ptr_nonnull(strstr(run_file(dir, "checkpoint.safetensors", NULL) + 8, "input.names"));
    const run_result shown = run_cnnrun("evaluate %s %s", dir, plugins());
    ck_assert_ptr_nonnull(strstr(shown.out, "  bird\n"));
    run_result r = refused(WEIGHTED, run_text("%s" WEIGHT ".brid=2", names), 3);
    ck_assert_ptr_nonnull(strstr(r.err,
                                 "there is no class 'brid'; classes are 0 to 3, or have their "
                                 "names; did you mean 'bird'?"));
    r = refused(WEIGHTED, run_text("%s" WEIGHT ".dog=2", names), 3);
    ck_assert_ptr_nonnull(strstr(r.err, "class 1 stands here twice"));
    r = refused(SPOTS, "--set data.train.spot_places.class_weight.1=2", 3);
    ck_assert_ptr_nonnull(strstr(r.err, "are vectors, so there are no classes"));
}
END_TEST

START_TEST(they_pass_the_check)
{
    const char *found = plugins();
    run_exits(run_cnnrun("check %s spot_places --set by_index=true", found), 0);
    run_exits(run_cnnrun("check %s my_huber", found), 0);
}
END_TEST

UNIT_MAIN("targets", vectors_are_learnt_and_shown, predict_prints_the_vector,
          samples_by_index_give_the_bits_of_arrays,
          a_sample_that_cannot_be_read_ends_the_run_which_goes_on_later,
          a_loss_that_wants_a_class_refuses_vectors, class_weights_are_those_of_keras,
          weights_of_samples_multiply_those_of_classes, classes_have_names, they_pass_the_check)
