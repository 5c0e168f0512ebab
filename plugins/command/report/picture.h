/* picture.h - small pictures as PNG in data URIs. */
#ifndef PAGE_PICTURE_H
#define PAGE_PICTURE_H

#include <stdint.h>

#include "base/text.h"

/* Row-major bytes, 1 (grey) or 3 (red, green, blue) a pixel. */
typedef struct page_picture {
    uint32_t width, height, channels;
    const unsigned char *pixels;
} page_picture;

/* Adds the picture's data URI; nothing where libpng cannot write it. */
void page_picture_add(cnn_text *out, const page_picture *picture);

/* A weight in [-1, 1] as a colour: blue, white, vermilion; grey for NaN. */
void page_picture_weight(double weight, unsigned char rgb[3]);

#endif
