/* elf_image.h - parts of a file that is in memory whole, each compared with what is left of it. */
#ifndef CNN_PLUGIN_ELF_IMAGE_H
#define CNN_PLUGIN_ELF_IMAGE_H

#include <string.h>

#include "base/memory.h"

typedef struct image {
    const unsigned char *data;
    uint64_t size;
} image;

/* The part of the image that starts at `offset`; false if it does not lie inside. */
static inline bool slice(image whole, uint64_t offset, uint64_t size, image *part)
{
    uint64_t end;
    if (!cnn_add(offset, size, &end) || end > whole.size)
        return false;
    *part = (image){whole.data + offset, size};
    return true;
}

/* Structs are copied out, since nothing in a file need be aligned. */
static inline bool copy_out(image whole, uint64_t offset, void *out, size_t size)
{
    image part;
    if (!slice(whole, offset, size, &part))
        return false;
    memcpy(out, part.data, size);
    return true;
}

#endif
