/* predict.c - `cnnrun predict RUN_DIR IMAGE...`: class and probabilities of images. */
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"
#include "command/command.h"
#include "predict/image.h"
#include "record/summary.h"

#define MOST_SHOWN 20u /* classes whose numbers are printed as text */

static struct given {
    cnn_words plugin_path;
    bool invert, json;
} given;

static const cnn_option options[] = {
    {"invert", 0, CNN_OPTION_FLAG, NULL, &given.invert, 0, 0,
     "the images are dark on light, the training data's light on dark"},
    {"json", 0, CNN_OPTION_FLAG, NULL, &given.json, 0, 0, "print JSON"},
    {"plugin-path", 0, CNN_OPTION_WORDS, "DIR", &given.plugin_path, 0, 0,
     "look for plugins here first; repeatable"},
    {0},
};

static void refuse_shape(const cnnrun_input *input, cnn_report *report)
{
    cnn_text shape = {0};
    for (size_t i = 0; i < input->rank; i++)
        cnn_text_add(&shape, "%s%llu", i ? " x " : "", (unsigned long long)input->dim[i]);
    cnn_report_add(
        report, CNN_EXIT_DATA, CNN_NOWHERE,
        "the network takes images of %s; only gray ones, height x width x 1, can be predicted",
        shape.data);
    cnn_text_free(&shape);
}

/* Reads the images as samples like those that the network was trained on; all that are bad are
 * reported. NULL if one is. The caller frees. */
static float *read_images(const cnnrun_input *input, const char *const *images, size_t count,
                          cnn_report *report)
{
    const size_t errors = report->errors, size = (size_t)input->size;
    if (input->rank != 3 || input->dim[2] != 1) {
        refuse_shape(input, report);
        return NULL;
    }
    float *pixels = cnn_tensor_alloc(count * size, sizeof(float));
    if (!pixels)
        cnn_report_add(report, CNN_EXIT_SYSTEM, CNN_NOWHERE,
                       "out of memory: %zu images are too many", count);
    for (size_t i = 0; pixels && i < count; i++) {
        if (!cnn_image_read(images[i], given.invert, (size_t)input->dim[0], (size_t)input->dim[1],
                            pixels + i * size, report))
            continue;
        for (size_t p = 0; p < size && !input->bytes; p++)
            pixels[i * size + p] /= 255; /* bytes stay bytes: the library scales them */
    }
    if (report->errors == errors)
        return pixels;
    free(pixels);
    return NULL;
}

static void print_text(const char *image, const float *y, size_t classes, bool probabilities)
{
    const size_t best = (size_t)cnnrun_output_class(y, classes);
    char *name = cnn_printable(image, "");
    printf("%s: ", name);
    free(name);
    if (best == classes)
        printf("no class, since the output is not finite");
    else
        printf("%zu  %s %.4f", best, probabilities ? "probability" : "score", (double)y[best]);
    for (size_t c = 0; c < classes && classes <= MOST_SHOWN; c++)
        printf("%s%.4f", c ? " " : "  of ", cnn_unsigned_nan((double)y[c]));
    printf("\n");
}

static json_t *to_json(const char *image, const float *y, size_t classes, bool probabilities)
{
    const size_t best = (size_t)cnnrun_output_class(y, classes);
    json_t *numbers = json_array();
    for (size_t c = 0; c < classes; c++)
        json_array_append_new(numbers, cnn_run_number((double)y[c]));
    json_t *name = json_string(image); /* NULL where it is no UTF-8 */
    return json_pack("{s:o, s:o, s:o}", "image", name ? name : json_null(), "class",
                     best < classes ? json_integer((json_int_t)best) : json_null(),
                     probabilities ? "probabilities" : "scores", numbers);
}

/* Prints the outputs, one after the other in `y`. */
static void print_all(const cnnrun_input *input, const char *const *images, const float *y,
                      size_t count)
{
    const size_t classes = (size_t)input->classes;
    json_t *list = json_array();
    if (!given.json && !input->probabilities)
        printf("raw scores, since the network does not end in softmax\n");
    for (size_t i = 0; i < count; i++) {
        if (given.json)
            json_array_append_new(
                list, to_json(images[i], y + i * classes, classes, input->probabilities));
        else
            print_text(images[i], y + i * classes, classes, input->probabilities);
    }
    if (given.json) {
        json_dumpf(list, stdout, JSON_INDENT(2));
        printf("\n");
    }
    json_decref(list);
}

static void predict(cnnrun_run *opened, const char *const *images, size_t count,
                    cnnrun_error *error, cnn_report *report)
{
    cnnrun_input input = {.struct_size = sizeof input};
    if (!cnnrun_pipeline_input(cnnrun_run_pipeline(opened), &input))
        return;
    float *pixels = read_images(&input, images, count, report);
    float *y = pixels ? cnn_alloc(count * input.classes, sizeof *y) : NULL;
    if (y && cnnrun_run_predict(opened, pixels, count, y, error))
        print_all(&input, images, y, count);
    free(y);
    free(pixels);
}

static int run(const cnn_call *call, cnn_report *report)
{
    const cnnrun_options how = {.struct_size = sizeof how,
                                .plugin_paths = given.plugin_path.items,
                                .plugin_path_count = given.plugin_path.count,
                                .threads = 1};
    cnnrun_name_crashes();
    cnnrun_error *error = cnnrun_error_new();
    cnnrun_run *opened = cnnrun_run_open(call->arguments[0], &how, error);
    cnn_command_take(error, report); /* a run that was opened may have warnings */
    predict(opened, call->arguments + 1, call->count - 1, error, report);
    cnn_command_take(error, report);
    cnnrun_run_close(opened);
    cnnrun_error_free(error);
    cnn_words_free(&given.plugin_path);
    return cnn_report_code(report);
}

int main(int count, char **arguments)
{
    static const cnn_command command = {
        .name = "predict",
        .usage = "usage: cnnrun predict RUN_DIR IMAGE...    class and probabilities of PNG images, "
                 "or FILE:INDEX\n"
                 "                                          of an IDX file",
        .options = options,
        .min = 2,
        .max = SIZE_MAX,
        .takes = "the folder of a run and images",
        .run = run,
    };
    return cnn_command_main(&command, count, arguments);
}
