/* elfnote.h - the ABI note of a plugin's file, read and judged without running any of it. */
#ifndef CNN_PLUGIN_ELFNOTE_H
#define CNN_PLUGIN_ELFNOTE_H

#include <cnnrun/plugin.h>

/* Finds the one cnnrun note of an ELF file for this machine, that is in memory whole. NULL, with
 * `abi` filled (its compiler as printable text), or what is wrong, to stand after "PATH: "; the
 * caller frees. Bounded by `size` whatever the file claims. */
char *cnn_elfnote_read(const void *file, uint64_t size, cnn_abi *abi);

/* Compares the facts with those of this program: NULL if they fit; else every field that differs,
 * with both values. The kind is not looked at; `least` is the size of the smallest descriptor that
 * has all of its required functions. The caller frees. */
char *cnn_elfnote_compare(const cnn_abi *abi, uint32_t least);

#endif
