/* test_diagnose.c - what a run says of itself: each finding in a network made to have it, none
 * where all is well. */
#include "run_folder.h"

static void says(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) != NULL, "'%s' is not in:\n%s", part, text);
}

static void is_silent_on(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) == NULL, "'%s' is in:\n%s", part, text);
}

static const char *findings(const char *name, const char *options)
{
    return run_value(run_train(name, SMALL, options), "findings");
}

START_TEST(nothing_to_say_of_a_run_that_learns)
{
    ck_assert_str_eq(findings("good", "--set data.train.synthetic_digits.samples=2000 --epochs 4"),
                     "[]");
    ck_assert_str_eq(findings("hinge",
                              "--set data.train.synthetic_digits.samples=2000 --epochs 4 --set "
                              "loss=squared_hinge --set optimizer.adam.learning_rate=0.003 --set "
                              "network.layers.5.dense.activation=linear"),
                     "[]");
}
END_TEST

START_TEST(zeros)
{
    const char *all = findings("zeros", "--set network.initializer=zeros");
    says(all, "val_accuracy 0.1000 is chance: always naming the most frequent class gives 0.1000");
    says(all,
         "gradients end in layer 'dense_1': exactly zero for 116 of 116 misclassified samples; its "
         "weights are all 0");
    says(all,
         "the gradient of the weights is exactly zero in layers: 'conv2d', 'dense', 'dense_1'");
    says(all, "layer 'conv2d': 4 of 4 ReLU units are dead (100 %), 0 for all of 128 samples");
    says(all, "layer 'dense': all 16 units have the same kernel");
    says(all,
         "weights that never moved from where they began, in layers: 'conv2d', 'dense', 'dense_1'");
}
END_TEST

START_TEST(saturated_softmax)
{
    const char *all =
        findings("large", "--set network.initializer.random_uniform.minval=-1000 --set "
                          "network.initializer.random_uniform.maxval=1000");
    says(all, "gradients end at the loss 'categorical_crossentropy': exactly zero for");
    says(all, "the softmax is saturated, the true class below 1e-7, where the loss is flat");
    says(all, "weights that never moved");
    is_silent_on(all, "same kernel");
    is_silent_on(all, "dead");
    /* A loss that is not flat there has its gradients end behind the softmax. */
    const char *squared =
        findings("squared", "--set loss=mean_squared_error --set "
                            "network.initializer.random_uniform.minval=-1000 --set "
                            "network.initializer.random_uniform.maxval=1000");
    says(squared, "gradients end in layer 'softmax': exactly zero for");
    says(squared, "; this softmax is saturated, the true class below 1e-7");
    is_silent_on(squared, "where the loss is flat");
    /* On logits there is no clip, and the gradients come through. */
    const char *logits =
        findings("logits", "--set loss.categorical_crossentropy.from_logits=true --set "
                           "network.layers.5.dense.activation=linear --set "
                           "network.initializer.random_uniform.minval=-1000 --set "
                           "network.initializer.random_uniform.maxval=1000");
    is_silent_on(logits, "gradients end");
    is_silent_on(logits, "never moved");
}
END_TEST

START_TEST(dead_relus)
{
    const char *all =
        findings("dead", "--set network.layers.4.dense.bias_initializer.constant.value=-1000");
    says(all, "gradients end in layer 'dense': exactly zero for");
    says(all, "misclassified samples; its ReLUs are dead");
    says(all, "layer 'dense': 16 of 16 ReLU units are dead (100 %), 0 for all of 128 samples");
    says(all,
         "the gradient of the weights is exactly zero in layers: 'conv2d', 'dense', 'dense_1'");
    is_silent_on(all, "layer 'conv2d'");
    /* As a layer of its own, behind one that is linear. */
    const char *apart = findings("apart", "--set network.layers.0.conv2d.activation=linear --set "
                                          "network.layers.0.conv2d.bias_initializer.constant.value="
                                          "-1000 --set network.layers.2.relu.name=gate");
    says(apart, "layer 'gate': 4 of 4 ReLU units are dead (100 %), 0 for all of 128 samples");
    is_silent_on(apart, "layer 'conv2d'");
}
END_TEST

/* Without dropout, units that begin alike stay alike; the other layers' are not. */
START_TEST(identical_units)
{
    const char *all =
        findings("alike", "--set network.layers.2.dropout.rate=0 --set "
                          "network.layers.4.dense.kernel_initializer.constant.value=0.01 --set "
                          "network.layers.5.dense.kernel_initializer.constant.value=0.1");
    says(all, "layer 'dense': all 16 units have the same kernel");
    is_silent_on(all, "layer 'conv2d'");
    is_silent_on(all, "layer 'dense_1'");
    is_silent_on(all, "never moved");
}
END_TEST

START_TEST(unmoved_weights)
{
    const char *all = findings("still", "--set optimizer.sgd.learning_rate=1e-30");
    says(all,
         "weights that never moved from where they began, in layers: 'conv2d', 'dense', 'dense_1'");
    is_silent_on(all, "gradient");
}
END_TEST

START_TEST(losses_that_are_not_finite)
{
    const char *going = findings(
        "going", "--set optimizer.sgd.learning_rate=1e30 --set train.on_nonfinite=continue");
    says(going, "the loss is not finite since epoch 1");
    is_silent_on(going, "is chance"); /* what follows from it is no finding of its own */
    is_silent_on(going, "same kernel");
    is_silent_on(findings("nan", "--set optimizer.sgd.learning_rate=1e60 --set "
                                 "train.on_nonfinite=continue"),
                 "are dead");
    const char *dir = run_text("%s/bursts", unit_folder_path);
    run_exits(run_cnnrun(SMALL " --quiet --out %s --set optimizer.sgd.learning_rate=1e30", dir), 6);
    ck_assert_msg(strncmp(run_value(dir, "findings"), "[\"diverged in epoch 1, step 2: ", 31) == 0,
                  "%s", run_value(dir, "findings"));
}
END_TEST

/* They stand in the last lines, do not depend on threads, and cost the run nothing of its bits. */
START_TEST(said_at_the_end_and_always_the_same)
{
    unit_folder();
    const char *text = NULL;
    for (int threads = 1; threads <= 3; threads++) {
        const char *dir = run_text("%s/run%d", unit_folder_path, threads);
        const run_result r = run_cnnrun(
            SMALL " --out %s --threads %d --set network.initializer=zeros", dir, threads);
        run_exits(r, 0);
        const char *test = strstr(r.out, "test_loss "),
                   *finding = strstr(r.out, "\nfinding: val_accuracy 0.1000");
        ck_assert(test && finding && test < finding);
        ck_assert(!text || strcmp(text, run_value(dir, "findings")) == 0);
        text = run_value(dir, "findings");
    }
    run_exits(run_cnnrun(SMALL " --quiet --resume --out %s/run1 --set network.initializer=zeros",
                         unit_folder_path),
              0);
    ck_assert_str_eq(run_value(run_text("%s/run1", unit_folder_path), "findings"), text);
}
END_TEST

/* Batches of one sample, and of more than there are. */
START_TEST(batches_of_any_size)
{
    static const int sizes[] = {1, 7, 1000};
    for (size_t i = 0; i < 3; i++) {
        const char *all = findings(
            run_text("size%d", sizes[i]),
            run_text("--set network.initializer=zeros --set train.batch_size=%d", sizes[i]));
        says(all, "0 for all of 128 samples");
    }
    says(findings("few",
                  "--set network.initializer=zeros --set data.train.synthetic_digits.samples=10"),
         "0 for all of 10 samples");
}
END_TEST

UNIT_MAIN("diagnose", nothing_to_say_of_a_run_that_learns, zeros, saturated_softmax, dead_relus,
          identical_units, unmoved_weights, losses_that_are_not_finite,
          said_at_the_end_and_always_the_same, batches_of_any_size)
