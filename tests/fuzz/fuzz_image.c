/* fuzz_image.c - any bytes as a PNG image, also with its chunks' checksums made right, and as an
 * IDX file with an index. */
/* link: -lz */
#include <math.h>
#include <zlib.h>

#include "base/memory.h"
#include "fuzz.h"
#include "predict/image.h"

#define HEIGHT 5u
#define WIDTH 3u

/* Whether it is an image, by what is shown of it. */
static bool look(const char *name, bool invert)
{
    float out[HEIGHT * WIDTH];
    cnn_report report = {0};
    const bool good = cnn_image_read(name, invert, HEIGHT, WIDTH, out, &report);
    fuzz_check(&report, good, CNN_EXIT_DATA, 0);
    for (size_t i = 0; good && i < HEIGHT * WIDTH; i++)
        CNN_BUG_IF(!(out[i] > -0.01F && out[i] < 255.01F));
    cnn_report_free(&report);
    return good;
}

static uint32_t number_at(const uint8_t *b)
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static void make_checksums_right(uint8_t *png, size_t size)
{
    for (size_t at = 8; at + 12 <= size;) {
        const size_t length = number_at(png + at);
        if (length > size - at - 12)
            return;
        const uint32_t sum = (uint32_t)crc32(0, png + at + 4, (uInt)length + 4);
        uint8_t *to = png + at + 8 + length;
        for (int i = 0; i < 4; i++)
            to[i] = (uint8_t)(sum >> (24 - 8 * i));
        at += 12 + length;
    }
}

static void look_at_png(const uint8_t *data, size_t size)
{
    char *path = fuzz_file("image.png", data, size);
    const bool as_it_is = look(path, false);
    CNN_BUG_IF(look(path, true) != as_it_is);
    free(path);
    uint8_t *right = cnn_alloc(size, 1);
    memcpy(right, data, size);
    make_checksums_right(right, size);
    path = fuzz_file("image.png", right, size);
    CNN_BUG_IF(!look(path, false) && as_it_is);
    free(path);
    free(right);
}

/* Images have indices from 0 on, without a gap. */
static void look_at_idx(const uint8_t *data, size_t size)
{
    static const char *const index[] = {"0", "1", "2", "4294967295", "18446744073709551616"};
    char *path = fuzz_file("images", data, size);
    bool before = true;
    for (size_t i = 0; i < sizeof index / sizeof index[0]; i++) {
        char *name = cnn_format("%s:%s", path, index[i]);
        const bool now = look(name, i % 2);
        CNN_BUG_IF(now && !before);
        before = now;
        free(name);
    }
    free(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 8 && memcmp(data, "\x89PNG", 4) == 0)
        look_at_png(data, size);
    else
        look_at_idx(data, size);
    return 0;
}
