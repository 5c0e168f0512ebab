/* predict.c - `cnnrun predict RUN_DIR IMAGE...`: class and probabilities of images, or the vector
 * that the network gives. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* What is known of the network's outputs. */
typedef struct outputs {
    cnnrun_pipeline *pipeline; /* that has the names of classes */
    cnnrun_input input;
} outputs;

static void print_numbers(const float *y, size_t count, const char *before)
{
    for (size_t i = 0; i < count; i++)
        printf("%s%.4f", i ? " " : before, cnn_unsigned_nan((double)y[i]));
}

static void print_text(const outputs *o, const char *image, const float *y)
{
    const size_t classes = (size_t)o->input.classes;
    const size_t best = (size_t)cnnrun_output_class(y, classes);
    char *name = cnn_printable(image, "");
    printf("%s: ", name);
    free(name);
    if (classes == 0)
        print_numbers(y, (size_t)o->input.outputs, "");
    else if (best == classes)
        printf("no class, since the output is not finite");
    else
        printf("%s  %s %.4f", cnnrun_pipeline_class(o->pipeline, best),
               o->input.probabilities ? "probability" : "score", (double)y[best]);
    print_numbers(y, classes <= MOST_SHOWN ? classes : 0, "  of ");
    printf("\n");
}

/* A class is its number, and beside it its name where the dataset has names. */
static void add_class(const outputs *o, json_t *to, const float *y)
{
    const size_t classes = (size_t)o->input.classes;
    const size_t best = (size_t)cnnrun_output_class(y, classes);
    char *number = cnn_format("%zu", best);
    const char *name = cnnrun_pipeline_class(o->pipeline, best);
    json_object_set_new(to, "class", best < classes ? json_integer((json_int_t)best) : json_null());
    if (name && strcmp(name, number) != 0)
        json_object_set_new(to, "name", json_string(name));
    free(number);
}

static json_t *to_json(const outputs *o, const char *image, const float *y)
{
    json_t *numbers = json_array();
    for (size_t c = 0; c < o->input.outputs; c++)
        json_array_append_new(numbers, cnn_run_number((double)y[c]));
    json_t *name = json_string(image); /* NULL where it is no UTF-8 */
    json_t *object = json_pack("{s:o}", "image", name ? name : json_null());
    if (o->input.classes)
        add_class(o, object, y);
    json_object_set_new(object,
                        !o->input.classes        ? "output"
                        : o->input.probabilities ? "probabilities"
                                                 : "scores",
                        numbers);
    return object;
}

/* Prints the outputs, one after the other in `y`. */
static void print_all(const outputs *o, const char *const *images, const float *y, size_t count)
{
    const size_t size = (size_t)o->input.outputs;
    json_t *list = json_array();
    if (!given.json && o->input.classes && !o->input.probabilities)
        printf("raw scores, since the network does not end in softmax\n");
    for (size_t i = 0; i < count; i++) {
        if (given.json)
            json_array_append_new(list, to_json(o, images[i], y + i * size));
        else
            print_text(o, images[i], y + i * size);
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
    outputs o = {cnnrun_run_pipeline(opened), {.struct_size = sizeof o.input}};
    if (!cnnrun_pipeline_input(o.pipeline, &o.input))
        return;
    float *pixels = read_images(&o.input, images, count, report);
    float *y = pixels ? cnn_alloc(count * o.input.outputs, sizeof *y) : NULL;
    if (y && cnnrun_run_predict(opened, pixels, count, y, error))
        print_all(&o, images, y, count);
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
