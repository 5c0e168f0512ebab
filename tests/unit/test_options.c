/* test_options.c - the options of every optimizer in trainings: the mean of the weights in
 * validation, test, predictions and checkpoints; what decay spares; factors of layers; what the
 * manual lists. */
#include "run_outside.h"
#include "run_watch.h"

#include "record/checkpoint.h"

#define NORMALIZED "tests/pipelines/normalized.yaml"
#define KEYS "tests/pipelines/trainable.yaml"
#define OPTION "--set optimizer.adam."
#define EMA OPTION "ema=0.9 "

static cnn_checkpoint open_checkpoint(const char *dir)
{
    cnn_checkpoint checkpoint = {0};
    cnn_report report = {0};
    char *path = cnn_checkpoint_path(dir, 0);
    ck_assert(cnn_checkpoint_read_file(&checkpoint, path, &report));
    free(path);
    return checkpoint;
}

static bool same_tensor(const cnn_checkpoint *a, const char *x, const cnn_checkpoint *b,
                        const char *y)
{
    const cnn_record *left = cnn_checkpoint_find(a, x), *right = cnn_checkpoint_find(b, y);
    ck_assert_msg(left && right && left->size == right->size, "there is no %s or no %s", x, y);
    return memcmp(left->data, right->data, left->size) == 0;
}

/* Step 1 makes the mean the weights; and the training itself does not know of it. */
START_TEST(training_goes_on_with_its_own_weights)
{
    const char *two = "--set train.epochs=null --set train.steps=2";
    cnn_checkpoint with = open_checkpoint(run_train("with", NORMALIZED, run_text(EMA "%s", two))),
                   without = open_checkpoint(run_train("without", NORMALIZED, two));
    ck_assert(same_tensor(&with, "run/trained/dense/kernel", &without, "dense/kernel"));
    ck_assert(!same_tensor(&with, "dense/kernel", &without, "dense/kernel"));
    ck_assert(same_tensor(&with, "batch_normalization/moving_mean", &without,
                          "batch_normalization/moving_mean"));
    cnn_checkpoint_free(&with);
    cnn_checkpoint_free(&without);
    run_same(run_train("one", NORMALIZED, EMA "--set train.epochs=null --set train.steps=1"),
             run_train("alone", NORMALIZED, "--set train.epochs=null --set train.steps=1"));
}
END_TEST

/* The figures are those of the weights that are saved. */
START_TEST(all_figures_are_of_the_mean)
{
    const char *dir = run_train("run", NORMALIZED, EMA "--epochs 2");
    const run_result r = run_cnnrun("evaluate %s --json", dir);
    run_exits(r, 0);
    json_t *root = json_loads(r.out, 0, NULL);
    ck_assert_double_eq(json_number_value(json_object_get(root, "loss")),
                        run_number(dir, "test_loss"));
    ck_assert_double_eq(run_number(dir, "val_loss"), run_number(dir, "test_loss"));
    json_decref(root);
    const char *other = run_train("other", NORMALIZED, "--epochs 2");
    ck_assert_double_ne(run_number(dir, "val_loss"), run_number(other, "val_loss"));
    ck_assert_double_eq(run_number(dir, "loss"), run_number(other, "loss"));
    ck_assert_str_ne(run_hash(dir), run_hash(other));
}
END_TEST

/* For 1 to 4 threads, and resumed within an epoch and after one. */
START_TEST(the_same_bits_however_it_is_trained)
{
    const char *how = EMA OPTION "l2=0.01 " OPTION "clipnorm=0.5 " OPTION
                                 "weight_decay=0.02 " OPTION "decay_exclude=[bias,scale]";
    const char *whole = run_train("whole", NORMALIZED, run_text("%s --epochs 3", how));
    for (int threads = 1; threads <= 4; threads++)
        run_same(whole, run_train(run_text("threads%d", threads), NORMALIZED,
                                  run_text("%s --epochs 3 --threads %d", how, threads)));
    const char *cut = run_train("cut", NORMALIZED,
                                run_text("%s --set train.epochs=null --set train.steps=13", how));
    run_exits(run_cnnrun(NORMALIZED " %s --quiet --resume --out %s --set train.epochs=null --set "
                                    "train.steps=30",
                         how, cut),
              0);
    ck_assert_str_eq(run_hash(whole), run_hash(cut));
}
END_TEST

/* Early stopping keeps both sets. After it has put back the best mean, the run goes on from its own
 * weights. */
START_TEST(kept_weights_are_put_back_with_their_mean)
{
    const char *how = EMA "--set data.validation=0.2 --set callbacks=[{\"early_stopping\":{"
                          "\"patience\":100,\"monitor\":\"loss\",\"mode\":\"max\","
                          "\"restore_best_weights\":true}}]";
    const char *first = run_train("first", NORMALIZED, run_text("%s --epochs 1", how)),
               *dir = run_train("run", NORMALIZED, run_text("%s --epochs 3", how)),
               *plain = run_train("plain", NORMALIZED, EMA "--set data.validation=0.2 --epochs 3");
    ck_assert_str_eq(run_hash(dir), run_hash(first)); /* the loss was highest in epoch 1 */
    cnn_checkpoint put = open_checkpoint(dir), own = open_checkpoint(plain);
    ck_assert(same_tensor(&put, "run/trained/dense/kernel", &own, "run/trained/dense/kernel"));
    ck_assert(same_tensor(&put, "run/average/dense/kernel", &own, "dense/kernel"));
    ck_assert(same_tensor(&put, "callback/early_stopping/kept_average/dense/kernel", &put,
                          "dense/kernel"));
    cnn_checkpoint_free(&put);
    cnn_checkpoint_free(&own);
    run_exits(run_cnnrun(NORMALIZED " %s --quiet --resume --out %s --epochs 4", how, dir), 0);
    cnn_checkpoint longer = open_checkpoint(dir),
                   whole = open_checkpoint(
                       run_train("whole", NORMALIZED, EMA "--set data.validation=0.2 --epochs 4"));
    ck_assert(same_tensor(&longer, "run/trained/dense/kernel", &whole, "run/trained/dense/kernel"));
    ck_assert(same_tensor(&longer, "run/average/dense/kernel", &whole, "dense/kernel"));
    cnn_checkpoint_free(&longer);
    cnn_checkpoint_free(&whole);
}
END_TEST

#define SGD "--set optimizer.sgd."
#define LAYER(N, NAME) "--set network.layers." #N "." NAME "."
#define EACH(KEY, VALUE)                                                                           \
    LAYER(0, "conv2d")                                                                             \
    KEY "=" VALUE " " LAYER(1, "conv2d") KEY "=" VALUE " " LAYER(3, "dense") KEY                   \
        "=" VALUE " " LAYER(4, "dense") KEY "=" VALUE " "

/* Powers of two, so that nothing is rounded in another way. */
START_TEST(factors_of_layers_count)
{
    const char *two = run_train("two", KEYS, SGD "learning_rate=0.0625");
    ck_assert_str_eq(
        run_hash(two),
        run_hash(run_train("mult", KEYS, SGD "learning_rate=0.03125 " EACH("lr_mult", "2"))));
    const char *strong = run_train("strong", KEYS, SGD "weight_decay=0.5 " SGD "l2=0.25");
    ck_assert_str_eq(
        run_hash(strong),
        run_hash(run_train("decay", KEYS,
                           SGD "weight_decay=0.25 " SGD "l2=0.125 " EACH("decay_mult", "2"))));
    ck_assert_str_ne(run_hash(strong), run_hash(run_train("weak", KEYS, SGD "weight_decay=0.25")));
}
END_TEST

/* A role, a layer's name and a tensor's each spare what decay_mult of 0 spares. */
START_TEST(decay_spares_what_is_excluded)
{
    const char *how = SGD "weight_decay=0.5 " SGD "l2=0.5 ";
    const char *biases = run_train("biases", KEYS, run_text("%s" EACH("decay_mult", "[1,0]"), how)),
               *hidden =
                   run_train("hidden", KEYS, run_text("%s" LAYER(3, "dense") "decay_mult=0", how));
    ck_assert_str_eq(
        run_hash(biases),
        run_hash(run_train("bias", KEYS, run_text("%s" SGD "decay_exclude=[bias]", how))));
    ck_assert_str_eq(
        run_hash(hidden),
        run_hash(run_train("layer", KEYS, run_text("%s" SGD "decay_exclude=[hidden]", how))));
    ck_assert_str_eq(
        run_hash(hidden),
        run_hash(run_train("tensor", KEYS,
                           run_text("%s" SGD "decay_exclude=[hidden/kernel,hidden/bias]", how))));
    ck_assert_str_ne(run_hash(biases), run_hash(hidden));
}
END_TEST

START_TEST(an_optimizer_has_defaults_of_its_own)
{
    says(run_cnnrun(KEYS " --dry-run --set optimizer=adamw").out, "weight_decay: 0.004");
    says(run_cnnrun(KEYS " --dry-run --set optimizer=adamw --set optimizer.adamw.weight_decay=0")
             .out,
         "weight_decay: 0.0}");
    says(run_cnnrun(KEYS " --dry-run --set optimizer=adam").out, "weight_decay: null");
    const char *manual = run_cnnrun("plugins adamw").out;
    says(manual, "options, which cnnrun reads for every optimizer");
    says(manual, "weight_decay: a real of 0 or more, or null; default 0.004");
    says(run_cnnrun("plugins sgd").out, "weight_decay: a real of 0 or more, or null; default null");
}
END_TEST

/* The example of the manual page of pipelines, which has most keys of layers, blocks and options.
 */
START_TEST(the_manuals_example_trains)
{
    run_shell(run_text("sed -n '/^.Sh EXAMPLES/,/^.Ed/p' core/cnnrun-pipeline.5 | sed '1,/^.Bd/d; "
                       "/^.Ed/d' > %s/example.yaml",
                       unit_folder()));
    const char *dir = run_train("run", run_text("%s/example.yaml", unit_folder_path), "");
    ck_assert_double_gt(run_number(dir, "test_accuracy"), 0.3);
}
END_TEST

UNIT_MAIN("options", training_goes_on_with_its_own_weights, all_figures_are_of_the_mean,
          the_same_bits_however_it_is_trained, kept_weights_are_put_back_with_their_mean,
          factors_of_layers_count, decay_spares_what_is_excluded,
          an_optimizer_has_defaults_of_its_own, the_manuals_example_trains)
