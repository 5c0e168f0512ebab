/* predict.c - `cnnrun predict RUN_DIR IMAGE...`: class and probabilities of images. */
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"
#include "command/command.h"
#include "engine/engine.h"
#include "plugin/crash.h"
#include "predict/image.h"
#include "record/summary.h"
#include "run/reopen.h"

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

/* Reads the images as samples like those that the network was trained on; all that are bad are
 * reported. NULL if one is. The caller frees. */
static float *read_images(const cnn_session *session, const char *const *images, size_t count,
                          cnn_report *report)
{
    const cnn_dataset_view *view = &session->data.train.view;
    const size_t errors = report->errors, size = (size_t)cnn_shape_count(&view->shape);
    if (view->shape.rank != 3 || view->shape.dim[2] != 1) {
        char *seen = cnn_data_shape_text(&view->shape);
        cnn_report_add(
            report, CNN_EXIT_DATA, CNN_NOWHERE,
            "the network takes images of %s; only gray ones, height x width x 1, can be predicted",
            seen);
        free(seen);
        return NULL;
    }
    float *pixels = cnn_tensor_alloc(count * size, sizeof(float));
    if (!pixels)
        cnn_report_add(report, CNN_EXIT_SYSTEM, CNN_NOWHERE,
                       "out of memory: %zu images are too many", count);
    for (size_t i = 0; pixels && i < count; i++) {
        if (!cnn_image_read(images[i], given.invert, (size_t)view->shape.dim[0],
                            (size_t)view->shape.dim[1], pixels + i * size, report))
            continue;
        for (size_t p = 0; p < size && view->element == CNN_ELEMENT_F32; p++)
            pixels[i * size + p] /= 255; /* bytes stay bytes: `scale` is for them */
    }
    if (report->errors == errors)
        return pixels;
    free(pixels);
    return NULL;
}

static void print_text(const char *image, const float *y, size_t classes, bool probabilities)
{
    const size_t best = cnn_engine_class(y, classes);
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
    const size_t best = cnn_engine_class(y, classes);
    json_t *numbers = json_array();
    for (size_t c = 0; c < classes; c++)
        json_array_append_new(numbers, cnn_run_number((double)y[c]));
    json_t *name = json_string(image); /* NULL where it is no UTF-8 */
    return json_pack("{s:o, s:o, s:o}", "image", name ? name : json_null(), "class",
                     best < classes ? json_integer((json_int_t)best) : json_null(),
                     probabilities ? "probabilities" : "scores", numbers);
}

/* Runs the network on the samples, which lie as the training data's do. */
static void predict(cnn_session *session, const char *const *images, const float *pixels,
                    size_t count, cnn_report *report)
{
    const size_t classes = (size_t)session->network->classes;
    const bool probabilities = session->network->probabilities;
    cnn_split split = {.name = "images", .view = session->data.train.view, .count = count};
    split.view.element = CNN_ELEMENT_F32;
    split.view.images = pixels;
    cnn_engine *engine =
        cnn_engine_new(session->pipeline, session->network, &session->data, 1, false, report);
    float *y = cnn_alloc(count * classes, sizeof *y);
    json_t *list = json_array();
    if (engine)
        cnn_engine_outputs(engine, &split, y);
    if (engine && !given.json && !probabilities)
        printf("raw scores, since the network does not end in softmax\n");
    for (size_t i = 0; engine && i < count; i++) {
        const char *image = images[i];
        if (given.json)
            json_array_append_new(list, to_json(image, y + i * classes, classes, probabilities));
        else
            print_text(image, y + i * classes, classes, probabilities);
    }
    if (engine && given.json) {
        json_dumpf(list, stdout, JSON_INDENT(2));
        printf("\n");
    }
    json_decref(list);
    free(y);
    cnn_engine_free(engine);
}

static int run(const cnn_call *call, cnn_report *report)
{
    const cnn_session_options paths = {.plugin_paths = given.plugin_path.items,
                                       .plugin_path_count = given.plugin_path.count};
    const char *const *images = call->arguments + 1;
    const size_t count = call->count - 1;
    cnn_session session = {0};
    cnn_crash_catch();
    if (cnn_session_reopen(&session, call->arguments[0], &paths, report)) {
        float *pixels = read_images(&session, images, count, report);
        if (pixels)
            predict(&session, images, pixels, count, report);
        free(pixels);
    }
    cnn_session_close(&session);
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
