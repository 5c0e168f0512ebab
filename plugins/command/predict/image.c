/* image.c - reads an image, gray and of the size that a network takes: PNG, or one of an IDX file.
 */
#include "predict/image.h"

#include <errno.h>
#include <math.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

#define MOST_PIXELS (1u << 26)
#define MOST_BYTES (1u << 28) /* of a PNG file */
#define DEFLATED 8256u        /* pixels of one bit that a byte of deflate can hold, at most */

typedef struct bytes {
    size_t height, width;
    uint8_t *data; /* row-major */
} bytes;

__attribute__((format(printf, 3, 4))) static bool bad(cnn_report *report, const char *name,
                                                      const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = cnn_format_va(format, args);
    va_end(args);
    cnn_report_add(report, CNN_EXIT_DATA, CNN_NOWHERE, "%s: %s", name, text);
    free(text);
    return false;
}

/* libpng has words for it, but no number. */
static void end_if_memory(const png_image *png)
{
    if (errno == ENOMEM && strstr(png->message, "emory"))
        cnn_out_of_memory();
}

/* Decodes a file in memory, checked to be as large as its pixels need. */
static bool decode_png(const char *name, const char *file, uint64_t size, bool invert, bytes *image,
                       cnn_report *report)
{
    png_image png = {.version = PNG_IMAGE_VERSION};
    const png_color paper = {invert ? 255 : 0, invert ? 255 : 0, invert ? 255 : 0};
    errno = 0;
    if (!png_image_begin_read_from_memory(&png, file, size)) {
        end_if_memory(&png);
        return bad(
            report, name,
            "is no PNG image that can be read: %s; images are PNG files, or FILE:INDEX of an "
            "IDX file",
            png.message);
    }
    const uint64_t pixels = (uint64_t)png.width * png.height;
    bool good = pixels <= MOST_PIXELS && pixels / DEFLATED <= size;
    if (!good)
        bad(report, name,
            "says that it has %u x %u pixels; at most %u, and as many as %llu bytes can hold, "
            "are read",
            png.height, png.width, MOST_PIXELS, (unsigned long long)size);
    png.format = PNG_FORMAT_GRAY;
    *image = (bytes){png.height, png.width, good ? cnn_alloc(pixels, 1) : NULL};
    if (good && !png_image_finish_read(&png, &paper, image->data, 0, NULL)) {
        end_if_memory(&png);
        good = bad(report, name, "is a damaged PNG image: %s", png.message);
    }
    png_image_free(&png);
    return good;
}

static bool read_png(const char *name, bool invert, bytes *image, cnn_report *report)
{
    char *file = NULL;
    uint64_t size;
    const bool good = cnn_file_read(name, MOST_BYTES, CNN_EXIT_DATA, &file, &size, report) &&
                      decode_png(name, file, size, invert, image, report);
    free(file);
    return good;
}

static uint64_t big_endian(const uint8_t *b)
{
    return (uint64_t)b[0] << 24 | (uint64_t)b[1] << 16 | (uint64_t)b[2] << 8 | b[3];
}

static bool read_idx_from(int file, uint64_t size, const char *path, uint64_t index, bytes *image,
                          cnn_report *report)
{
    uint8_t head[16] = {0xFF};
    if (size >= sizeof head &&
        !cnn_file_read_part(file, path, 0, head, sizeof head, CNN_EXIT_DATA, report))
        return false;
    if (memcmp(head, "\0\0\x08\x03", 4) != 0)
        return bad(report, path,
                   "is no raw IDX file of images; its first bytes must be 0, 0, 8, 3 (a .gz is "
                   "to be unpacked first)");
    const uint64_t count = big_endian(head + 4), height = big_endian(head + 8),
                   width = big_endian(head + 12);
    if (index >= count)
        return bad(report, path, "has %llu images; the index must be 0 to %llu, but is %llu",
                   (unsigned long long)count, (unsigned long long)(count ? count - 1 : 0),
                   (unsigned long long)index);
    if (height == 0 || width == 0 || height > MOST_PIXELS / width)
        return bad(report, path, "says that its images have %llu x %llu pixels; 1 to %u are read",
                   (unsigned long long)height, (unsigned long long)width, MOST_PIXELS);
    const uint64_t start = sizeof head + index * height * width; /* below 2^59 */
    if (size < start + height * width)                           /* before there is memory for it */
        return bad(report, path, "ends before the end of its image %llu",
                   (unsigned long long)index);
    *image = (bytes){height, width, cnn_alloc(height * width, 1)};
    return cnn_file_read_part(file, path, start, image->data, height * width, CNN_EXIT_DATA,
                              report);
}

static bool read_idx(const char *path, uint64_t index, bytes *image, cnn_report *report)
{
    uint64_t size;
    const int file = cnn_file_open(path, CNN_EXIT_DATA, &size, report);
    if (file < 0)
        return false;
    const bool good = read_idx_from(file, size, path, index, image, report);
    close(file);
    return good;
}

/* FILE:INDEX of an IDX file, where `name` has that form and is no file itself; else a PNG file. */
static bool read_bytes(const char *name, bool invert, bytes *image, cnn_report *report)
{
    static const char unread[] = "cannot be read";
    bool whole, part = false;
    if (!cnn_file_look(name, &whole, unread, CNN_EXIT_DATA, report))
        return false;
    const char *colon = whole ? NULL : strrchr(name, ':');
    if (!colon)
        return read_png(name, invert, image, report);
    char *path = cnn_format("%.*s", (int)(colon - name), name);
    bool good;
    if (colon[1] && strspn(colon + 1, "0123456789") == strlen(colon + 1))
        good = read_idx(path, strtoull(colon + 1, NULL, 10), image, report);
    else if (!cnn_file_look(path, &part, unread, CNN_EXIT_DATA, report))
        good = false;
    else if (part)
        good = bad(report, path,
                   "the index of an image, behind the colon, is '%s'; it must be a number, from 0",
                   colon + 1);
    else
        good = read_png(name, invert, image, report);
    free(path);
    return good;
}

/* The mean over [top, bottom) x [left, right), pixels at the edges by the part that is inside. */
static double mean_of(const bytes *image, double top, double bottom, double left, double right)
{
    double sum = 0;
    for (size_t y = (size_t)top; y < image->height && (double)y < bottom; y++) {
        const double high = fmin(bottom, (double)y + 1) - fmax(top, (double)y);
        for (size_t x = (size_t)left; x < image->width && (double)x < right; x++)
            sum += high * (fmin(right, (double)x + 1) - fmax(left, (double)x)) *
                   image->data[y * image->width + x];
    }
    return sum / ((bottom - top) * (right - left));
}

bool cnn_image_read(const char *name, bool invert, size_t height, size_t width, float *out,
                    cnn_report *report)
{
    bytes image = {0};
    bool good = read_bytes(name, invert, &image, report);
    const double h = (double)image.height / (double)height, w = (double)image.width / (double)width;
    for (size_t i = 0; good && i < height * width; i++) {
        const double y = (double)(i / width), x = (double)(i % width);
        const double mean = mean_of(&image, y * h, (y + 1) * h, x * w, (x + 1) * w);
        out[i] = (float)(invert ? 255 - mean : mean);
    }
    free(image.data);
    return good;
}
