/* test_told.c - what the host tells layers: caches, a shard's size, training or not, step and
 * epoch. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "run_outside.h"

#define TOLD "tests/pipelines/told.yaml"
#define ANNEALED "tests/pipelines/annealed.yaml"

static const char *plugins(void)
{
    static const char *const names[] = {"layer_told", "loss_shows", "my_scale", "annealed_dropout",
                                        "blocked_transpose"};
    const char *folder = run_keep(realpath(unit_folder(), NULL));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        run_compile(names[i], "-Iinclude", folder);
    return folder;
}

/* The loss of the last epoch and of the test, where the loss is number `which` of what is told. */
static void shows(const char *folder, int which, int piece, double train, double test)
{
    const char *run = run_train(run_text("shows-%d-%d", which, piece), TOLD,
                                run_text("--plugin-path %s --set loss.loss_shows.which=%d "
                                         "--set network.layers.1.layer_told.piece=%d --threads 2",
                                         folder, which, piece));
    const char *row = strrchr(run_file(run, "metrics.csv", NULL), '\n');
    while (row[-1] != '\n')
        row--;
    ck_assert_double_eq_tol(strtod(strchr(row, ',') + 1, NULL), train, 1e-6);
    ck_assert_double_eq_tol(run_number(run, "test_loss"), test, 1e-6);
}

START_TEST(layers_are_told)
{
    const char *folder = plugins();
    shows(folder, 0, 0, 8, 8); /* samples of a call: 4 of 10 numbers would not be aligned */
    shows(folder, 0, 16, (192 * 16 + 8 * 8) / 200.0, 16);
    shows(folder, 1, 0, 16, 16);                                  /* a shard's size */
    shows(folder, 2, 0, 1, 1);                                    /* this network may be trained */
    shows(folder, 3, 0, 1, 1);                                    /* sizes of caches are there */
    shows(folder, 4, 0, (64 * (8 + 9 + 10) + 8 * 11) / 200.0, 0); /* steps before */
    shows(folder, 5, 0, 2, 0);                                    /* epochs before */
    shows(folder, 6, 0, 1, 0);                                    /* a call in training */
}
END_TEST

/* A run that is opened again is not trained. */
START_TEST(evaluation_is_told_so)
{
    const char *folder = plugins();
    const char *run = run_train(
        "run", TOLD, run_text("--plugin-path %s --epochs 1 --set loss.loss_shows.which=2", folder));
    const run_result r = run_cnnrun("evaluate %s --json --plugin-path %s", run, folder);
    run_exits(r, 0);
    ck_assert_msg(strstr(r.out, "\"loss\": 0.0"), "%s", r.out);
}
END_TEST

START_TEST(what_falls_with_the_epoch_repeats)
{
    const char *mine = run_text("--plugin-path %s", plugins());
    const char *run = run_train("run", ANNEALED, mine);
    run_same(run, run_train("threads", ANNEALED, run_text("%s --threads 3", mine)));
    const char *slow = run_train(
        "slow", ANNEALED, run_text("%s --set network.layers.3.annealed_dropout.over=1000", mine));
    ck_assert_str_ne(run_hash(run), run_hash(slow));
    const char *half = run_train("half", ANNEALED, run_text("%s --epochs 1", mine));
    const char *steps = run_train(
        "steps", ANNEALED,
        run_text("%s --epochs 1 --set network.layers.3.annealed_dropout.unit=steps", mine));
    ck_assert_str_ne(run_hash(half), run_hash(steps));
    run_exits(run_cnnrun(ANNEALED " --resume --epochs 2 --out %s %s", half, mine), 0);
    ck_assert_str_eq(run_hash(half), run_hash(run));
}
END_TEST

UNIT_MAIN("told", layers_are_told, evaluation_is_told_so, what_falls_with_the_epoch_repeats)
