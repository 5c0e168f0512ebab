/* test_library_calls.c - libcnnrun: what its functions answer to wrong arguments, and what they say
 * of a split, of a training while it is under way, and of one that has ended. */
#include <math.h>
#include <stddef.h>

#include "record/checkpoint.h"
#include "run_library.h"
#include "run_outside.h"

/* The one message so far is of a wrong argument and holds the text; it is then forgotten. */
static void wrong(cnnrun_error *error, const char *text)
{
    HAS(text);
    ck_assert_int_eq(cnnrun_error_code(error), CNNRUN_USAGE);
    ck_assert_uint_eq(cnnrun_error_count(error), 1);
    cnnrun_error_clear(error);
}

/* So that calls can follow each other, and the error be looked at once. */
START_TEST(null_fails_and_adds_nothing)
{
    cnnrun_error *error = cnnrun_error_new();
    float value = 0;
    int32_t label;
    cnnrun_facts facts = {.struct_size = sizeof facts};
    cnnrun_input input = {.struct_size = sizeof input};
    cnnrun_row row = {.struct_size = sizeof row};
    cnnrun_standing standing = {.struct_size = sizeof standing};
    cnnrun_scores scores = {.struct_size = sizeof scores};
    cnnrun_weight weight = {.struct_size = sizeof weight};
    cnnrun_entry entry = {.struct_size = sizeof entry};
    cnnrun_plugin plugin = {.struct_size = sizeof plugin};
    cnnrun_parameter parameter = {.struct_size = sizeof parameter};
    ck_assert_ptr_null(cnnrun_pipeline_text(NULL));
    ck_assert_ptr_null(cnnrun_pipeline_network(NULL));
    ck_assert_ptr_null(cnnrun_pipeline_metric(NULL, 0));
    ck_assert_ptr_null(cnnrun_pipeline_class(NULL, 0));
    ck_assert(!cnnrun_pipeline_facts(NULL, &facts));
    ck_assert(!cnnrun_pipeline_input(NULL, &input));
    ck_assert_ptr_null(cnnrun_run_begin(NULL, NULL, error));
    ck_assert_int_eq(cnnrun_run_train(NULL, NULL, error), CNNRUN_FAILED);
    ck_assert_ptr_null(cnnrun_run_dir(NULL));
    ck_assert_ptr_null(cnnrun_run_pipeline(NULL));
    cnnrun_run_stop(NULL, 1);
    ck_assert_int_eq(cnnrun_run_stopped(NULL), 0);
    ck_assert(!cnnrun_run_standing(NULL, &standing));
    ck_assert(!cnnrun_run_row(NULL, 0, &row));
    ck_assert_ptr_null(cnnrun_run_finding(NULL, 0));
    ck_assert_ptr_null(cnnrun_run_profile(NULL));
    ck_assert(!cnnrun_run_check(NULL, error));
    ck_assert(!cnnrun_run_predict(NULL, &value, 1, &value, error));
    ck_assert(!cnnrun_run_open_data(NULL, error));
    ck_assert_uint_eq(cnnrun_run_samples(NULL, "test"), 0);
    ck_assert(!cnnrun_run_evaluate(NULL, "test", &scores, NULL, error));
    ck_assert(!cnnrun_run_outputs(NULL, "test", &value, error));
    ck_assert(!cnnrun_run_sample(NULL, "test", 0, &value, &label, error));
    ck_assert(!cnnrun_run_weight(NULL, 0, &weight));
    ck_assert(!cnnrun_run_weight_get(NULL, "conv2d/bias", &value, 1, error));
    ck_assert(!cnnrun_run_weight_set(NULL, "conv2d/bias", &value, 1, error));
    ck_assert(!cnnrun_run_save(NULL, "/nonexistent", error));
    ck_assert(!cnnrun_catalogue_entry(NULL, 0, &entry));
    ck_assert(!cnnrun_catalogue_plugin(NULL, 0, &plugin, error));
    ck_assert(!cnnrun_catalogue_parameter(NULL, 0, 0, &parameter));
    cnnrun_pipeline_close(NULL);
    cnnrun_run_close(NULL);
    cnnrun_catalogue_close(NULL);
    ck_assert_uint_eq(cnnrun_error_count(error), 0);
    cnnrun_error_free(error);
    cnnrun_error_clear(NULL);
    cnnrun_error_free(NULL);
    ck_assert_int_eq(cnnrun_error_code(NULL), CNNRUN_OK);
    ck_assert_uint_eq(cnnrun_error_count(NULL), 0);
    ck_assert_str_eq(cnnrun_error_text(NULL), "");
}
END_TEST

START_TEST(a_struct_without_its_size_is_a_fault)
{
    const char *dir = run_text("%s/run", unit_folder());
    cnnrun_error *error = cnnrun_error_new();
    const cnnrun_options no_options = {0};
    const cnnrun_begin no_begin = {0};
    const cnnrun_observer no_observer = {0};
    cnnrun_facts facts = {0};
    cnnrun_row row = {0};
    cnnrun_scores scores = {0};
    ck_assert_ptr_null(cnnrun_catalogue_open(&no_options, error));
    wrong(error, "struct_size of cnnrun_options is 0; it must be sizeof(cnnrun_options)");
    ck_assert_ptr_null(cnnrun_run_open(dir, &no_options, error));
    wrong(error, "struct_size of cnnrun_options is 0");
    cnnrun_pipeline *pipeline = open_small("train.epochs=1", error);
    GOOD(pipeline != NULL);
    ck_assert(!cnnrun_pipeline_facts(pipeline, &facts));
    ck_assert_ptr_null(cnnrun_run_begin(pipeline, &no_begin, error));
    wrong(error, "struct_size of cnnrun_begin is 0; it must be sizeof(cnnrun_begin)");
    cnnrun_run *run = begin(pipeline, dir, CNNRUN_NEW, error);
    GOOD(run != NULL);
    ck_assert_int_eq(cnnrun_run_train(run, &no_observer, error), CNNRUN_FAILED);
    wrong(error, "struct_size of cnnrun_observer is 0; it must be sizeof(cnnrun_observer)");
    /* It has not been trained by that. */
    GOOD(cnnrun_run_train(run, NULL, error) == CNNRUN_COMPLETED);
    ck_assert(!cnnrun_run_row(run, 0, &row));
    ck_assert(!cnnrun_run_evaluate(run, "test", &scores, NULL, error));
    wrong(error, "struct_size of cnnrun_scores is 0; it must be sizeof(cnnrun_scores)");
    cnnrun_run_close(run);
    cnnrun_pipeline_close(pipeline);
    cnnrun_error_free(error);
}
END_TEST

/* Of the messages none is a fault where nobody listens. */
START_TEST(a_failure_may_be_unheard)
{
    ck_assert_ptr_null(open_small("train.epochs=0", NULL));
    ck_assert_ptr_null(cnnrun_run_open("/nonexistent", NULL, NULL));
    ck_assert_ptr_null(cnnrun_run_open_weights("/nonexistent", NULL));
}
END_TEST

START_TEST(a_folder_that_has_a_run_is_not_begun_anew)
{
    const char *dir = run_text("%s/run", unit_folder());
    cnnrun_error *error = cnnrun_error_new();
    cnnrun_pipeline *pipeline = open_small("train.epochs=1", error);
    ck_assert_ptr_null(begin(pipeline, dir, CNNRUN_STRICT + 1, error));
    wrong(error, "cnnrun_begin.resume is 4; it must be one of enum cnnrun_resume");
    ck_assert_ptr_null(begin(pipeline, dir, -1, error));
    wrong(error, "cnnrun_begin.resume is -1; it must be one of enum cnnrun_resume");
    cnnrun_run *run = begin(pipeline, dir, CNNRUN_NEW, error);
    GOOD(run && cnnrun_run_train(run, NULL, error) == CNNRUN_COMPLETED);
    cnnrun_run_close(run);
    ck_assert_ptr_null(begin(pipeline, dir, CNNRUN_NEW, error));
    ck_assert_int_eq(cnnrun_error_code(error), CNNRUN_OUTPUT);
    HAS(dir);
    cnnrun_error_clear(error);
    cnnrun_pipeline_close(pipeline);
    cnnrun_error_free(error);
}
END_TEST

typedef struct watched {
    cnnrun_run *run;
    uint64_t validated, epochs;
} watched;

static void on_validating(void *context, uint64_t epoch)
{
    watched *w = context;
    ck_assert_uint_eq(epoch, ++w->validated);
    ck_assert_uint_eq(w->epochs, w->validated - 1);
}

static void on_epoch(void *context, const cnnrun_row *row)
{
    watched *w = context;
    cnnrun_row same = {.struct_size = sizeof same};
    ck_assert_uint_eq(row->epoch, ++w->epochs);
    ck_assert_uint_eq(w->validated, w->epochs);
    ck_assert(cnnrun_run_row(w->run, row->epoch - 1, &same));
    ck_assert(same.val_loss == row->val_loss);
    ck_assert_ptr_null(cnnrun_run_finding(w->run, 0));
}

/* The training's findings and profile are those that the program shows. */
START_TEST(a_training_tells_what_it_does_and_why_it_does_not_learn)
{
    const char *dir = run_text("%s/run", unit_folder());
    cnnrun_error *error = cnnrun_error_new();
    cnnrun_pipeline *pipeline = open_small("network.initializer=zeros", error);
    cnnrun_run *run = begin(pipeline, dir, CNNRUN_NEW, error);
    watched w = {.run = run};
    const cnnrun_observer observer = {.struct_size = sizeof observer,
                                      .context = &w,
                                      .validating = on_validating,
                                      .epoch = on_epoch};
    GOOD(run != NULL);
    ck_assert_str_eq(cnnrun_run_dir(run), dir);
    ck_assert_ptr_eq(cnnrun_run_pipeline(run), pipeline);
    ck_assert_ptr_null(cnnrun_run_profile(run));
    GOOD(cnnrun_run_train(run, &observer, error) == CNNRUN_COMPLETED);
    ck_assert_uint_eq(w.validated, 2);
    ck_assert_uint_eq(w.epochs, 2);
    const char *profile = cnnrun_run_profile(run);
    ck_assert_ptr_nonnull(profile);
    ck_assert_ptr_nonnull(strstr(profile, "\ndense_1 "));
    ck_assert_ptr_nonnull(strstr(profile, "\noptimizer "));
    json_t *summary = run_summary(dir);
    const json_t *findings = json_object_get(summary, "findings");
    const size_t count = json_array_size(findings);
    ck_assert_uint_gt(count, 0);
    for (size_t i = 0; i < count; i++)
        ck_assert_str_eq(cnnrun_run_finding(run, i),
                         json_string_value(json_array_get(findings, i)));
    ck_assert_ptr_null(cnnrun_run_finding(run, count));
    json_decref(summary);
    cnnrun_run_close(run);
    cnnrun_pipeline_close(pipeline);
    cnnrun_error_free(error);
}
END_TEST

/* From outputs and labels of the samples follows the accuracy that was measured. */
START_TEST(samples_and_outputs_of_a_split)
{
    const char *dir = run_train("run", SMALL, "");
    const cnnrun_options options = options_with(NULL, 0);
    cnnrun_error *error = cnnrun_error_new();
    static float outputs[60 * 10], one[10], pixels[144];
    cnnrun_run *run = cnnrun_run_open(dir, &options, error);
    cnnrun_input input = {.struct_size = sizeof input};
    uint64_t right = 0;
    GOOD(run != NULL);
    ck_assert_uint_eq(cnnrun_run_samples(run, "test"), 0); /* not open yet */
    GOOD(cnnrun_run_open_data(run, error));
    ck_assert_uint_eq(cnnrun_run_samples(run, "test"), 60);
    ck_assert_uint_eq(cnnrun_run_samples(run, "train"), 200);
    ck_assert_uint_eq(cnnrun_run_samples(run, "validation"), 0);
    ck_assert_uint_eq(cnnrun_run_samples(run, "all"), 0);
    GOOD(cnnrun_run_outputs(run, "test", outputs, error));
    ck_assert(cnnrun_pipeline_input(cnnrun_run_pipeline(run), &input));
    for (uint64_t i = 0; i < 60; i++) {
        int32_t label = -1;
        GOOD(cnnrun_run_sample(run, "test", i, pixels, &label, error));
        right += cnnrun_output_class(outputs + 10 * i, 10) == (uint64_t)label;
        GOOD(cnnrun_run_sample(run, "test", i, NULL, NULL, error));
    }
    ck_assert_double_eq((double)right / 60, run_number(dir, "test_accuracy"));
    /* The last sample as the network sees it; cnnrun_run_predict takes the dataset's units. */
    for (size_t i = 0; i < 144; i++)
        pixels[i] = (pixels[i] - (float)input.offset) / (float)input.scale;
    GOOD(cnnrun_run_predict(run, pixels, 1, one, error));
    for (size_t i = 0; i < 10; i++)
        ck_assert_double_eq_tol((double)one[i], (double)outputs[590 + i], 1e-5);
    GOOD(cnnrun_run_predict(run, NULL, 0, NULL, error)); /* none */
    ck_assert(!cnnrun_run_sample(run, "test", 60, pixels, NULL, error));
    wrong(error, "sample 60 of the test data was asked for; there are 60");
    ck_assert(!cnnrun_run_sample(run, "validation", 0, pixels, NULL, error));
    wrong(error, "the split is 'validation'; it must be train, validation or test, and the run's "
                 "pipeline must have it");
    ck_assert(!cnnrun_run_outputs(run, "all", outputs, error));
    wrong(error, "the split is 'all'");
    cnnrun_run_close(run);
    cnnrun_error_free(error);
}
END_TEST

START_TEST(the_class_of_an_output)
{
    const float first[] = {1, 3, 3, 2}, nan_last[] = {1, 3, 3, NAN}, nan_first[] = {NAN, 1};
    ck_assert_uint_eq(cnnrun_output_class(first, 4), 1);
    ck_assert_uint_eq(cnnrun_output_class(nan_last, 4), 4);
    ck_assert_uint_eq(cnnrun_output_class(nan_first, 2), 2);
}
END_TEST

START_TEST(a_run_that_was_opened_is_not_trained)
{
    const char *dir = run_train("run", SMALL, "");
    const cnnrun_options options = options_with(NULL, 0);
    cnnrun_error *error = cnnrun_error_new();
    cnnrun_standing standing = {.struct_size = sizeof standing};
    cnnrun_row row = {.struct_size = sizeof row};
    cnnrun_scores scores = {.struct_size = sizeof scores};
    cnnrun_run *run = cnnrun_run_open(dir, &options, error);
    GOOD(run != NULL);
    ck_assert_str_eq(cnnrun_run_dir(run), dir);
    ck_assert_int_eq(cnnrun_run_train(run, NULL, error), CNNRUN_FAILED);
    wrong(error, "the run was opened, not begun; it cannot be trained");
    ck_assert(!cnnrun_run_standing(run, &standing));
    ck_assert(!cnnrun_run_row(run, 0, &row));
    ck_assert(!cnnrun_run_check(run, error));
    ck_assert_ptr_null(cnnrun_run_finding(run, 0));
    ck_assert_ptr_null(cnnrun_run_profile(run));
    ck_assert(!cnnrun_run_save(run, dir, error)); /* there is a run */
    ck_assert_int_eq(cnnrun_error_code(error), CNNRUN_OUTPUT);
    HAS(dir);
    cnnrun_error_clear(error);
    cnnrun_run_stop(run, 3);
    ck_assert(!cnnrun_run_evaluate(run, "test", &scores, NULL, error));
    wrong(error, "the run was stopped");
    cnnrun_run_close(run);
    cnnrun_error_free(error);
}
END_TEST

static cnnrun_weight weight_of(const cnnrun_run *run, const char *name)
{
    cnnrun_weight weight = {.struct_size = sizeof weight};
    for (size_t i = 0; cnnrun_run_weight(run, i, &weight); i++)
        if (strcmp(weight.name, name) == 0)
            return weight;
    ck_abort_msg("no weight is called %s", name);
}

/* Names, shapes and bits are those of the run that is opened with its pipeline. */
START_TEST(weights_alone_are_read_and_that_is_all)
{
    const char *dir = run_train("run", SMALL, "");
    const cnnrun_options options = options_with(NULL, 0);
    cnnrun_error *error = cnnrun_error_new();
    cnnrun_weight weight = {.struct_size = sizeof weight};
    cnnrun_scores scores = {.struct_size = sizeof scores};
    static float a[4096], b[4096];
    cnnrun_run *run = cnnrun_run_open_weights(dir, error),
               *whole = cnnrun_run_open(dir, &options, error);
    size_t count = 0;
    GOOD(run && whole);
    ck_assert_ptr_null(cnnrun_run_pipeline(run));
    for (; cnnrun_run_weight(run, count, &weight); count++) {
        const cnnrun_weight same = weight_of(whole, weight.name);
        ck_assert_uint_eq(weight.rank, same.rank);
        ck_assert_mem_eq(weight.dim, same.dim, sizeof weight.dim);
        ck_assert_uint_eq(weight.count, same.count);
        ck_assert(weight.trained && same.trained);
        GOOD(cnnrun_run_weight_get(run, weight.name, a, weight.count, error));
        GOOD(cnnrun_run_weight_get(whole, weight.name, b, weight.count, error));
        ck_assert_mem_eq(a, b, weight.count * sizeof *a);
    }
    ck_assert_uint_eq(count, 6);
    ck_assert(!cnnrun_run_weight(whole, count, &weight));
    ck_assert(!cnnrun_run_weight_get(run, "conv2d/biass", a, 4, error));
    wrong(error, "no weight is called 'conv2d/biass'; did you mean 'conv2d/bias'?");
    ck_assert(!cnnrun_run_weight_get(run, "conv2d/bias", a, 5, error));
    wrong(error, "weight 'conv2d/bias' has 4 elements; 5 were given");
    const char *only = run_text("%s: only the run's weights were opened", dir);
    ck_assert(!cnnrun_run_weight_set(run, "conv2d/bias", a, 4, error));
    wrong(error, only);
    ck_assert(!cnnrun_run_save(run, run_text("%s-copy", dir), error));
    wrong(error, only);
    ck_assert(!cnnrun_run_predict(run, a, 1, b, error));
    wrong(error, only);
    ck_assert(!cnnrun_run_open_data(run, error));
    wrong(error, only);
    ck_assert(!cnnrun_run_evaluate(run, "test", &scores, NULL, error));
    wrong(error, only);
    cnnrun_run_close(whole);
    cnnrun_run_close(run);
    const char *empty = run_text("%s-empty", dir);
    ck_assert_int_eq(system(run_text("mkdir %s", empty)), 0);
    ck_assert_ptr_null(cnnrun_run_open_weights(empty, error));
    ck_assert_int_eq(cnnrun_error_code(error), CNNRUN_OUTPUT);
    HAS("there is no checkpoint.safetensors yet");
    cnnrun_error_free(error);
}
END_TEST

/* Two epochs of 200 samples; what is measured in between does not count. */
START_TEST(a_statistic_is_kept_by_the_layer_and_not_trained)
{
    const char *mine = unit_folder();
    run_compile("counts_samples", "-Iinclude", mine);
    const char *const paths[] = {mine, run_text("%s/plugins", unit_build())};
    const cnnrun_options options = {
        .struct_size = sizeof options, .plugin_paths = paths, .plugin_path_count = 2};
    const char *way = run_text("--plugin-path %s", mine);
    const char *dir = run_train("run", "tests/pipelines/statistics.yaml", way);
    cnnrun_error *error = cnnrun_error_new();
    cnnrun_run *run = cnnrun_run_open(dir, &options, error);
    float seen = 0;
    GOOD(run != NULL);
    GOOD(cnnrun_run_weight_get(run, "counts_samples/seen", &seen, 1, error));
    ck_assert(seen == 400);
    ck_assert(!weight_of(run, "counts_samples/seen").trained);
    ck_assert(weight_of(run, "conv2d/bias").trained);
    seen = 7;
    GOOD(cnnrun_run_weight_set(run, "counts_samples/seen", &seen, 1, error));
    GOOD(cnnrun_run_save(run, run_text("%s-copy", dir), error));
    cnnrun_run_close(run);
    run = cnnrun_run_open(run_text("%s-copy", dir), &options, error);
    seen = 0;
    GOOD(run && cnnrun_run_weight_get(run, "counts_samples/seen", &seen, 1, error));
    ck_assert(seen == 7);
    cnnrun_run_close(run);
    cnnrun_error_free(error);
    /* The same with other threads, and when it is taken up again. */
    run_same(dir, run_train("threads", "tests/pipelines/statistics.yaml",
                            run_text("%s --threads 3", way)));
    run_train("again", "tests/pipelines/statistics.yaml", run_text("%s --epochs 1", way));
    run_same(dir, run_train("again", "tests/pipelines/statistics.yaml",
                            run_text("%s --epochs 2 --resume", way)));
}
END_TEST

/* Writes the run's checkpoint as the first versions did, without what the network takes. */
static void forget_input(const char *dir)
{
    cnn_checkpoint checkpoint = {0};
    cnn_report report = {0};
    bool found;
    size_t kept = 0;
    ck_assert(cnn_checkpoint_read(&checkpoint, dir, &found, &report) && found);
    const size_t all = checkpoint.metadata_count;
    for (size_t i = 0; i < all; i++) {
        char *key = checkpoint.keys[i], *value = checkpoint.values[i];
        if (strncmp(key, "input.", 6) == 0 || strcmp(key, "checksum") == 0) {
            free(key);
            free(value);
            continue;
        }
        checkpoint.keys[kept] = key;
        checkpoint.values[kept++] = value;
    }
    ck_assert_uint_ge(all - kept, 5);
    checkpoint.metadata_count = kept;
    ck_assert(cnn_checkpoint_write(&checkpoint, dir, 1, &report));
    cnn_checkpoint_free(&checkpoint);
    cnn_report_free(&report);
}

START_TEST(a_checkpoint_of_a_first_version_needs_the_data)
{
    const char *dir = run_train("run", SMALL, "");
    const cnnrun_setting gone = {.assignment = "data.train={idx: {path: /nonexistent}}"};
    const cnnrun_options options = options_with(NULL, 0), without = options_with(&gone, 1);
    cnnrun_error *error = cnnrun_error_new();
    float outputs[10] = {0}, same[10] = {0};
    static const float pixels[144];
    cnnrun_run *run = cnnrun_run_open(dir, &without, error);
    GOOD(run && cnnrun_run_predict(run, pixels, 1, outputs, error));
    ck_assert_uint_eq(cnnrun_run_samples(run, "test"), 0);
    cnnrun_run_close(run);
    forget_input(dir);
    run = cnnrun_run_open(dir, &options, error);
    GOOD(run && cnnrun_run_predict(run, pixels, 1, same, error));
    ck_assert_mem_eq(outputs, same, sizeof outputs);
    ck_assert_uint_eq(cnnrun_run_samples(run, "test"), 60); /* they were opened for it */
    cnnrun_run_close(run);
    ck_assert_ptr_null(cnnrun_run_open(dir, &without, error));
    ck_assert_int_eq(cnnrun_error_code(error), CNNRUN_DATA);
    HAS("/nonexistent");
    HAS("it does not say what the network takes, as those of later versions of cnnrun do; so the "
        "run needs its training data");
    cnnrun_error_free(error);
}
END_TEST

START_TEST(data_of_another_shape_are_not_the_runs)
{
    const char *dir = run_train("run", SMALL, "");
    const cnnrun_setting larger[] = {{.assignment = "data.train.synthetic_digits.size=14"},
                                     {.assignment = "data.test.synthetic_digits.size=14"}};
    const cnnrun_options options = options_with(larger, 2);
    cnnrun_error *error = cnnrun_error_new();
    cnnrun_run *run = cnnrun_run_open(dir, &options, error);
    GOOD(run != NULL);
    ck_assert(!cnnrun_run_open_data(run, error));
    ck_assert_int_eq(cnnrun_error_code(error), CNNRUN_DATA);
    HAS("train data: images are 14 x 14 x 1 in 10 classes; the run was trained on 12 x 12 x 1 in "
        "10");
    cnnrun_run_close(run);
    cnnrun_error_free(error);
}
END_TEST

START_TEST(a_warning_comes_with_a_pipeline_that_is_opened)
{
    cnnrun_error *error = cnnrun_error_new();
    cnnrun_pipeline *pipeline = open_small("network.layers.5.dense.activation=linear", error);
    GOOD(pipeline != NULL);
    ck_assert_int_eq(cnnrun_error_code(error), CNNRUN_OK);
    ck_assert_uint_eq(cnnrun_error_count(error), 1);
    HAS("warning: " SMALL);
    HAS("loss 'categorical_crossentropy' takes probabilities, but the network does not end in "
        "softmax; end it in softmax, or use a loss on logits");
    cnnrun_pipeline_close(pipeline);
    cnnrun_error_free(error);
}
END_TEST

START_TEST(the_library_says_its_version)
{
    ck_assert_str_eq(run_cnnrun("--version").out, run_text("cnnrun %s\n", cnnrun_version()));
    ck_assert_ptr_null(cnnrun_kind_name(0));
    ck_assert_ptr_null(cnnrun_kind_name(1000));
}
END_TEST

UNIT_MAIN("library's calls", null_fails_and_adds_nothing, a_struct_without_its_size_is_a_fault,
          a_failure_may_be_unheard, a_folder_that_has_a_run_is_not_begun_anew,
          a_training_tells_what_it_does_and_why_it_does_not_learn, samples_and_outputs_of_a_split,
          the_class_of_an_output, a_run_that_was_opened_is_not_trained,
          weights_alone_are_read_and_that_is_all, a_statistic_is_kept_by_the_layer_and_not_trained,
          a_checkpoint_of_a_first_version_needs_the_data, data_of_another_shape_are_not_the_runs,
          a_warning_comes_with_a_pipeline_that_is_opened, the_library_says_its_version)
