/* test_metric.c - metrics: their values against golden ones, their columns, and sums that do not
 * depend on threads or on where a training was cut. */
#include "run_outside.h"
#include "run_watch.h"
#include "unit_plugin.h"

#include "../golden/metrics.h"

#define SPOTS "tests/pipelines/spots.yaml"
#define METRICS "tests/pipelines/metrics.yaml"
#define MOST 5

/* ---- values ------------------------------------------------------------------------------------
 */

/* The values that a metric gives for the samples of metrics.py, in shards of 16. */
static void expect(const cnn_instance *metric, const double *golden, uint64_t count)
{
    static float outputs[GOLDEN_SAMPLES * GOLDEN_CLASSES];
    static int32_t labels[GOLDEN_SAMPLES];
    cnn_metric_plan plan = {
        .struct_size = sizeof plan, .size = GOLDEN_CLASSES, .classes = GOLDEN_CLASSES};
    cnn_error error = {0};
    double values[MOST];
    for (uint32_t i = 0; i < GOLDEN_SAMPLES; i++) {
        uint32_t best = 0;
        float *output = outputs + i * GOLDEN_CLASSES;
        for (uint32_t c = 0; c < GOLDEN_CLASSES; c++) {
            output[c] = (float)((37 * i + 53 * c + 11 * i * c) % 97) / 128;
            best = output[c] > output[best] ? c : best;
        }
        labels[i] = (int32_t)(i % 3 == 0 ? best : i * i % 4);
    }
    ck_assert_msg(metric->file->metric.plan(metric->self, &plan, &error) == 0, "%s", error.text);
    ck_assert_uint_eq(plan.values, count);
    double *sums = calloc(plan.sums, sizeof *sums);
    for (uint64_t i = 0; i < GOLDEN_SAMPLES; i += 16) {
        const uint64_t left = GOLDEN_SAMPLES - i;
        const cnn_metric_shard shard = {sizeof shard,   left < 16 ? left : 16,
                                        GOLDEN_CLASSES, outputs + i * GOLDEN_CLASSES,
                                        labels + i,     NULL};
        metric->file->metric.add(metric->self, &shard, sums);
    }
    metric->file->metric.values(metric->self, GOLDEN_SAMPLES, sums, values);
    for (uint64_t v = 0; v < count; v++)
        ck_assert_double_eq_tol(values[v], golden[v], 1e-12);
    free(sums);
}

static void expect_of(const char *spec, const double *golden, uint64_t count)
{
    cnn_instance *metric = unit_instance(CNN_KIND_METRIC, spec);
    expect(metric, golden, count);
    cnn_instance_free(metric);
}

START_TEST(shipped_metrics_are_golden)
{
    expect_of("accuracy", golden_accuracy, 1);
    expect_of("f1_score", golden_f1_score, 1);
    expect_of("f1_score: {average: micro}", golden_f1_score + 1, 1);
    expect_of("f1_score: {average: weighted}", golden_f1_score + 2, 1);
    expect_of("f1_score: {average: null}", golden_f1_score + 3, GOLDEN_CLASSES);
    expect_of("f1_score: {threshold: 0.5}", golden_f1_score_above_half, 1);
    expect_of("f1_score: {threshold: 0.5, average: micro}", golden_f1_score_above_half + 1, 1);
    expect_of("precision", golden_precision, 1);
    expect_of("precision: {average: weighted}", golden_precision + 2, 1);
    expect_of("precision: {average: null}", golden_precision + 3, GOLDEN_CLASSES);
    expect_of("precision: {threshold: 0.5, average: micro}", golden_precision_above_half + 1, 1);
    expect_of("precision: {threshold: 0.5, average: null}", golden_precision_above_half + 3,
              GOLDEN_CLASSES);
    expect_of("recall", golden_recall, 1);
    expect_of("recall: {average: weighted}", golden_recall + 2, 1);
    expect_of("recall: {average: null}", golden_recall + 3, GOLDEN_CLASSES);
    expect_of("recall: {threshold: 0.5, average: micro}", golden_recall_above_half + 1, 1);
    expect_of("recall: {threshold: 0.5}", golden_recall_above_half, 1);
}
END_TEST

START_TEST(ranks_and_areas_are_golden)
{
    for (uint64_t k = 1; k <= GOLDEN_CLASSES + 1; k++) {
        char spec[32];
        (void)snprintf(spec, sizeof spec, "top_k: {k: %d}", (int)k);
        expect_of(spec, golden_top_k + k - 1, 1);
    }
    expect_of("top_k", golden_top_k + 4, 1);
    expect_of("auc", golden_auc, 1);
    expect_of("auc: {average: micro}", golden_auc + 1, 1);
    expect_of("auc: {num_thresholds: 17}", golden_auc_of_17, 1);
    expect_of("auc: {num_thresholds: 17, average: micro}", golden_auc_of_17 + 1, 1);
    expect_of("auc: {num_thresholds: 2}", golden_auc_of_2, 1);
}
END_TEST

/* Two samples of class 0 and one of class 1, whose numbers stand in the outputs. */
static double of_three(const char *spec, const float *outputs)
{
    static const int32_t labels[] = {0, 0, 1};
    cnn_instance *metric = unit_instance(CNN_KIND_METRIC, spec);
    cnn_metric_plan plan = {.struct_size = sizeof plan, .size = 2, .classes = 2};
    const cnn_metric_shard shard = {sizeof shard, 3, 2, outputs, labels, NULL};
    cnn_error error = {0};
    double value;
    ck_assert_int_eq(metric->file->metric.plan(metric->self, &plan, &error), 0);
    double *sums = calloc(plan.sums, sizeof *sums);
    metric->file->metric.add(metric->self, &shard, sums);
    metric->file->metric.values(metric->self, 3, sums, &value);
    free(sums);
    cnn_instance_free(metric);
    return value;
}

START_TEST(ties_ends_and_no_numbers)
{
    const float equal[] = {0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f}; /* the first counts */
    ck_assert_double_eq_tol(of_three("top_k: {k: 1}", equal), 2.0 / 3, 1e-15);
    ck_assert_double_eq(of_three("top_k: {k: 2}", equal), 1);
    ck_assert_double_eq(of_three("auc", equal), 0.5);
    const float none[] = {NAN, 0, NAN, 1, NAN, NAN};
    ck_assert_double_eq(of_three("top_k: {k: 2}", none), 0);
    const float sure[] = {1, 0, 1, 0, 0, 1}, wild[] = {3, -7, INFINITY, -INFINITY, -1, 9};
    ck_assert_double_eq(of_three("auc", sure), 1);
    ck_assert_double_eq(of_three("auc", wild), 1);
    ck_assert_double_eq(of_three("precision", equal), 1.0 / 3); /* class 1 is never called */
    ck_assert_double_eq(of_three("recall", equal), 0.5);
}
END_TEST

START_TEST(an_area_under_a_curve_is_golden)
{
    const char *folder = unit_folder();
    cnn_report report = {0};
    run_compile("my_auc", "-Iinclude", folder);
    cnn_plugins *plugins = cnn_plugins_new(&folder, 1, &report);
    unit_no_faults(&report);
    cnn_instance *auc = cnn_instance_make(
        plugins, &(cnn_instance_spec){.kind = CNN_KIND_METRIC, .name = "my_auc"}, &report);
    unit_no_faults(&report);
    expect(auc, golden_auc, 1);
    cnn_instance_free(auc);
    cnn_plugins_free(plugins);
}
END_TEST

/* ---- trainings ---------------------------------------------------------------------------------
 */

static const char *mine(void)
{
    run_compile("my_auc", "-Iinclude", unit_folder());
    return run_text("--plugin-path %s", unit_folder_path);
}

START_TEST(values_have_columns)
{
    static const char first[] = "epoch,loss,accuracy,val_loss,val_accuracy,learning_rate,"
                                "seconds,images_per_second,f1_score_0,val_f1_score_0,";
    const char *path = mine(), *dir = run_train("run", METRICS, path);
    const char *file = run_file(dir, "metrics.csv", NULL);
    ck_assert_int_eq(strncmp(file, first, strlen(first)), 0);
    says(file, ",f1_score_9,val_f1_score_9,hinge,val_hinge,my_auc,val_my_auc\n");
    says(run_file(dir, "pipeline.yaml", NULL),
         "metrics: [accuracy, {f1_score: {average: null, threshold: null}}, hinge, my_auc]");
    run_result r = run_cnnrun("evaluate %s %s", dir, path);
    run_exits(r, 0);
    says(r.out, "  f1_score_9 0.");
    r = run_cnnrun(METRICS " %s --set metrics.1=f1_score --out %s/twice", path, unit_folder_path);
    run_exits(r, 3);
    says(r.err, "metrics: 'f1_score' stands here twice");
}
END_TEST

/* Everything of the last line. */
static const char *last(const char *dir)
{
    char *text = run_metrics(dir);
    text[strlen(text) - 1] = '\0';
    return strrchr(text, '\n') + 1;
}

START_TEST(sums_do_not_depend_on_threads_or_cuts)
{
    const char *with = mine();
    const char *whole =
        run_train("whole", METRICS, run_text("%s --threads 1 --set train.steps=10", with));
    const char *threads =
        run_train("threads", METRICS, run_text("%s --threads 3 --set train.steps=10", with));
    run_same(whole, threads);
    const char *cut = run_train("cut", METRICS, run_text("%s --set train.steps=8", with));
    run_exits(run_cnnrun(METRICS " --quiet --resume --out %s %s --set train.steps=10", cut, with),
              0);
    ck_assert_str_eq(run_hash(cut), run_hash(whole));
    ck_assert_str_eq(last(cut), last(whole));
}
END_TEST

/* Unasked it is left out; listed, it says where it stands. */
START_TEST(vectors_have_no_accuracy)
{
    const char *folder = unit_folder();
    run_compile("spot_places", "-Iinclude", folder);
    run_compile("my_huber", "-Iinclude", folder);
    const char *dir = run_train("run", SPOTS, run_text("--plugin-path %s --epochs 1", folder));
    ck_assert_ptr_null(strstr(run_file(dir, "metrics.csv", NULL), "accuracy"));
    says(run_file(dir, "pipeline.yaml", NULL), "metrics: [mean_squared_error]");
    const run_result r = run_cnnrun(
        SPOTS " --plugin-path %s --set metrics=[accuracy] --out %s/listed", folder, folder);
    run_exits(r, 3);
    says(r.err, "accuracy: it compares classes, but the targets are vectors");
}
END_TEST

UNIT_MAIN("metric", shipped_metrics_are_golden, ranks_and_areas_are_golden,
          ties_ends_and_no_numbers, an_area_under_a_curve_is_golden, values_have_columns,
          sums_do_not_depend_on_threads_or_cuts, vectors_have_no_accuracy)
