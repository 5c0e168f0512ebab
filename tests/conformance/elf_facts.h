/* elf_facts.h - what the dynamic section of a plugin's file says. */
#ifndef KIT_ELF_FACTS_H
#define KIT_ELF_FACTS_H

#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A file that the loader has already found well-formed, read whole; freed by the child's end. */
typedef struct kit_elf {
    const unsigned char *data;
    size_t size;
    const ElfW(Dyn) * dynamic;
    size_t dynamic_count;
    const char *strings;
    size_t strings_size;
    const ElfW(Sym) * symbols;
    size_t symbol_count;
    const ElfW(Sym) * all; /* local ones too; NULL where they were stripped */
    size_t all_count;
    const char *all_strings;
    size_t all_strings_size;
} kit_elf;

void kit_elf_read(const char *path, kit_elf *elf);
/* The i-th string of this tag (DT_NEEDED, ...), or NULL. */
const char *kit_elf_entry(const kit_elf *elf, long tag, size_t i);
bool kit_elf_has(const kit_elf *elf, long tag);
bool kit_elf_stack_is_executable(const kit_elf *elf);

#define KIT_ELF_UNDEFINED true
#define KIT_ELF_DEFINED false
/* The i-th dynamic symbol that the file defines for others, or wants from them; NULL past the end.
 */
const char *kit_elf_symbol(const kit_elf *elf, size_t i, bool undefined);

/* The variable that lies at this address in the file's own counting; NULL where it is not known. */
const char *kit_elf_variable(const kit_elf *elf, uint64_t address);
/* Whether it was compiled for gcov. */
bool kit_elf_is_counted(const kit_elf *elf);

/* Copies a file into memory and gives a path for it. */
void kit_copy_to_memory(const char *from, char *path, size_t size);

#endif
