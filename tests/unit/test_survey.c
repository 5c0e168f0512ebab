/* test_survey.c - layers that measure the training data before the first step. */
#include <math.h>

#include "record/checkpoint.h"
#include "run_library.h"
#include "run_outside.h"
#include "run_watch.h"

#define SURVEYED "tests/pipelines/surveyed.yaml"
#define FAR "tests/pipelines/far.yaml"
#define FIRST " --set network.layers.0.normalization."

static cnn_checkpoint checkpoint_of(const char *dir)
{
    cnn_checkpoint checkpoint = {0};
    cnn_report report = {0};
    char *path = cnn_checkpoint_path(dir, 0);
    ck_assert(cnn_checkpoint_read_file(&checkpoint, path, &report));
    free(path);
    return checkpoint;
}

/* The floats of a tensor of a run. */
static float *tensor(const char *dir, const char *name, size_t count)
{
    cnn_checkpoint checkpoint = checkpoint_of(dir);
    const cnn_record *record = cnn_checkpoint_find(&checkpoint, name);
    ck_assert_msg(record != NULL, "there is no %s", name);
    ck_assert_uint_eq(record->size, count * sizeof(float));
    float *copy = (float *)run_keep(malloc(record->size));
    memcpy(copy, record->data, record->size);
    cnn_checkpoint_free(&checkpoint);
    return copy;
}

/* ---- what is measured ----------------------------------------------------------------------- */

enum { SAMPLES = 203, SIZE = 12, CHANNELS = 2 };

/* As far_images.c makes it. */
static float far(int sample, int k)
{
    return (float)(10000 + (double)((sample * 7919LL + k * 104729LL) % 2003) / 1000);
}

/* Mean and variance of the numbers whose place in the sample is `first`, `first` + `step`, ... */
static void expect_measured(const float *mean, const float *variance, int first, int step)
{
    double sum = 0, squares = 0, count = 0;
    for (int i = 0; i < SAMPLES; i++)
        for (int k = first; k < SIZE; k += step, count++)
            sum += (double)far(i, k);
    for (int i = 0; i < SAMPLES; i++)
        for (int k = first; k < SIZE; k += step)
            squares += pow((double)far(i, k) - sum / count, 2);
    ck_assert_msg(fabs((double)*mean - sum / count) <= 1e-7 * sum / count,
                  "mean %d is %.9g, not %.9g", first, (double)*mean, sum / count);
    ck_assert_msg(fabs((double)*variance - squares / count) <= 1e-6 * squares / count,
                  "variance %d is %.9g, not %.9g", first, (double)*variance, squares / count);
}

/* Where the plugin far_images is. */
static const char *plugins(void)
{
    const char *folder = unit_folder();
    run_compile("far_images", "-Iinclude", folder);
    return run_text("--plugin-path %s", folder);
}

/* Samples by index, whose number is no multiple of 16 and whose mean is 17,000 times the deviation.
 */
START_TEST(mean_and_variance_are_those_of_the_data)
{
    const char *path = plugins();
    const char *dir = run_train("channel", FAR, path);
    const float *mean = tensor(dir, "first/mean", CHANNELS),
                *variance = tensor(dir, "first/variance", CHANNELS);
    for (int c = 0; c < CHANNELS; c++)
        expect_measured(mean + c, variance + c, c, CHANNELS);
    dir = run_train("pixel", FAR, run_text("%s" FIRST "axis=pixel", path));
    mean = tensor(dir, "first/mean", SIZE);
    variance = tensor(dir, "first/variance", SIZE);
    for (int k = 0; k < SIZE; k++)
        expect_measured(mean + k, variance + k, k, SIZE);
    dir = run_train("none", FAR, run_text("%s" FIRST "axis=none", path));
    expect_measured(tensor(dir, "first/mean", 1), tensor(dir, "first/variance", 1), 0, 1);
}
END_TEST

/* The second layer gets relu(w0 * a + w1 * b + bias) of the normalized channels a and b. */
START_TEST(a_later_layer_sees_what_the_earlier_one_gives)
{
    const char *dir = run_train("chain", FAR, plugins());
    const float *mean = tensor(dir, "first/mean", CHANNELS),
                *kernel = tensor(dir, "conv/kernel", 2),
                *variance = tensor(dir, "first/variance", CHANNELS),
                *bias = tensor(dir, "conv/bias", 1);
    enum { PIXELS = SIZE / CHANNELS, COUNT = SAMPLES * PIXELS };
    static double seen[COUNT];
    double sum = 0, squares = 0;
    for (int i = 0; i < COUNT; i++) {
        double z = (double)*bias;
        for (int c = 0; c < CHANNELS; c++)
            z += (double)kernel[c] *
                 ((double)far(i / PIXELS, i % PIXELS * CHANNELS + c) - (double)mean[c]) /
                 sqrt((double)variance[c]);
        seen[i] = z > 0 ? z : 0;
        sum += seen[i];
    }
    for (int i = 0; i < COUNT; i++)
        squares += pow(seen[i] - sum / COUNT, 2);
    ck_assert_double_eq_tol((double)*tensor(dir, "second/mean", 1), sum / COUNT, 1e-5);
    ck_assert_double_eq_tol((double)*tensor(dir, "second/variance", 1), squares / COUNT, 1e-5);
}
END_TEST

/* ---- when ----------------------------------------------------------------------------------- */

START_TEST(any_number_of_threads_gives_the_same_bits)
{
    const char *one = run_train("one", SURVEYED, "--threads 1");
    for (int threads = 2; threads <= 4; threads++)
        run_same(one, run_train(run_text("threads%d", threads), SURVEYED,
                                run_text("--threads %d", threads)));
}
END_TEST

/* The pass is made once: a run that was killed in its first epoch takes its result from the
 * checkpoint. */
START_TEST(a_killed_run_goes_on_with_what_was_measured)
{
    const char *dir = run_text("%s/run", unit_folder());
    const char *often = "--quiet --set train.checkpoint.every_steps=1 "
                        "--set data.train.synthetic_digits.samples=6003";
    const run_child child = run_start(SURVEYED " %s --epochs 100000 --out %s", often, dir);
    await(child, dir, "checkpoint.safetensors", 0);
    kill(child.pid, SIGKILL);
    (void)run_wait(child);
    const int epochs = rows(dir) + 2;
    run_exits(run_cnnrun(SURVEYED " %s --resume --epochs %d --out %s", often, epochs, dir), 0);
    run_same(dir, run_train("whole", SURVEYED, run_text("%s --epochs %d", often, epochs)));
}
END_TEST

START_TEST(evaluate_takes_it_from_the_checkpoint)
{
    const char *dir = run_train("run", SURVEYED, "");
    const run_result r = run_cnnrun("evaluate %s --json", dir);
    run_exits(r, 0);
    json_t *root = json_loads(r.out, 0, NULL);
    ck_assert_ptr_nonnull(root);
    ck_assert_str_eq(run_keep(json_dumps(json_object_get(root, "loss"), JSON_ENCODE_ANY)),
                     run_value(dir, "test_loss"));
    json_decref(root);
}
END_TEST

START_TEST(a_dry_run_says_that_there_is_a_pass)
{
    const run_result r = run_cnnrun(SURVEYED " --dry-run"),
                     json = run_cnnrun(SURVEYED " --dry-run --json");
    run_exits(r, 0);
    says(r.out, "before the first step, second measures the training data in 2 passes");
    says(json.out, "\"survey_passes\": 4");
    says(run_cnnrun(SMALL " --dry-run --json").out, "\"survey_passes\": 0");
}
END_TEST

/* ---- what goes wrong ------------------------------------------------------------------------ */

static void fails(const char *options, int code, const char *text)
{
    static int number;
    const char *dir = run_text("%s/bad%d", unit_folder_path, number++);
    const run_result r = run_cnnrun(FAR " --quiet --out %s %s", dir, options);
    run_exits(r, code);
    says(r.err, text);
    ck_assert_str_eq(run_listing(dir), "pipeline.yaml ");
}

START_TEST(numbers_that_are_not_finite_are_traced)
{
    const char *path = plugins();
    fails(run_text("%s --set data.train.far_images.hole=170", path), 4,
          "layer 'first' measured the training data, and its 'mean' is not finite: sample 170 of "
          "the training data is not finite");
    fails(run_text("%s --set data.train.far_images.scale=1e30" FIRST "axis=none", path), 3,
          "its 'variance' is not finite: all that reaches it is finite, so the numbers are too "
          "large");
    fails(
        run_text("%s" FIRST "mean=[0]" FIRST "variance=[0]" FIRST "epsilon=1e-30 --set "
                 "data.train.far_images.scale=1e30",
                 path),
        3,
        "layer 'second' measured the training data, and its 'mean' is not finite: for sample 0 of "
        "the training data, the output of layer 'conv' before it is not finite");
}
END_TEST

/* ---- the library ---------------------------------------------------------------------------- */

typedef struct seen {
    cnnrun_run *run;
    int calls, stop_at;
    bool stepped;
    char layers[64];
} seen;

/* It predicts, too, which must change nothing. */
static void on_survey(void *context, const cnnrun_survey *survey)
{
    static const float sample[28 * 28 * 4];
    float outputs[64];
    seen *s = context;
    ck_assert(cnnrun_run_predict(s->run, sample, 1, outputs, NULL));
    ck_assert_uint_eq(survey->passes, 2);
    ck_assert_uint_eq(survey->samples_per_pass, 1301);
    ck_assert(!s->stepped && survey->samples < 1301);
    if (survey->samples == 0)
        strcat(strcat(s->layers, survey->layer), survey->pass == 1 ? "1 " : "2 ");
    if (++s->calls == s->stop_at)
        cnnrun_run_stop(s->run, 1);
}

static void on_step(void *context, const cnnrun_step *step)
{
    (void)step;
    ((seen *)context)->stepped = true;
}

/* Trains in `dir`; told to stop at a call of on_survey. */
static seen train(const char *dir, int resume, int stop_at, int outcome)
{
    cnnrun_error *error = cnnrun_error_new();
    const cnnrun_options options = options_with(NULL, 0);
    cnnrun_pipeline *pipeline = cnnrun_pipeline_open(SURVEYED, &options, error);
    GOOD(pipeline != NULL);
    seen s = {.run = begin(pipeline, dir, resume, error), .stop_at = stop_at};
    GOOD(s.run != NULL);
    const cnnrun_observer observer = {
        .struct_size = sizeof observer, .context = &s, .step = on_step, .surveying = on_survey};
    ck_assert_int_eq(cnnrun_run_train(s.run, &observer, error), outcome);
    cnnrun_run_close(s.run);
    cnnrun_pipeline_close(pipeline);
    cnnrun_error_free(error);
    return s;
}

/* Nothing is written before the first step, so that a run stopped there begins again. */
START_TEST(the_library_tells_of_it_and_can_stop_it)
{
    const char *dir = run_text("%s/run", unit_folder());
    seen s = train(dir, CNNRUN_NEW, 3, CNNRUN_INTERRUPTED);
    ck_assert(s.calls == 3 && !s.stepped);
    ck_assert_str_eq(run_listing(dir), "pipeline.yaml ");
    s = train(dir, CNNRUN_RESUME, 0, CNNRUN_COMPLETED);
    ck_assert_str_eq(s.layers, "first1 first2 second1 second2 ");
    ck_assert_int_eq(s.calls, 4 * 2);
    run_same(dir, run_train("whole", SURVEYED, ""));
    s = train(dir, CNNRUN_RESUME, 0, CNNRUN_COMPLETED);
    ck_assert_int_eq(s.calls, 0);
}
END_TEST

UNIT_MAIN("survey", mean_and_variance_are_those_of_the_data,
          a_later_layer_sees_what_the_earlier_one_gives, any_number_of_threads_gives_the_same_bits,
          a_killed_run_goes_on_with_what_was_measured, evaluate_takes_it_from_the_checkpoint,
          a_dry_run_says_that_there_is_a_pass, numbers_that_are_not_finite_are_traced,
          the_library_tells_of_it_and_can_stop_it)
