/* test_graph.c - networks that branch: the same bits for any number of threads, resumed, and
 * written out. */
#include <signal.h>

#include "run_watch.h"

#define GRAPH "tests/pipelines/graph.yaml"

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    ck_assert_int_eq(fclose(file), 0);
}

START_TEST(repeats_for_any_number_of_threads)
{
    const char *one = run_train("one", GRAPH, "--threads 1");
    for (int threads = 2; threads <= 4; threads++)
        run_same(one, run_train(run_text("threads%d", threads), GRAPH,
                                run_text("--threads %d", threads)));
}
END_TEST

/* The run's pipeline.yaml has the blocks written out, and trains the same network. */
START_TEST(is_written_out_and_trains_the_same)
{
    const char *run = run_train("run", GRAPH, "");
    const char *text = run_file(run, "pipeline.yaml", NULL);
    says(text, "name: block_2\n        inputs: [conv2d_1, block_1]\n");
    says(text, "name: first_2");
    says(text, "concatenate: {axis: -1, name: concatenate, inputs: [left, larger, right]}");
    ck_assert_ptr_null(strstr(text, "repeat"));
    ck_assert_ptr_null(strstr(text, "residual"));
    run_same(run, run_train("again", run_text("%s/pipeline.yaml", run), ""));
}
END_TEST

START_TEST(goes_on_in_the_midst_of_an_epoch)
{
    const char *dir = run_text("%s/run", unit_folder());
    const run_child child = run_start(GRAPH " --epochs 100000 --out %s", dir);
    await(child, dir, "metrics.csv", 1);
    kill(child.pid, SIGINT);
    run_exits(run_wait(child), 130);
    const int epochs = rows(dir) + 1;
    run_exits(run_cnnrun(GRAPH " --quiet --resume --epochs %d --out %s", epochs, dir), 0);
    run_same(dir, run_train("unbroken", GRAPH, run_text("--epochs %d", epochs)));
}
END_TEST

/* A chain, and the same with means of a tensor with itself in between, which are that tensor to the
 * bit, and so are the sums of their gradients: within the pieces of a shard, over their end, and
 * after a second phase. */
START_TEST(means_of_one_tensor_change_no_bit)
{
    static const char head[] =
        "name: chain\n"
        "data:\n"
        "  train: {synthetic_digits: {samples: 300, size: 12}}\n"
        "  test: {synthetic_digits: {samples: 30, size: 12}}\n"
        "network:\n"
        "  layers:\n"
        "    - conv2d: {filters: 8, kernel_size: 3, activation: relu, name: a}\n";
    static const char middle[] = "    - conv2d: {filters: 8, kernel_size: 3, name: b}\n";
    static const char deep[] = "    - flatten\n"
                               "    - dense: {units: 32, activation: relu, name: c}\n";
    static const char tail[] = "    - dense: {units: 10, activation: softmax, name: d}\n"
                               "loss: categorical_crossentropy\n"
                               "optimizer: adam\n"
                               "train: {epochs: 1, batch_size: 50}\n";
    const char *folder = unit_folder();
    write_file(run_text("%s/chain.yaml", folder), run_text("%s%s%s%s", head, middle, deep, tail));
    write_file(
        run_text("%s/graph.yaml", folder),
        run_text("%s    - average: {inputs: [a, a]}\n%s    - average: {inputs: [b, b, b, b]}\n"
                 "%s    - average: {inputs: [c, c]}\n%s",
                 head, middle, deep, tail));
    run_same(run_train("chain", run_text("%s/chain.yaml", folder), ""),
             run_train("graph", run_text("%s/graph.yaml", folder), ""));
}
END_TEST

/* Findings are measured by what flows into each layer; an input that is larger than the others must
 * not mislead them. */
START_TEST(inputs_of_unequal_size_are_measured)
{
    const char *path = run_text("%s/unequal.yaml", unit_folder());
    write_file(path, "name: unequal\n"
                     "data:\n"
                     "  train: {synthetic_digits: {samples: 200, size: 12}}\n"
                     "  test: {synthetic_digits: {samples: 30, size: 12}}\n"
                     "network:\n"
                     "  layers:\n"
                     "    - conv2d: {filters: 9, kernel_size: 3, name: wide}\n"
                     "    - conv2d: {filters: 2, kernel_size: 3, input: input, name: narrow}\n"
                     "    - concatenate: {inputs: [wide, narrow]}\n"
                     "    - flatten\n"
                     "    - dense: {units: 10, activation: softmax}\n"
                     "loss: categorical_crossentropy\n"
                     "optimizer: adam\n"
                     "train: {epochs: 1, batch_size: 50}\n");
    ck_assert_ptr_null(strstr(run_value(run_train("run", path, ""), "finding_codes"), "gradient"));
}
END_TEST

/* A branch whose ReLUs are dead is told, whichever input of the next layer it is. */
START_TEST(a_dead_branch_is_told_at_each_input)
{
    const char *path = run_text("%s/dead.yaml", unit_folder());
    for (int first = 0; first < 2; first++) {
        write_file(path, run_text("name: dead\n"
                                  "data:\n"
                                  "  train: {synthetic_digits: {samples: 200, size: 12}}\n"
                                  "  test: {synthetic_digits: {samples: 30, size: 12}}\n"
                                  "network:\n"
                                  "  layers:\n"
                                  "    - conv2d: {filters: 4, kernel_size: 3, name: alive}\n"
                                  "    - conv2d: {filters: 4, kernel_size: 3, input: input, "
                                  "name: dead, activation: relu, kernel_initializer: zeros, "
                                  "bias_initializer: {constant: {value: -1}}}\n"
                                  "    - add: {inputs: [%s]}\n"
                                  "    - global_average_pooling2d\n"
                                  "    - dense: {units: 10, activation: softmax}\n"
                                  "loss: categorical_crossentropy\n"
                                  "optimizer: adam\n"
                                  "train: {epochs: 1, batch_size: 50}\n",
                                  first ? "dead, alive" : "alive, dead"));
        const char *run = run_train(run_text("run%d", first), path, "");
        says(run_value(run, "findings"), "is exactly zero in layers: 'dead'\"");
        says(run_value(run, "findings"), "layer 'dead': 4 of 4 ReLU units are dead");
    }
}
END_TEST

START_TEST(dry_run_shows_who_feeds_whom)
{
    const run_result r = run_cnnrun(GRAPH " --dry-run --set network.layers.1.repeat.times=3");
    run_exits(r, 0);
    says(r.out, "block_3 + relu_6 <- conv2d_2, block_2 ");
    says(r.out, "right + relu_10 <- deep ");
    says(r.out, "\nstem + relu   ");
}
END_TEST

UNIT_MAIN("graph", repeats_for_any_number_of_threads, is_written_out_and_trains_the_same,
          goes_on_in_the_midst_of_an_epoch, means_of_one_tensor_change_no_bit,
          inputs_of_unequal_size_are_measured, a_dead_branch_is_told_at_each_input,
          dry_run_shows_who_feeds_whom)
