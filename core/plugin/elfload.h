/* elfload.h - what the dynamic linker will rely on in a plugin's file, checked before it does. */
#ifndef CNN_PLUGIN_ELFLOAD_H
#define CNN_PLUGIN_ELFLOAD_H

#include <stdint.h>

/* Judges a file that cnn_elfnote_read has accepted: segments, dynamic section, symbol and string table,
 * relocations, constructors, and that `cnn_plugin`, where it is exported, is data with room for a
 * descriptor of `descriptor` bytes. The dynamic linker trusts all of these: it maps, writes and jumps
 * where they say. NULL, or what is wrong, to stand after "PATH: "; the caller frees. Bounded by `size`
 * whatever the file claims. */
char *cnn_elfload_check(const void *file, uint64_t size, uint32_t descriptor);

#endif
