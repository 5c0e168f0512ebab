/* image.h - reads an image, gray and of the size that a network takes: PNG, or one of an IDX file.
 */
#ifndef CNN_COMMAND_IMAGE_H
#define CNN_COMMAND_IMAGE_H

#include "base/report.h"

/* `name` is a PNG file of any size, or FILE:INDEX, INDEX from 0, of a raw IDX file of bytes. Fills
 * height * width numbers from 0 to 255, each the mean over its part of the image; an image of just
 * that size stays as it is. What is transparent lies on black, or with `invert` on white, before
 * all is inverted. Faults: CNN_EXIT_DATA. */
CNN_MUST_CHECK bool cnn_image_read(const char *name, bool invert, size_t height, size_t width,
                                   float *out, cnn_report *report);

#endif
