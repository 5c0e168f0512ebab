/* elfload.c - what the dynamic linker will rely on in a plugin's file, checked before it does.
 *
 * What makes it read a wrong place kills the process that tries it, and such a process is there
 * (probe.c). What makes it *write* a wrong place may kill another one, later: a relocation
 * outside of the file's segments, a segment mapped over other memory, pages of others made
 * read-only. These are refused here, and with them what is as easily seen. */
#include "plugin/elfload.h"

#include <elf.h>
#include <stdlib.h>

#include "base/text.h"
#include "plugin/elf_library.h"

#define MOST_BYTES                                                                                 \
    (1ull << 30) /* of address space; the host, not the plugin, holds what is large */
#define MOST_ALIGNMENT (16ull << 20)
#define MOST_THREAD_BYTES (1ull << 20)
#define PAGE 4096u /* the smallest; only roundings use it */

#if defined __aarch64__
#define RELOC_NONE R_AARCH64_NONE
#define RELOC_COPY R_AARCH64_COPY
#define RELOC_CALL R_AARCH64_IRELATIVE
#define RELOC_PAIR R_AARCH64_TLSDESC
#else
#define RELOC_NONE R_X86_64_NONE
#define RELOC_COPY R_X86_64_COPY
#define RELOC_CALL R_X86_64_IRELATIVE
#define RELOC_PAIR R_X86_64_TLSDESC
#endif

char *cnn_elf_damaged(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *what = cnn_format_va(format, args);
    va_end(args);
    char *flaw = cnn_format("the file is damaged: %s; build it anew", what);
    free(what);
    return flaw;
}

/* ---- segments ------------------------------------------------------------------------------- */

const Elf64_Phdr *cnn_elf_segment(const cnn_elf_library *l, uint64_t address, uint64_t size)
{
    for (size_t i = 0; i < l->count; i++) {
        const Elf64_Phdr *s = &l->segments[i];
        if (s->p_type == PT_LOAD && address >= s->p_vaddr && address - s->p_vaddr <= s->p_memsz &&
            size <= s->p_memsz - (address - s->p_vaddr))
            return s;
    }
    return NULL;
}

bool cnn_elf_loaded(const cnn_elf_library *l, uint64_t address, uint64_t size, image *part)
{
    const Elf64_Phdr *s = cnn_elf_segment(l, address, size);
    if (!s || address - s->p_vaddr > s->p_filesz)
        return false;
    const uint64_t at = address - s->p_vaddr, rest = s->p_filesz - at;
    return size <= rest && slice(l->file, s->p_offset + at, size ? size : rest, part);
}

static bool is_code(const cnn_elf_library *l, uint64_t address)
{
    const Elf64_Phdr *s = cnn_elf_segment(l, address, 1);
    return s && s->p_flags & PF_X;
}

/* Each is mapped at its address whatever is there, so they must follow each other within bounds. */
static char *check_loads(const cnn_elf_library *l)
{
    const Elf64_Phdr *first = NULL;
    uint64_t end = 0;
    for (size_t i = 0; i < l->count; i++) {
        const Elf64_Phdr *s = &l->segments[i];
        if (s->p_type != PT_LOAD)
            continue;
        first = first ? first : s;
        if (s->p_filesz > s->p_memsz || !cnn_elf_is_power(s->p_align) ||
            s->p_align > MOST_ALIGNMENT || s->p_vaddr < end ||
            !cnn_add(s->p_vaddr, s->p_memsz, &end) || end - first->p_vaddr > MOST_BYTES)
            return cnn_elf_damaged("segment %zu cannot be loaded where it wants to be", i);
    }
    return first ? NULL : cnn_elf_damaged("it has no segment to load");
}

/* Segments that are parts of loaded ones. */
static char *check_parts(const cnn_elf_library *l)
{
    for (size_t i = 0; i < l->count; i++) {
        const Elf64_Phdr *s = &l->segments[i];
        uint64_t size = s->p_memsz;
        if (s->p_type == PT_TLS) {
            if (s->p_filesz > size || size > MOST_THREAD_BYTES || !cnn_elf_is_power(s->p_align) ||
                s->p_align > 16 * PAGE)
                return cnn_elf_damaged("segment %zu, of variables of a thread, is not right", i);
            size = s->p_filesz;
        } else if (s->p_type == PT_GNU_RELRO) { /* it may go on to the end of its last page */
            const Elf64_Phdr *whole = cnn_elf_segment(l, s->p_vaddr, 0);
            const uint64_t rest = whole ? whole->p_vaddr + whole->p_memsz - s->p_vaddr : 0;
            size = size > rest && size - rest < 16 * PAGE ? rest : size;
        } else if (s->p_type != PT_DYNAMIC && s->p_type != PT_NOTE && s->p_type != PT_PHDR &&
                   s->p_type != PT_GNU_EH_FRAME && s->p_type != PT_GNU_PROPERTY) {
            continue;
        }
        if (!cnn_elf_segment(l, s->p_vaddr, size))
            return cnn_elf_damaged("segment %zu lies outside of those that are loaded", i);
    }
    return NULL;
}

static char *read_segments(cnn_elf_library *l, const Elf64_Ehdr *header)
{
    if (header->e_phnum > CNN_ELF_MOST_SEGMENTS)
        return cnn_elf_damaged("it has %u program headers; at most %u are expected",
                               header->e_phnum, CNN_ELF_MOST_SEGMENTS);
    l->count = header->e_phnum;
    if (!copy_out(l->file, header->e_phoff, l->segments, l->count * sizeof *l->segments))
        return cnn_elf_damaged("its program headers lie past its end");
    char *flaw = check_loads(l);
    return flaw ? flaw : check_parts(l);
}

/* ---- the dynamic section -------------------------------------------------------------------- */

static char *read_tags(cnn_elf_library *l)
{
    const Elf64_Phdr *s = NULL;
    image part;
    for (size_t i = 0; i < l->count; i++) {
        if (l->segments[i].p_type != PT_DYNAMIC)
            continue;
        if (s)
            return cnn_elf_damaged("it has two dynamic sections");
        s = &l->segments[i];
    }
    if (!s || s->p_vaddr % sizeof(uint64_t) || !s->p_filesz ||
        !cnn_elf_loaded(l, s->p_vaddr, s->p_filesz, &part))
        return cnn_elf_damaged("it has no dynamic section where it should be");
    Elf64_Dyn entry;
    for (uint64_t at = 0; copy_out(part, at, &entry, sizeof entry); at += sizeof entry) {
        if (entry.d_tag == DT_NULL)
            return NULL;
        if (entry.d_tag > 0 && entry.d_tag < (int64_t)(sizeof l->tags / sizeof l->tags[0]))
            l->tags[entry.d_tag] = (cnn_elf_tag){true, entry.d_un.d_val};
        else if (entry.d_tag == DT_GNU_HASH)
            l->gnu_hash = (cnn_elf_tag){true, entry.d_un.d_val};
    }
    return cnn_elf_damaged("its dynamic section has no end");
}

/* Tables that two tags describe, and the bytes of an entry where a third one says them. */
static char *check_tables(const cnn_elf_library *l)
{
    static const struct {
        int start, size, entry;
        uint64_t bytes;
        const char *name;
    } tables[] = {
        {DT_STRTAB, DT_STRSZ, 0, 1, "names"},
        {DT_RELA, DT_RELASZ, DT_RELAENT, sizeof(Elf64_Rela), "relocations"},
        {DT_RELR, DT_RELRSZ, DT_RELRENT, sizeof(Elf64_Relr), "relocations (RELR)"},
        {DT_JMPREL, DT_PLTRELSZ, 0, sizeof(Elf64_Rela), "relocations of calls"},
        {DT_INIT_ARRAY, DT_INIT_ARRAYSZ, 0, sizeof(Elf64_Addr), "constructors"},
        {DT_FINI_ARRAY, DT_FINI_ARRAYSZ, 0, sizeof(Elf64_Addr), "destructors"},
    };
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        const cnn_elf_tag start = l->tags[tables[i].start], size = l->tags[tables[i].size];
        image part;
        if (!start.there && !size.there)
            continue;
        if (!start.there || !size.there || size.value % tables[i].bytes ||
            (size.value && !cnn_elf_loaded(l, start.value, size.value, &part)) ||
            (tables[i].entry && l->tags[tables[i].entry].value != tables[i].bytes))
            return cnn_elf_damaged("the table of its %s is not where its dynamic section says",
                                   tables[i].name);
    }
    for (int i = 0; i < 2; i++) {
        const cnn_elf_tag function = l->tags[i ? DT_FINI : DT_INIT];
        if (function.there && !is_code(l, function.value))
            return cnn_elf_damaged("its %s is no code", i ? "destructor" : "constructor");
    }
    if (l->tags[DT_JMPREL].there && l->tags[DT_PLTREL].value != DT_RELA)
        return cnn_elf_damaged("relocations of its calls are of an unknown kind");
    return NULL;
}

/* ---- relocations ---------------------------------------------------------------------------- */

static bool is_place(const cnn_elf_library *l, const Elf64_Rela *r)
{
    const uint64_t type = ELF64_R_TYPE(r->r_info), symbol = ELF64_R_SYM(r->r_info);
    Elf64_Sym unused;
    if (type == RELOC_NONE)
        return true;
    if (type == RELOC_COPY || !cnn_elf_segment(l, r->r_offset, type == RELOC_PAIR ? 16 : 8))
        return false;
    if (type == RELOC_CALL && !is_code(l, (uint64_t)r->r_addend))
        return false;
    return symbol == 0 || cnn_elf_symbol(l, symbol, &unused);
}

static char *check_relocations(const cnn_elf_library *l, int start, int size)
{
    image table = {0};
    Elf64_Rela r;
    if (l->tags[size].value &&
        !cnn_elf_loaded(l, l->tags[start].value, l->tags[size].value, &table))
        return cnn_elf_damaged("its relocations lie outside of it");
    for (uint64_t at = 0; copy_out(table, at, &r, sizeof r); at += sizeof r)
        if (!is_place(l, &r))
            return cnn_elf_damaged(
                "a relocation would write outside of its data, or name no symbol");
    return NULL;
}

/* Even entries are addresses; odd ones have a bit for each of the 63 words that follow. */
static char *check_relr(const cnn_elf_library *l)
{
    image table = {0};
    uint64_t entry, where = 0;
    bool good = !l->tags[DT_RELRSZ].value ||
                cnn_elf_loaded(l, l->tags[DT_RELR].value, l->tags[DT_RELRSZ].value, &table);
    for (uint64_t at = 0; good && copy_out(table, at, &entry, sizeof entry); at += sizeof entry) {
        if (!(entry & 1)) {
            good = cnn_elf_segment(l, entry, 8) != NULL;
            where = entry + 8;
            continue;
        }
        for (uint64_t i = 0; good && i < 63; i++)
            good = !(entry >> (i + 1) & 1) || cnn_elf_segment(l, where + 8 * i, 8);
        where += 63 * 8;
    }
    return good ? NULL : cnn_elf_damaged("a relocation would write outside of its data");
}

char *cnn_elfload_check(const void *file, uint64_t size, uint32_t descriptor)
{
    cnn_elf_library l = {.file = {file, size}};
    Elf64_Ehdr header;
    if (!copy_out(l.file, 0, &header, sizeof header))
        return cnn_elf_damaged("it has no ELF header");
    char *flaw = read_segments(&l, &header);
    if (!flaw)
        flaw = read_tags(&l);
    if (!flaw)
        flaw = check_tables(&l);
    if (!flaw)
        flaw = cnn_elf_check_names(&l);
    if (!flaw)
        flaw = cnn_elf_check_descriptor(&l, descriptor);
    if (!flaw)
        flaw = check_relocations(&l, DT_RELA, DT_RELASZ);
    if (!flaw)
        flaw = check_relocations(&l, DT_JMPREL, DT_PLTRELSZ);
    return flaw ? flaw : check_relr(&l);
}
