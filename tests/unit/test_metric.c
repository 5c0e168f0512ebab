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

UNIT_MAIN("metric", shipped_metrics_are_golden, an_area_under_a_curve_is_golden,
          values_have_columns, sums_do_not_depend_on_threads_or_cuts, vectors_have_no_accuracy)
