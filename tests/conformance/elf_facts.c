/* elf_facts.c - what the dynamic section of a plugin's file says. */
#define _GNU_SOURCE
#include "elf_facts.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "kit.h"

static bool inside(const kit_elf *elf, uint64_t at, uint64_t bytes)
{
    return at <= elf->size && bytes <= elf->size - at;
}

static const ElfW(Shdr) * section(const kit_elf *elf, size_t i)
{
    const ElfW(Ehdr) *head = (const void *)elf->data;
    return (const void *)(elf->data + head->e_shoff + i * sizeof(ElfW(Shdr)));
}

void kit_elf_read(const char *path, kit_elf *elf)
{
    cnn_report report = {0};
    char *data;
    uint64_t size;
    memset(elf, 0, sizeof *elf);
    if (!cnn_file_read(path, 256u << 20, CNN_EXIT_PLUGIN, &data, &size, &report))
        kit_fail("%s", report.problems[0].text);
    elf->data = (const void *)data;
    elf->size = size;
    const ElfW(Ehdr) *head = (const void *)data;
    if (size < sizeof *head ||
        !inside(elf, head->e_shoff, (uint64_t)head->e_shnum * sizeof(ElfW(Shdr))))
        kit_skip("its section headers were stripped");
    for (size_t i = 0; i < head->e_shnum; i++) {
        const ElfW(Shdr) *s = section(elf, i);
        if (s->sh_type == SHT_NOBITS || !inside(elf, s->sh_offset, s->sh_size))
            continue;
        if (s->sh_type == SHT_DYNAMIC) {
            elf->dynamic = (const void *)(elf->data + s->sh_offset);
            elf->dynamic_count = s->sh_size / sizeof(ElfW(Dyn));
        } else if (s->sh_type == SHT_DYNSYM && s->sh_link < head->e_shnum &&
                   inside(elf, section(elf, s->sh_link)->sh_offset,
                          section(elf, s->sh_link)->sh_size)) {
            elf->symbols = (const void *)(elf->data + s->sh_offset);
            elf->symbol_count = s->sh_size / sizeof(ElfW(Sym));
            elf->strings = (const char *)elf->data + section(elf, s->sh_link)->sh_offset;
            elf->strings_size = section(elf, s->sh_link)->sh_size;
        } else if (s->sh_type == SHT_SYMTAB && s->sh_link < head->e_shnum &&
                   inside(elf, section(elf, s->sh_link)->sh_offset,
                          section(elf, s->sh_link)->sh_size)) {
            elf->all = (const void *)(elf->data + s->sh_offset);
            elf->all_count = s->sh_size / sizeof(ElfW(Sym));
            elf->all_strings = (const char *)elf->data + section(elf, s->sh_link)->sh_offset;
            elf->all_strings_size = section(elf, s->sh_link)->sh_size;
        }
    }
    if (!elf->dynamic || !elf->strings)
        kit_skip("its section headers were stripped");
}

static const char *string_at(const kit_elf *elf, uint64_t at)
{
    return at < elf->strings_size && memchr(elf->strings + at, 0, elf->strings_size - at)
               ? elf->strings + at
               : "";
}

const char *kit_elf_entry(const kit_elf *elf, long tag, size_t i)
{
    for (size_t k = 0; k < elf->dynamic_count && elf->dynamic[k].d_tag != DT_NULL; k++)
        if (elf->dynamic[k].d_tag == tag && i-- == 0)
            return string_at(elf, elf->dynamic[k].d_un.d_val);
    return NULL;
}

bool kit_elf_has(const kit_elf *elf, long tag)
{
    return kit_elf_entry(elf, tag, 0) != NULL;
}

bool kit_elf_stack_is_executable(const kit_elf *elf)
{
    const ElfW(Ehdr) *head = (const void *)elf->data;
    for (size_t i = 0; i < head->e_phnum; i++) {
        const uint64_t at = head->e_phoff + i * sizeof(ElfW(Phdr));
        if (!inside(elf, at, sizeof(ElfW(Phdr))))
            break;
        const ElfW(Phdr) *segment = (const void *)(elf->data + at);
        if (segment->p_type == PT_GNU_STACK)
            return segment->p_flags & PF_X;
    }
    return false;
}

const char *kit_elf_symbol(const kit_elf *elf, size_t i, bool undefined)
{
    for (size_t k = 1; k < elf->symbol_count; k++) {
        const ElfW(Sym) *s = &elf->symbols[k];
        const bool hidden = (s->st_other & 3) == STV_HIDDEN || (s->st_other & 3) == STV_INTERNAL;
        const bool local = s->st_info >> 4 == STB_LOCAL, weak = s->st_info >> 4 == STB_WEAK;
        if (local || hidden || (s->st_shndx == SHN_UNDEF) != undefined || (!undefined && weak))
            continue;
        if (i-- == 0)
            return string_at(elf, s->st_name);
    }
    return NULL;
}

static const char *name_of(const kit_elf *elf, const ElfW(Sym) * s)
{
    const uint64_t at = s->st_name;
    return at < elf->all_strings_size &&
                   memchr(elf->all_strings + at, 0, elf->all_strings_size - at)
               ? elf->all_strings + at
               : "";
}

const char *kit_elf_variable(const kit_elf *elf, uint64_t address)
{
    for (size_t i = 0; i < elf->all_count; i++) {
        const ElfW(Sym) *s = &elf->all[i];
        if ((s->st_info & 15) == STT_OBJECT && address >= s->st_value &&
            address - s->st_value < s->st_size)
            return name_of(elf, s);
    }
    return NULL;
}

bool kit_elf_is_counted(const kit_elf *elf)
{
    for (size_t i = 0; i < elf->all_count; i++)
        if (strncmp(name_of(elf, &elf->all[i]), "__gcov_", 7) == 0)
            return true;
    return false;
}

void kit_copy_to_memory(const char *from, char *path, size_t size)
{
    cnn_report report = {0};
    char *data;
    uint64_t bytes;
    if (!cnn_file_read(from, 256u << 20, CNN_EXIT_PLUGIN, &data, &bytes, &report))
        kit_fail("%s", report.problems[0].text);
    const int file = memfd_create("copy", MFD_CLOEXEC);
    size_t done = 0;
    while (file >= 0 && done < bytes) {
        const ssize_t n = write(file, data + done, bytes - done);
        if (n <= 0)
            kit_tool_error("a copy of the file cannot be written");
        done += (size_t)n;
    }
    snprintf(path, size, "/proc/self/fd/%d", file);
}
