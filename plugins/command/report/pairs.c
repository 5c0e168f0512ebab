/* pairs.c - the pairs of classes that are most often confused, with images of the mistakes. */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "report/html.h"
#include "report/picture.h"
#include "report/sections.h"

#define LARGEST_SIDE 64u /* pixels; larger images are thinned out */

/* Bytes as the dataset holds them; floats stretched from the image's smallest to its largest value.
 */
static void to_bytes(const cnnrun_input *input, const float *x, uint64_t count,
                     unsigned char *bytes)
{
    double low = HUGE_VAL, high = -HUGE_VAL;
    for (uint64_t i = 0; i < count; i++) {
        low = fmin(low, (double)x[i]);
        high = fmax(high, (double)x[i]);
    }
    if (input->bytes && input->scale != 0) {
        low = input->offset;
        high = input->offset + 255 * input->scale;
    }
    for (uint64_t i = 0; i < count; i++) {
        const double share = high != low ? ((double)x[i] - low) / (high - low) : 0;
        bytes[i] = (unsigned char)lrint(255 * fmin(fmax(share, 0), 1));
    }
}

/* Adds an <img>; false where a sample is no image. */
static bool add_image(cnn_text *out, const page_insight *insight, uint64_t sample, const char *what)
{
    const cnnrun_input *input = &insight->input;
    const uint64_t h = input->dim[0], w = input->dim[1], c = input->rank == 3 ? input->dim[2] : 1;
    if ((input->rank != 3 && input->rank != 2) || (c != 1 && c != 3))
        return false;
    float *x = cnn_alloc(input->size, sizeof *x);
    if (!cnnrun_run_sample(insight->run, insight->split, sample, x, NULL, NULL)) {
        free(x);
        return false;
    }
    const uint64_t step = 1 + ((h > w ? h : w) - 1) / LARGEST_SIDE;
    const uint64_t height = (h + step - 1) / step, width = (w + step - 1) / step;
    float *thin = cnn_alloc(height * width * c, sizeof *thin);
    unsigned char *bytes = cnn_alloc(height * width * c, 1);
    for (uint64_t i = 0; i < height * width * c; i++)
        thin[i] = x[(i / (width * c) * step * w + i / c % width * step) * c + i % c];
    to_bytes(input, thin, height * width * c, bytes);
    const page_picture picture = {(uint32_t)width, (uint32_t)height, (uint32_t)c, bytes};
    page_html(out, "<img alt=\"%s\" title=\"%s\" src=\"", what, what);
    page_picture_add(out, &picture);
    page_html_raw(out, "\">");
    free(bytes);
    free(thin);
    free(x);
    return true;
}

static void add_images(cnn_text *out, const page_insight *insight, size_t p)
{
    const page_pair *pair = &insight->pairs[p];
    page_html_raw(out, "<div class=\"images\">");
    for (size_t i = 0; i < insight->mistake_count[p]; i++) {
        const page_mistake *m = &insight->mistakes[p][i];
        char *what =
            cnn_format("test image %llu: a %zu, taken for %zu with output %.4g",
                       (unsigned long long)m->sample, pair->label, pair->predicted, m->confidence);
        page_html_raw(out, "<figure>");
        if (!add_image(out, insight, m->sample, what))
            page_html(out, "<span title=\"%s\">#%zu</span>", what, (size_t)m->sample);
        page_html_raw(out, "<figcaption>");
        page_html_number(out, m->confidence, 2);
        page_html_raw(out, "</figcaption></figure>");
        free(what);
    }
    page_html_raw(out, "</div>");
}

/* Outputs that are not numbers speak for no class. */
static void add_unclassified(cnn_text *out, const page_insight *insight)
{
    const uint64_t total = page_scores_total(insight->confusion, insight->classes);
    if (insight->split && total < insight->samples)
        page_html(out,
                  "<p class=\"note\">%zu of %zu images were not classified: the network's outputs "
                  "for them are not numbers.</p>\n",
                  (size_t)(insight->samples - total), (size_t)insight->samples);
}

void page_pairs_add(cnn_text *out, const page_insight *insight)
{
    if (insight->pair_count == 0) {
        page_html_raw(out, "<p class=\"none\">No image was taken for another class.</p>\n");
        add_unclassified(out, insight);
        return;
    }
    page_html_raw(out, "<div class=\"pairs\">\n");
    for (size_t p = 0; p < insight->pair_count; p++) {
        const page_pair *pair = &insight->pairs[p];
        page_html(out,
                  "<div class=\"pair\"><h3><b>%zu</b> taken for <b>%zu</b> <span "
                  "class=\"count\">%zu×</span></h3>",
                  pair->label, pair->predicted, (size_t)pair->count);
        if (insight->split)
            add_images(out, insight, p);
        page_html_raw(out, "</div>\n");
    }
    page_html_raw(out, "</div>\n");
    if (insight->split)
        page_html(out,
                  "<p class=\"note\">The most confident mistakes first, at most %d a pair; below "
                  "each image the "
                  "network's output for the class that it was taken for.</p>\n",
                  (int)PAGE_PAIR_IMAGES);
    add_unclassified(out, insight);
}
