/* test_forms.c - optimizers that take two passes, a tensor at a time, or the norm of all gradients:
 * LAMB, Muon, and one made outside that clips and hands on. */
#include "run_outside.h"

#include <math.h>
#include <string.h>

#include "record/checkpoint.h"

static void plugins(void)
{
    run_compile("clip_global_norm", "-Iinclude", unit_folder());
}

/* A training of small.yaml by the optimizer. */
static const char *train(const char *name, const char *optimizer, const char *options)
{
    return run_train(
        name, SMALL,
        run_text("--plugin-path %s --set optimizer=%s %s", unit_folder_path, optimizer, options));
}

/* The same weights for 1 to 4 threads, and where steps 1 to 7 and 8 to 10 are two sessions. */
static void repeats(const char *name, const char *optimizer)
{
    const char *run = train(name, optimizer, "--set train.epochs=null --set train.steps=10");
    for (int threads = 1; threads <= 4; threads++)
        ck_assert_str_eq(run_hash(run),
                         run_hash(train(run_text("%s-%d", name, threads), optimizer,
                                        run_text("--set train.epochs=null --set train.steps=10 "
                                                 "--threads %d",
                                                 threads))));
    const char *cut =
        train(run_text("%s-cut", name), optimizer, "--set train.epochs=null --set train.steps=7");
    run_exits(run_cnnrun(SMALL " --resume --out %s --plugin-path %s --set optimizer=%s --set "
                               "train.epochs=null --set train.steps=10",
                         cut, unit_folder_path, optimizer),
              0);
    ck_assert_str_eq(run_hash(run), run_hash(cut));
}

#define CLIP                                                                                       \
    "clip_global_norm --set optimizer.clip_global_norm.max_norm=0.5 "                              \
    "--set optimizer.clip_global_norm.then="

START_TEST(the_same_bits_in_each_form)
{
    plugins();
    repeats("lamb", "lamb --set optimizer.lamb.penalty=0.01");
    repeats("muon", "muon");
    repeats("clip", CLIP "adam");
    repeats("both", CLIP "lamb");
    repeats("third", CLIP "muon");
}
END_TEST

/* ---- one step, against what its formula says ------------------------------------------------- */

static cnn_checkpoint open_checkpoint(const char *dir)
{
    cnn_checkpoint checkpoint = {0};
    cnn_report report = {0};
    char *path = cnn_checkpoint_path(dir, 0);
    ck_assert(cnn_checkpoint_read_file(&checkpoint, path, &report));
    free(path);
    return checkpoint;
}

/* The weights before and after the first step. */
typedef struct moved {
    cnn_checkpoint before, after;
} moved;

static moved first_step(const char *name, const char *optimizer, double rate)
{
    const char *one = "--set train.epochs=null --set train.steps=1";
    const char *at_rest = train(run_text("%s-rest", name), optimizer,
                                run_text("%s --set optimizer.%s.learning_rate=0", one, name));
    const char *moving = train(run_text("%s-move", name), optimizer,
                               run_text("%s --set optimizer.%s.learning_rate=%g", one, name, rate));
    return (moved){open_checkpoint(at_rest), open_checkpoint(moving)};
}

/* The sums of squares of a tensor before the step, and of its movement; how many floats it has. */
static uint64_t squares(const moved *m, const char *tensor, double *before, double *movement)
{
    const cnn_record *a = cnn_checkpoint_find(&m->before, tensor),
                     *b = cnn_checkpoint_find(&m->after, tensor);
    ck_assert(a && b && !a->f64 && a->size == b->size);
    const uint64_t count = a->size / sizeof(float);
    *before = *movement = 0;
    for (uint64_t i = 0; i < count; i++) {
        float x, y;
        memcpy(&x, (const char *)a->data + i * sizeof x, sizeof x);
        memcpy(&y, (const char *)b->data + i * sizeof y, sizeof y);
        *before += (double)x * (double)x;
        *movement += ((double)y - (double)x) * ((double)y - (double)x);
    }
    return count;
}

static void close_both(moved *m)
{
    cnn_checkpoint_free(&m->before);
    cnn_checkpoint_free(&m->after);
}

/* The step of LAMB is the rate times as long as the tensor, whatever the gradient. */
START_TEST(two_passes_get_each_tensors_norms)
{
    static const char *const kernels[] = {"conv2d/kernel", "dense/kernel", "dense_1/kernel"};
    plugins();
    moved m = first_step("lamb", "lamb", 0.01);
    for (size_t i = 0; i < sizeof kernels / sizeof kernels[0]; i++) {
        double before, movement;
        squares(&m, kernels[i], &before, &movement);
        ck_assert_double_eq_tol(sqrt(movement / before), 0.01, 1e-6);
    }
    close_both(&m);
}
END_TEST

/* Five rounds of Muon bring all singular values near 1: to 0.6 to 1.3, if they were not tiny. */
START_TEST(a_tensor_is_seen_whole)
{
    double before, movement;
    plugins();
    moved m = first_step("muon", "muon", 0.01);
    squares(&m, "dense/kernel", &before, &movement); /* 100 x 16: 16 singular values */
    ck_assert_double_lt(sqrt(movement), 0.01 * 1.3 * 4);
    ck_assert_double_gt(sqrt(movement), 0.01 * 0.6 * 2);
    close_both(&m);
}
END_TEST

/* A step of plain descent is then as long as the limit, in all tensors together. */
START_TEST(the_norm_of_all_gradients_is_told)
{
    static const char *const tensors[] = {"conv2d/kernel", "conv2d/bias",    "dense/kernel",
                                          "dense/bias",    "dense_1/kernel", "dense_1/bias"};
    double all = 0;
    plugins();
    moved m = first_step("clip_global_norm",
                         "clip_global_norm --set optimizer.clip_global_norm.max_norm=0.001", 1);
    for (size_t i = 0; i < sizeof tensors / sizeof tensors[0]; i++) {
        double before, movement;
        squares(&m, tensors[i], &before, &movement);
        all += movement;
    }
    ck_assert_double_eq_tol(sqrt(all), 0.001, 1e-6);
    close_both(&m);
}
END_TEST

UNIT_MAIN("forms", the_same_bits_in_each_form, two_passes_get_each_tensors_norms,
          a_tensor_is_seen_whole, the_norm_of_all_gradients_is_told)
