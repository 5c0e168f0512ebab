/* test_library.c - libcnnrun: its functions, and two programs outside that use an installed one. */
#include <cnnrun/cnnrun.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "base/memory.h"
#include "run_library.h"
#include "run_outside.h"

#define SIDE 12u
#define PIXELS (SIDE * SIDE)

START_TEST(failures_are_text)
{
    cnnrun_error *error = cnnrun_error_new();
    cnnrun_message message = {.struct_size = sizeof message};
    ck_assert_str_eq(cnnrun_error_text(error), "");
    ck_assert_ptr_null(cnnrun_pipeline_open("/nonexistent.yaml", NULL, error));
    ck_assert_int_eq(cnnrun_error_code(error), CNNRUN_PIPELINE);
    HAS("/nonexistent.yaml");
    ck_assert_ptr_null(cnnrun_run_begin(NULL, NULL, error));
    ck_assert_uint_eq(cnnrun_error_count(error), 1);
    cnnrun_error_clear(error);
    ck_assert_ptr_null(cnnrun_pipeline_parse("a: [", 4, "text.yaml", NULL, error));
    ck_assert(cnnrun_error_message(error, 0, &message));
    ck_assert_str_eq(message.file, "text.yaml");
    ck_assert_int_gt(message.line, 0);
    ck_assert(!cnnrun_error_message(error, 1, &message));
    cnnrun_error_clear(error);
    ck_assert_ptr_null(open_small("loss=hingee", error));
    ck_assert_int_eq(cnnrun_error_code(error), CNNRUN_PLUGIN);
    HAS("'hingee' not found");
    cnnrun_error_clear(error);
    ck_assert_ptr_null(open_small("train.epochs=0", error));
    HAS("train.epochs=0: ");
    cnnrun_error_clear(error);
    ck_assert_ptr_null(cnnrun_run_open("/nonexistent", NULL, error));
    ck_assert_int_eq(cnnrun_error_code(error), CNNRUN_OUTPUT);
    cnnrun_error_clear(error);
    const cnnrun_options none = {0};
    ck_assert_ptr_null(cnnrun_pipeline_open(SMALL, &none, error));
    ck_assert_int_eq(cnnrun_error_code(error), CNNRUN_USAGE);
    cnnrun_error_free(error);
}
END_TEST

START_TEST(facts_of_a_pipeline)
{
    cnnrun_error *error = cnnrun_error_new();
    cnnrun_setting setting = {.assignment = "seed=7"};
    const cnnrun_options options = options_with(&setting, 1);
    cnnrun_facts facts = {.struct_size = sizeof facts};
    cnnrun_pipeline *pipeline = cnnrun_pipeline_open(SMALL, &options, error);
    GOOD(cnnrun_pipeline_facts(pipeline, &facts));
    ck_assert_int_eq(facts.seed, 7);
    ck_assert_uint_eq(facts.train, 200);
    ck_assert_uint_eq(facts.metric_count, 1);
    ck_assert_str_eq(cnnrun_pipeline_metric(pipeline, 0), "mean_squared_error");
    ck_assert_ptr_nonnull(strstr(cnnrun_pipeline_text(pipeline), "seed: 7"));
    ck_assert_ptr_nonnull(strstr(cnnrun_pipeline_network(pipeline), "max_pooling2d"));
    ck_assert_str_eq(cnnrun_pipeline_class(pipeline, 9), "9");
    ck_assert_ptr_null(cnnrun_pipeline_class(pipeline, 10));
    cnnrun_pipeline_close(pipeline);
    setting = (cnnrun_setting){.assignment = "train.epochs=0", .origin = "--epochs 0"};
    ck_assert_ptr_null(cnnrun_pipeline_open(SMALL, &options, error));
    HAS("--epochs 0: ");
    cnnrun_error_clear(error);
    setting.assignment = NULL;
    ck_assert_ptr_null(cnnrun_pipeline_open(SMALL, &options, error));
    HAS("setting 1 is ''; it must be PATH=VALUE");
    cnnrun_error_free(error);
}
END_TEST

typedef struct watched {
    cnnrun_run *run;
    uint64_t steps, epochs, stop_at;
} watched;

static void on_step(void *context, const cnnrun_step *step)
{
    watched *w = context;
    ck_assert_uint_eq(step->steps, 5);
    if (++w->steps == w->stop_at)
        cnnrun_run_stop(w->run, 42);
}

static void on_epoch(void *context, const cnnrun_row *row)
{
    watched *w = context;
    ck_assert_uint_eq(row->epoch, ++w->epochs);
}

static int train(cnnrun_run *run, watched *w, cnnrun_error *error)
{
    const cnnrun_observer observer = {
        .struct_size = sizeof observer, .context = w, .step = on_step, .epoch = on_epoch};
    w->run = run;
    return cnnrun_run_train(run, &observer, error);
}

/* Two runs at once; one is stopped in its second epoch, and resumed to the bits of the other. */
START_TEST(stops_and_resumes_beside_another)
{
    const char *folder = unit_folder(), *a = run_text("%s/a", folder),
               *b = run_text("%s/b", folder);
    cnnrun_error *error = cnnrun_error_new();
    cnnrun_pipeline *first = open_small(NULL, error), *second = open_small(NULL, error);
    cnnrun_run *whole = begin(first, a, CNNRUN_NEW, error),
               *cut = begin(second, b, CNNRUN_NEW, error);
    watched seen = {0}, stopped = {.stop_at = 7};
    cnnrun_standing standing = {.struct_size = sizeof standing};
    cnnrun_row row = {.struct_size = sizeof row};
    GOOD(whole && cut);
    ck_assert_ptr_null(begin(first, run_text("%s/c", folder), CNNRUN_NEW, error));
    HAS("has a run already");
    cnnrun_error_clear(error);
    ck_assert_int_eq(train(cut, &stopped, error), CNNRUN_INTERRUPTED);
    ck_assert_int_eq(cnnrun_run_stopped(cut), 42);
    ck_assert(cnnrun_run_standing(cut, &standing) && !standing.resumed);
    ck_assert_uint_eq(standing.epoch, 1);
    ck_assert_uint_eq(standing.step, 2);
    ck_assert_int_eq(train(whole, &seen, error), CNNRUN_COMPLETED);
    GOOD(seen.steps == 10 && seen.epochs == 2);
    ck_assert(cnnrun_run_standing(whole, &standing) && standing.test_samples == 60);
    ck_assert(!standing.stopped_by && !standing.stop_reason);
    ck_assert(cnnrun_run_row(whole, 1, &row) && !cnnrun_run_row(whole, 2, &row));
    ck_assert_int_eq(train(whole, &seen, error), CNNRUN_FAILED);
    HAS("trained already");
    cnnrun_error_clear(error);
    cnnrun_run_close(cut);
    cut = begin(second, b, CNNRUN_RESUME, error);
    GOOD(cnnrun_run_standing(cut, &standing) && standing.resumed);
    stopped = (watched){.epochs = 1};
    ck_assert_int_eq(train(cut, &stopped, error), CNNRUN_COMPLETED);
    ck_assert(cnnrun_run_check(cut, error));
    run_same(a, b);
    cnnrun_run_close(cut);
    cnnrun_run_close(whole);
    cnnrun_pipeline_close(second);
    cnnrun_pipeline_close(first);
    cnnrun_error_free(error);
}
END_TEST

/* Who has stopped a training, also when it is taken up again; a caller who was compiled before
 * these fields were there is not given them. */
START_TEST(says_who_has_stopped_it)
{
    const cnnrun_setting settings[] = {
        {.assignment = "callbacks=[{early_stopping: {monitor: loss, mode: max}}]"},
        {.assignment = "train.epochs=9"}};
    const cnnrun_options options = options_with(settings, 2);
    const char *dir = run_text("%s/run", unit_folder());
    cnnrun_error *error = cnnrun_error_new();
    cnnrun_pipeline *pipeline = cnnrun_pipeline_open(SMALL, &options, error);
    for (int i = 0; i < 2; i++) {
        cnnrun_run *run = begin(pipeline, dir, i ? CNNRUN_RESUME : CNNRUN_NEW, error);
        cnnrun_standing standing = {.struct_size = sizeof standing},
                        older = {.struct_size = offsetof(cnnrun_standing, stopped_by)};
        GOOD(run && cnnrun_run_train(run, NULL, error) == CNNRUN_COMPLETED);
        GOOD(cnnrun_run_standing(run, &standing));
        ck_assert_uint_eq(standing.epoch, 2);
        ck_assert_str_eq(standing.stopped_by, "early_stopping");
        ck_assert_str_eq(standing.stop_reason, "loss has not improved for 1 epoch");
        GOOD(cnnrun_run_standing(run, &older));
        ck_assert(older.epoch == 2 && !older.stopped_by);
        cnnrun_run_close(run);
    }
    cnnrun_pipeline_close(pipeline);
    cnnrun_error_free(error);
}
END_TEST

/* One image as an IDX file, the i-th pixel i. */
static void write_image(const char *path, float *pixels)
{
    const unsigned char head[] = {0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, SIDE, 0, 0, 0, SIDE};
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    fwrite(head, 1, sizeof head, file);
    for (unsigned i = 0; i < PIXELS; i++) {
        fputc((int)i, file);
        pixels[i] = (float)i;
    }
    fclose(file);
}

/* What `cnnrun predict --json` says, without the data of the run. */
START_TEST(predicts_without_data_as_the_command_does)
{
    const char *run = run_train("run", SMALL, ""), *image = run_text("%s-image", run),
               *copy = run_text("%s-copy", run);
    const cnnrun_setting gone = {.assignment = "data.train={idx: {path: /nonexistent}}"};
    const cnnrun_options options = options_with(&gone, 1);
    cnnrun_error *error = cnnrun_error_new();
    cnnrun_input input = {.struct_size = sizeof input};
    cnnrun_scores scores = {.struct_size = sizeof scores};
    float pixels[PIXELS], outputs[10];
    write_image(image, pixels);
    cnnrun_run *opened = cnnrun_run_open(run, &options, error);
    GOOD(cnnrun_pipeline_input(cnnrun_run_pipeline(opened), &input));
    ck_assert_uint_eq(input.size, PIXELS);
    ck_assert(input.probabilities);
    for (size_t i = 0; i < PIXELS && !input.bytes; i++)
        pixels[i] /= 255;
    GOOD(cnnrun_run_predict(opened, pixels, 1, outputs, error));
    GOOD(cnnrun_run_save(opened, copy, error));
    json_t *root = json_loads(run_cnnrun("predict --json %s %s:0", copy, image).out, 0, NULL);
    const json_t *list = json_object_get(json_array_get(root, 0), "probabilities");
    ck_assert_uint_eq(json_array_size(list), 10);
    for (size_t i = 0; i < 10; i++)
        ck_assert((float)json_real_value(json_array_get(list, i)) == outputs[i]);
    json_decref(root);
    ck_assert(!cnnrun_run_evaluate(opened, "test", &scores, NULL, error));
    ck_assert_int_eq(cnnrun_error_code(error), CNNRUN_DATA);
    cnnrun_run_close(opened);
    cnnrun_error_free(error);
}
END_TEST

START_TEST(weights_are_read_written_and_saved)
{
    const char *run = run_train("run", SMALL, ""), *copy = run_text("%s-copy", run);
    const cnnrun_options options = options_with(NULL, 0);
    cnnrun_error *error = cnnrun_error_new();
    cnnrun_weight weight = {.struct_size = sizeof weight};
    cnnrun_scores before = {.struct_size = sizeof before}, after = before;
    uint64_t confusion[100], sum = 0;
    float kernel[36], bias[4] = {1, 2, 3, 4}, back[4];
    cnnrun_run *opened = cnnrun_run_open(run, &options, error);
    GOOD(cnnrun_run_weight(opened, 0, &weight));
    ck_assert_str_eq(weight.name, "conv2d/kernel");
    ck_assert_uint_eq(weight.count, 36);
    GOOD(cnnrun_run_weight_get(opened, weight.name, kernel, 36, error));
    GOOD(cnnrun_run_evaluate(opened, "test", &before, confusion, error));
    for (size_t i = 0; i < 100; i++)
        sum += confusion[i];
    ck_assert_uint_eq(sum, 60);
    ck_assert(before.accuracy == run_number(run, "test_accuracy"));
    ck_assert(before.loss == run_number(run, "test_loss"));
    ck_assert_double_gt(before.seconds, 0);
    ck_assert(!cnnrun_run_weight_set(opened, "conv2d/biass", bias, 4, error));
    HAS("did you mean 'conv2d/bias'");
    cnnrun_error_clear(error);
    ck_assert(!cnnrun_run_weight_set(opened, "conv2d/bias", bias, 3, error));
    cnnrun_error_clear(error);
    GOOD(cnnrun_run_weight_set(opened, "conv2d/bias", bias, 4, error));
    GOOD(cnnrun_run_evaluate(opened, "test", &after, NULL, error));
    ck_assert(after.loss != before.loss);
    GOOD(cnnrun_run_save(opened, copy, error));
    cnnrun_run_close(opened);
    opened = cnnrun_run_open_weights(copy, error);
    GOOD(cnnrun_run_weight_get(opened, "conv2d/bias", back, 4, error));
    ck_assert_mem_eq(bias, back, sizeof back);
    ck_assert(!cnnrun_run_predict(opened, kernel, 1, kernel, error));
    cnnrun_error_clear(error);
    cnnrun_run_close(opened);
    opened = cnnrun_run_open(copy, &options, error);
    GOOD(cnnrun_run_evaluate(opened, "test", &before, NULL, error));
    ck_assert(after.loss == before.loss);
    cnnrun_run_close(opened);
    run_exits(run_cnnrun("evaluate %s", copy), 0);
    cnnrun_error_free(error);
}
END_TEST

START_TEST(lists_plugins_and_their_parameters)
{
    const cnnrun_options options = options_with(NULL, 0);
    cnnrun_error *error = cnnrun_error_new();
    cnnrun_catalogue *catalogue = cnnrun_catalogue_open(&options, error);
    cnnrun_entry entry = {.struct_size = sizeof entry};
    cnnrun_plugin plugin = {.struct_size = sizeof plugin};
    cnnrun_parameter parameter = {.struct_size = sizeof parameter};
    bool found = false;
    GOOD(catalogue && cnnrun_error_count(error) == 0);
    for (size_t i = 0; cnnrun_catalogue_entry(catalogue, i, &entry); i++) {
        if (strcmp(entry.name, "adam") != 0)
            continue;
        found = true;
        ck_assert_str_eq(cnnrun_kind_name(entry.kind), "optimizer");
        ck_assert(!cnnrun_catalogue_parameter(catalogue, i, 0, &parameter));
        GOOD(cnnrun_catalogue_plugin(catalogue, i, &plugin, error));
        ck_assert_uint_gt(plugin.parameter_count, 1);
        ck_assert_str_eq(plugin.place, "optimizer: ");
        uint32_t kind = 0;
        GOOD(cnnrun_plugin_kind(plugin.file, &kind, error));
        ck_assert_uint_eq(kind, plugin.kind);
        ck_assert(cnnrun_catalogue_parameter(catalogue, i, 0, &parameter));
        ck_assert_str_eq(parameter.name, "learning_rate");
        ck_assert_str_eq(parameter.type, "real");
        ck_assert_ptr_nonnull(parameter.fallback);
    }
    ck_assert(found);
    ck_assert(!cnnrun_plugin_kind(SMALL, &entry.kind, error));
    ck_assert_int_eq(cnnrun_error_code(error), CNNRUN_PLUGIN);
    HAS(SMALL ": is no plugin: ");
    cnnrun_error_clear(error);
    ck_assert(!cnnrun_plugin_kind("/nonexistent.so", &entry.kind, error));
    HAS("/nonexistent.so: ");
    cnnrun_catalogue_close(catalogue);
    cnnrun_error_free(error);
}
END_TEST

static void end_with_9(void)
{
    _exit(9);
}

START_TEST(the_handler_of_memory_is_the_callers)
{
    const pid_t child = fork();
    if (child == 0) {
        cnnrun_on_out_of_memory(end_with_9);
        free(cnn_realloc(NULL, SIZE_MAX,
                         SIZE_MAX)); /* what the library's allocations come down to */
        _exit(1);
    }
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 9);
}
END_TEST

static bool is_handled(int number)
{
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_DFL;
}

/* That a plugin is then named, test_crash.c shows by the program. */
START_TEST(handlers_are_installed_by_one_function_alone)
{
    const pid_t child = fork();
    if (child == 0) {
        cnnrun_pipeline_close(open_small(NULL, NULL));
        const bool before = is_handled(SIGTRAP);
        cnnrun_name_crashes();
        _exit(!before && is_handled(SIGTRAP) ? 0 : 1);
    }
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(programs_outside_use_an_installed_one)
{
    const char *folder = unit_folder(), *usr = run_text("%s/usr", folder);
    run_shell(run_text("make -s -o all install BUILD=%s PREFIX=%s", unit_build(), usr));
    const char *found =
        run_text("export PKG_CONFIG_PATH=%s/lib/pkgconfig LD_LIBRARY_PATH=%s/lib;", usr, usr);
    run_shell(run_text("! nm -D --defined-only %s/lib/libcnnrun.so.0 | grep -v ' cnnrun_'", usr));
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
    printf("a sanitized library needs a sanitized program; this part of the test is left out\n");
    return;
#endif
    run_shell(
        run_text("%s ${CC:-cc} -std=c11 -Wall -Wextra -Werror tests/outside/train_and_predict.c "
                 "$(pkg-config --cflags --libs cnnrun) -o %s/program",
                 found, folder));
    const run_result r =
        run_shell(run_text("%s %s/program " SMALL " %s/run", found, folder, folder));
    ck_assert_ptr_nonnull(strstr(r.out, "epoch 2: loss"));
    ck_assert_ptr_nonnull(strstr(r.out, "of 8 right"));
    ck_assert_str_eq(r.err, "");
    if (run_wait(run_spawn("/bin/sh", (const char *const[]){"-c", "command -v python3", NULL}))
            .code) {
        printf("python3 is not installed; its part of the test is left out\n");
        return;
    }
    ck_assert_ptr_nonnull(
        strstr(run_shell(run_text("python3 tests/outside/predict.py %s/lib/libcnnrun.so.0 %s/run",
                                  usr, folder))
                   .out,
               "weights, the last is"));
}
END_TEST

UNIT_MAIN("library", failures_are_text, facts_of_a_pipeline, stops_and_resumes_beside_another,
          says_who_has_stopped_it, predicts_without_data_as_the_command_does,
          weights_are_read_written_and_saved, lists_plugins_and_their_parameters,
          the_handler_of_memory_is_the_callers, handlers_are_installed_by_one_function_alone,
          programs_outside_use_an_installed_one)
