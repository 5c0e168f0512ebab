/* picture.c - small pictures as PNG in data URIs. */
#include "report/picture.h"

#include <math.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "report/html.h"

void page_picture_add(cnn_text *out, const page_picture *picture)
{
    png_image image;
    memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    image.width = picture->width;
    image.height = picture->height;
    image.format = picture->channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
    unsigned char *bytes = cnn_alloc(size, 1);
    /* A picture of a few pixels into a buffer for the largest: only memory can be wanting. */
    if (!png_image_write_to_memory(&image, bytes, &size, 0, picture->pixels, 0, NULL))
        cnn_out_of_memory();
    page_html_data(out, "image/png", bytes, size);
    png_image_free(&image);
    free(bytes);
}

void page_picture_weight(double weight, unsigned char rgb[3])
{
    static const double low[3] = {0, 114, 178}, middle[3] = {250, 250, 250}, high[3] = {213, 94, 0};
    const double *end = weight < 0 ? low : high, share = fmin(fabs(weight), 1);
    for (size_t i = 0; i < 3; i++)
        rgb[i] =
            isnan(weight) ? 128 : (unsigned char)lrint(middle[i] + share * (end[i] - middle[i]));
}
