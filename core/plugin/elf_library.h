/* elf_library.h - a plugin's file as the dynamic linker will see it; elfload.c and elfsymbols.c check it. */
#ifndef CNN_PLUGIN_ELF_LIBRARY_H
#define CNN_PLUGIN_ELF_LIBRARY_H

#include <elf.h>

#include "plugin/elf_image.h"

#define CNN_ELF_MOST_SEGMENTS 64u

/* A tag of the dynamic section: the last one of its kind counts, as for the dynamic linker. */
typedef struct cnn_elf_tag {
    bool there;
    uint64_t value;
} cnn_elf_tag;

typedef struct cnn_elf_library {
    image file;
    Elf64_Phdr segments[CNN_ELF_MOST_SEGMENTS];
    size_t count;
    cnn_elf_tag tags[64]; /* by number; the few that are larger stand below */
    cnn_elf_tag gnu_hash;
    image strings;
} cnn_elf_library;

/* The sentence on a flaw, which the caller frees. */
__attribute__((format(printf, 1, 2)))
char *cnn_elf_damaged(const char *format, ...);

/* The loaded segment that holds these addresses, or NULL. */
const Elf64_Phdr *cnn_elf_segment(const cnn_elf_library *l, uint64_t address, uint64_t size);
/* What the file holds for these addresses. With size 0: up to the end of the segment. */
bool cnn_elf_loaded(const cnn_elf_library *l, uint64_t address, uint64_t size, image *part);

/* True for powers of two, and for 0, which stands for 1. */
static inline bool cnn_elf_is_power(uint64_t n)
{
    return (n & (n - 1)) == 0;
}

/* Symbol number `index`; false where the file does not hold it or its name. */
bool cnn_elf_symbol(const cnn_elf_library *l, uint64_t index, Elf64_Sym *symbol);
/* Finds the table of names. NULL, or what is wrong with it or with the table of symbols. */
char *cnn_elf_check_names(cnn_elf_library *l);
/* NULL, or what is wrong with a symbol, or with `cnn_plugin`, of `size` bytes. Where there is no such symbol,
 * opening the file says so. */
char *cnn_elf_check_descriptor(const cnn_elf_library *l, uint32_t size);

#endif
