/* test_golden.c - gradients of networks that branch, compared with PyTorch's in float64. */
#include <math.h>

#include "run_library.h"
#include "run_outside.h"

typedef struct golden_gradient {
    const char *tensor;
    size_t count;
    const double *values;
} golden_gradient;

#include "../golden/gradients.h"

#define MOST 4096u     /* floats of a tensor */
#define TOLERANCE 1e-5 /* of a tensor's largest gradient */

static cnnrun_error *error;

/* A number in [-0.5, 0.5), as in tests/golden/gradients.py. */
static double mixed(uint32_t n)
{
    n = (n ^ n >> 16) * 0x7feb352dU;
    n = (n ^ n >> 15) * 0x846ca68bU;
    return (n ^ n >> 16) / 4294967296.0 - 0.5;
}

/* Kernels lie around 0 by their fan-in, biases around 0, gammas around 1. */
static void set_weight(cnnrun_run *run, const cnnrun_weight *weight)
{
    float values[MOST];
    uint64_t inputs = 1;
    uint32_t key = 0;
    for (const char *c = weight->name; *c; c++)
        key = key * 31 + (unsigned char)*c;
    for (uint64_t i = 0; i + 1 < weight->rank; i++)
        inputs *= weight->dim[i];
    const double half = weight->rank > 1 ? sqrt(3 / (double)inputs) : 0.1;
    const double middle = strstr(weight->name, "/gamma") ? 1 : 0;
    ck_assert_uint_le(weight->count, MOST);
    for (uint32_t i = 0; i < weight->count; i++)
        values[i] = (float)(middle + 2 * half * mixed(key + i));
    GOOD(cnnrun_run_weight_set(run, weight->name, values, weight->count, error));
}

/* One step from those weights, into FOLDER/NAME, whose callback writes the gradients there. */
static const char *train_step(const char *name, double *loss)
{
    const char *folder = unit_folder(), *dir = run_text("%s/%s", folder, name);
    const char *paths[] = {folder, run_text("%s/plugins", unit_build())};
    const cnnrun_options options = {
        .struct_size = sizeof options, .plugin_paths = paths, .plugin_path_count = 2, .threads = 2};
    error = cnnrun_error_new();
    run_compile("made_images", "-Iinclude", folder);
    run_compile("gradient_files", "-Iinclude", folder);
    run_compile("channel_gate", "-Iinclude", folder);
    cnnrun_pipeline *pipeline =
        cnnrun_pipeline_open(run_text("tests/pipelines/%s.yaml", name), &options, error);
    cnnrun_run *run = begin(pipeline, dir, CNNRUN_NEW, error);
    cnnrun_weight weight = {.struct_size = sizeof weight};
    GOOD(run != NULL);
    for (size_t i = 0; cnnrun_run_weight(run, i, &weight); i++)
        if (weight.trained)
            set_weight(run, &weight);
    GOOD(cnnrun_run_train(run, NULL, error) == CNNRUN_COMPLETED);
    cnnrun_row row = {.struct_size = sizeof row};
    GOOD(cnnrun_run_row(run, 0, &row));
    *loss = row.loss;
    cnnrun_run_close(run);
    cnnrun_pipeline_close(pipeline);
    cnnrun_error_free(error);
    return dir;
}

/* The largest difference from the golden gradient, as a part of the largest one. */
static double difference(const char *dir, const golden_gradient *golden)
{
    double largest = 0, worst = 0;
    size_t size;
    const float *mine = (const float *)(const void *)run_file(dir, golden->tensor, &size);
    ck_assert_uint_eq(size, golden->count * sizeof *mine);
    for (size_t i = 0; i < golden->count; i++) {
        largest = fmax(largest, fabs(golden->values[i]));
        worst = fmax(worst, fabs((double)mine[i] - golden->values[i]));
    }
    ck_assert_double_gt(largest, 0);
    return worst / largest;
}

static void agrees(const char *name, double wanted, const golden_gradient *gradients, size_t count)
{
    double loss;
    const char *dir = train_step(name, &loss);
    ck_assert_double_eq_tol(loss, wanted, 1e-6);
    for (size_t i = 0; i < count; i++) {
        const double worst = difference(dir, &gradients[i]);
        if (getenv("GOLDEN_SHOW"))
            printf("%s %s %g\n", name, gradients[i].tensor, worst);
        ck_assert_msg(worst <= TOLERANCE, "%s: %s differs by %g of its largest", name,
                      gradients[i].tensor, worst);
    }
}

#define AGREES(NAME)                                                                               \
    agrees(#NAME, NAME##_loss, NAME##_gradients, sizeof NAME##_gradients / sizeof *NAME##_gradients)

START_TEST(a_residual_network)
{
    AGREES(residual);
}
END_TEST

START_TEST(a_network_that_concatenates)
{
    AGREES(concatenating);
}
END_TEST

START_TEST(a_squeeze_and_excite_block)
{
    AGREES(squeeze_excite);
}
END_TEST

START_TEST(tensors_that_are_stretched)
{
    AGREES(stretched);
}
END_TEST

UNIT_MAIN("golden", a_residual_network, a_network_that_concatenates, a_squeeze_and_excite_block,
          tensors_that_are_stretched)
