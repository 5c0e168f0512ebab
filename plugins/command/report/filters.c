/* filters.c - the kernels of the first convolution as small pictures on one common scale.
 *
 * They come from the checkpoint alone, so they are there also when data or plugins are not. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "record/checkpoint.h"
#include "report/html.h"
#include "report/picture.h"
#include "report/sections.h"
#include "yaml/tree.h"

#define MOST_FILTERS 128u
#define LARGEST_KERNEL 64u

/* The first layer of the pipeline that has a kernel of rank 4 (height, width, in, out). */
static const cnn_record *first_kernel(const page_record *record, const cnn_checkpoint *checkpoint)
{
    cnn_report ignored = {0};
    const cnn_record *found = NULL;
    cnn_yaml *root = cnn_yaml_parse(record->pipeline, strlen(record->pipeline), "", &ignored);
    const cnn_yaml *layers = cnn_yaml_get(cnn_yaml_get(root, "network"), "layers");
    for (size_t i = 0; layers && layers->type == CNN_YAML_LIST && i < layers->count && !found;
         i++) {
        const cnn_yaml *layer = layers->items[i];
        const cnn_yaml *values =
            layer->type == CNN_YAML_MAP && layer->count ? layer->items[0] : NULL;
        const cnn_yaml *name = cnn_yaml_get(values, "name");
        if (!name || name->type != CNN_YAML_STRING)
            continue;
        char *tensor = cnn_format("%s/kernel", name->text);
        const cnn_record *kernel = cnn_checkpoint_find(checkpoint, tensor);
        if (kernel && kernel->rank == 4 && !kernel->f64)
            found = kernel;
        free(tensor);
    }
    cnn_yaml_free(root);
    cnn_report_free(&ignored);
    return found;
}

/* The weight at (y, x), input channel c, filter f. */
static double weight_at(const cnn_record *kernel, uint64_t y, uint64_t x, uint64_t c, uint64_t f)
{
    float w;
    const uint64_t at = ((y * kernel->dim[1] + x) * kernel->dim[2] + c) * kernel->dim[3] + f;
    memcpy(&w, (const char *)kernel->data + at * sizeof w, sizeof w);
    return (double)w;
}

static double largest(const cnn_record *kernel, bool *finite)
{
    double most = 0;
    for (uint64_t i = 0; i < kernel->size / sizeof(float); i++) {
        float w;
        memcpy(&w, (const char *)kernel->data + i * sizeof w, sizeof w);
        *finite &= isfinite(w);
        if (isfinite(w))
            most = fmax(most, fabs((double)w));
    }
    return most;
}

/* Of three input channels a pixel's red, green and blue; else the first channel in two colours. */
static void add_filter(cnn_text *out, const cnn_record *kernel, uint64_t f, double scale)
{
    const uint64_t height = kernel->dim[0], width = kernel->dim[1];
    unsigned char *pixels = cnn_alloc(height * width * 3, 1);
    for (uint64_t y = 0; y < height; y++)
        for (uint64_t x = 0; x < width; x++) {
            unsigned char *pixel = pixels + 3 * (y * width + x);
            page_picture_weight(weight_at(kernel, y, x, 0, f) / scale, pixel);
            for (uint64_t c = 0; kernel->dim[2] == 3 && c < 3; c++) {
                const double w = weight_at(kernel, y, x, c, f) / scale;
                pixel[c] = isfinite(w) ? (unsigned char)lrint(127.5 + 127.5 * w) : 0;
            }
        }
    const page_picture picture = {(uint32_t)width, (uint32_t)height, 3, pixels};
    page_html(out, "<img alt=\"filter %zu\" title=\"filter %zu\" src=\"", (size_t)f, (size_t)f);
    page_picture_add(out, &picture);
    page_html_raw(out, "\">");
    free(pixels);
}

static void add_scale(cnn_text *out, const cnn_record *kernel, double most)
{
    if (kernel->dim[2] == 3) {
        page_html_raw(out, ", their three channels as red, green and blue around grey; full "
                           "colour is ±");
    } else {
        page_html_raw(out, kernel->dim[2] > 1 ? ", of each the first channel" : "");
        page_html_raw(out, ". <span class=\"scale\"></span> from −");
        page_html_number(out, most, 3);
        page_html_raw(out, " (blue) over 0 (white) to ");
    }
    page_html_number(out, most, 3);
    page_html_raw(out, kernel->dim[2] == 3 ? "" : " (vermilion)");
}

static void add_filters(cnn_text *out, const cnn_record *kernel)
{
    bool finite = true;
    const double most = largest(kernel, &finite);
    page_html_raw(out, "<div class=\"filters\">");
    for (uint64_t f = 0; f < kernel->dim[3] && f < MOST_FILTERS; f++)
        add_filter(out, kernel, f, most > 0 ? most : 1);
    page_html(out, "</div>\n<p class=\"note\">Kernels of <code>%s</code>, %zu × %zu", kernel->name,
              (size_t)kernel->dim[0], (size_t)kernel->dim[1]);
    if (kernel->dim[3] > MOST_FILTERS)
        page_html(out, ", the first %d of %zu", (int)MOST_FILTERS, (size_t)kernel->dim[3]);
    if (most > 0)
        add_scale(out, kernel, most);
    else
        page_html_raw(out, "; no weight is a finite number other than 0");
    page_html_raw(out, finite || most == 0 || kernel->dim[2] == 3 ? ".</p>\n"
                                                                  : "; grey: not a number.</p>\n");
}

void page_filters_add(cnn_text *out, const page_record *record)
{
    cnn_checkpoint checkpoint = {0};
    cnn_report report = {0};
    bool found = false;
    const cnn_record *kernel = NULL;
    if (record->pipeline && cnn_checkpoint_read(&checkpoint, record->dir, &found, &report) && found)
        kernel = first_kernel(record, &checkpoint);
    if (kernel && kernel->dim[0] <= LARGEST_KERNEL && kernel->dim[1] <= LARGEST_KERNEL &&
        kernel->size) {
        page_html_raw(out, "<section><h2>First-layer filters</h2>\n");
        add_filters(out, kernel);
        page_html_raw(out, "</section>\n");
    }
    cnn_checkpoint_free(&checkpoint);
    cnn_report_free(&report);
}
