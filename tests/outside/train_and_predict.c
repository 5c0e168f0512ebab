/* train_and_predict.c - a program that uses an installed libcnnrun: trains a pipeline, predicts
 * test samples.
 *
 * usage: train_and_predict PIPELINE.yaml FOLDER
 * build: cc train_and_predict.c $(pkg-config --cflags --libs cnnrun) */
#include <cnnrun/cnnrun.h>
#include <stdio.h>
#include <stdlib.h>

#define SAMPLES 8

static void show(void *context, const cnnrun_row *row)
{
    (void)context;
    printf("epoch %d: loss %.4f\n", (int)row->epoch, row->loss);
}

static int predict(cnnrun_run *run, cnnrun_error *error)
{
    cnnrun_input input = {.struct_size = sizeof input};
    if (!cnnrun_pipeline_input(cnnrun_run_pipeline(run), &input))
        return 1;
    float *samples = calloc(SAMPLES * input.size, sizeof *samples);
    float *outputs = calloc(SAMPLES * input.classes, sizeof *outputs);
    int32_t label = 0, right = 0;
    for (uint64_t i = 0; i < SAMPLES; i++) /* these take floats as the dataset has them */
        if (!cnnrun_run_sample(run, "test", i, samples + i * input.size, NULL, error))
            return 1;
    for (uint64_t k = 0; k < SAMPLES * input.size; k++)
        samples[k] = (float)(((double)samples[k] - input.offset) / input.scale);
    if (!cnnrun_run_predict(run, samples, SAMPLES, outputs, error))
        return 1;
    for (uint64_t i = 0; i < SAMPLES; i++)
        if (cnnrun_run_sample(run, "test", i, NULL, &label, error))
            right +=
                cnnrun_output_class(outputs + i * input.classes, input.classes) == (uint64_t)label;
    printf("%d of %d right\n", right, SAMPLES);
    free(samples);
    free(outputs);
    return 0;
}

int main(int count, char **arguments)
{
    cnnrun_error *error = cnnrun_error_new();
    const cnnrun_begin begin = {.struct_size = sizeof begin,
                                .out = count > 2 ? arguments[2] : NULL};
    const cnnrun_observer observer = {.struct_size = sizeof observer, .epoch = show};
    cnnrun_pipeline *pipeline = cnnrun_pipeline_open(count > 1 ? arguments[1] : "", NULL, error);
    cnnrun_run *run = cnnrun_run_begin(pipeline, &begin, error);
    int code = cnnrun_run_train(run, &observer, error);
    if (code == CNNRUN_COMPLETED)
        code = predict(run, error);
    fputs(cnnrun_error_text(error), stderr);
    cnnrun_run_close(run);
    cnnrun_pipeline_close(pipeline);
    cnnrun_error_free(error);
    return code;
}
