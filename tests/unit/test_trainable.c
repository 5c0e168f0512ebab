/* test_trainable.c - a layer's keys trainable, lr_mult and decay_mult: what is trained, and how
 * fast. */
#include "run_watch.h"

#include "record/checkpoint.h"

#define KEYS "tests/pipelines/trainable.yaml"

static cnn_checkpoint open_checkpoint(const char *dir)
{
    cnn_checkpoint checkpoint = {0};
    cnn_report report = {0};
    char *path = cnn_checkpoint_path(dir, 0);
    ck_assert(cnn_checkpoint_read_file(&checkpoint, path, &report));
    free(path);
    return checkpoint;
}

static const cnn_record *tensor_of(const cnn_checkpoint *checkpoint, const char *name)
{
    const cnn_record *record = cnn_checkpoint_find(checkpoint, name);
    ck_assert_msg(record != NULL, "there is no %s", name);
    return record;
}

static bool same_tensor(const cnn_checkpoint *a, const cnn_checkpoint *b, const char *name)
{
    const cnn_record *x = tensor_of(a, name), *y = tensor_of(b, name);
    ck_assert_uint_eq(x->size, y->size);
    return memcmp(x->data, y->data, x->size) == 0;
}

/* Trains for no step and for some; whether the tensor's bits changed. */
static bool moves(const char *settings, const char *name)
{
    static int number;
    number++;
    const char *settled =
        run_text("%s --set train.steps=1 --set optimizer.sgd.learning_rate=0", settings);
    cnn_checkpoint first = open_checkpoint(run_train(run_text("first%d", number), KEYS, settled)),
                   last = open_checkpoint(run_train(run_text("last%d", number), KEYS,
                                                    run_text("%s --set train.steps=9", settings)));
    const bool same = same_tensor(&first, &last, name);
    cnn_checkpoint_free(&first);
    cnn_checkpoint_free(&last);
    return !same;
}

#define LAYER "--set network.layers."
#define FIRST LAYER "0.conv2d."
#define SECOND LAYER "1.conv2d."
#define DENSE LAYER "3.dense."

START_TEST(weights_that_are_not_trained_keep_their_bits)
{
    ck_assert(moves("", "first/kernel") && moves("", "hidden/kernel"));
    ck_assert(!moves(FIRST "trainable=false", "first/kernel"));
    ck_assert(!moves(DENSE "trainable=false", "hidden/kernel"));
    ck_assert(moves(DENSE "trainable=false", "first/kernel"));
    ck_assert(moves(SECOND "trainable=false", "first/kernel"));
    ck_assert(moves(SECOND "algorithm=direct " SECOND "trainable=false", "first/bias"));
}
END_TEST

/* They are in the checkpoint without a state of the optimizer, and the run is resumed. */
START_TEST(a_checkpoint_has_them_and_no_state_of_theirs)
{
    const char *how = "--set optimizer=adam " DENSE "trainable=false " FIRST "trainable=false";
    const char *dir = run_train("run", KEYS, run_text("%s --epochs 1", how));
    cnn_checkpoint checkpoint = open_checkpoint(dir);
    tensor_of(&checkpoint, "optimizer/momentum/second/kernel");
    tensor_of(&checkpoint, "hidden/bias");
    ck_assert_ptr_null(cnn_checkpoint_find(&checkpoint, "optimizer/momentum/hidden/kernel"));
    ck_assert_ptr_null(cnn_checkpoint_find(&checkpoint, "optimizer/momentum/first/kernel"));
    cnn_checkpoint_free(&checkpoint);
    run_exits(run_cnnrun(KEYS " %s --quiet --resume --epochs 2 --out %s", how, dir), 0);
    const char *whole = run_train("whole", KEYS, run_text("%s --epochs 2", how));
    run_same(dir, whole);
    for (int threads = 1; threads <= 4; threads++)
        run_same(whole, run_train(run_text("threads%d", threads), KEYS,
                                  run_text("%s --epochs 2 --threads %d", how, threads)));
    ck_assert_ptr_null(strstr(run_value(whole, "finding_codes"), "gradient"));
}
END_TEST

/* Where nothing is trained the loss is measured all the same. */
START_TEST(nothing_may_be_trained)
{
    const char *how = FIRST "trainable=false " SECOND "trainable=false " DENSE
                            "trainable=false " LAYER "4.dense.trainable=false";
    ck_assert(!moves(how, "last/kernel"));
}
END_TEST

START_TEST(a_dry_run_shows_what_is_trained)
{
    const run_result r = run_cnnrun(KEYS " --dry-run " DENSE "trainable=false");
    run_exits(r, 0);
    says(r.out, "trainable: false");
    says(r.out, "  not trained\n");
    says(r.out, "\nnot trained ");
    ck_assert_ptr_null(strstr(run_cnnrun(KEYS " --dry-run").out, "not trained"));
}
END_TEST

UNIT_MAIN("trainable", weights_that_are_not_trained_keep_their_bits,
          a_checkpoint_has_them_and_no_state_of_theirs, nothing_may_be_trained,
          a_dry_run_shows_what_is_trained)
