/* elfload.c - what the dynamic linker will rely on in a plugin's file, checked before it does.
 *
 * What makes it read a wrong place kills the process that tries it, and such a process is there
 * (plugin_probe.c). What makes it *write* a wrong place may kill another one, later: a relocation
 * outside of the file's segments, a segment mapped over other memory, pages of others made
 * read-only. These are refused here, and with them what is as easily seen. */
#include "plugin/elfload.h"

#include <elf.h>
#include <stdlib.h>

#include "base/text.h"
#include "plugin/elf_image.h"

#define MOST_SEGMENTS 64u
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

/* A tag of the dynamic section: the last one of its kind counts, as for the dynamic linker. */
typedef struct tag {
    bool there;
    uint64_t value;
} tag;

typedef struct library {
    image file;
    Elf64_Phdr segments[MOST_SEGMENTS];
    size_t count;
    tag tags[64]; /* by number; the few that are larger stand below */
    tag gnu_hash;
    image strings;
} library;

__attribute__((format(printf, 1, 2))) static char *damaged(const char *format, ...)
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

/* The loaded segment that holds these addresses, or NULL. */
static const Elf64_Phdr *segment_of(const library *l, uint64_t address, uint64_t size)
{
    for (size_t i = 0; i < l->count; i++) {
        const Elf64_Phdr *s = &l->segments[i];
        if (s->p_type == PT_LOAD && address >= s->p_vaddr && address - s->p_vaddr <= s->p_memsz &&
            size <= s->p_memsz - (address - s->p_vaddr))
            return s;
    }
    return NULL;
}

/* What the file holds for these addresses. With size 0: up to the end of the segment. */
static bool loaded(const library *l, uint64_t address, uint64_t size, image *part)
{
    const Elf64_Phdr *s = segment_of(l, address, size);
    if (!s || address - s->p_vaddr > s->p_filesz)
        return false;
    const uint64_t at = address - s->p_vaddr, rest = s->p_filesz - at;
    return size <= rest && slice(l->file, s->p_offset + at, size ? size : rest, part);
}

static bool is_code(const library *l, uint64_t address)
{
    const Elf64_Phdr *s = segment_of(l, address, 1);
    return s && s->p_flags & PF_X;
}

static bool is_power(uint64_t n)
{
    return (n & (n - 1)) == 0; /* 0 too, which stands for 1 */
}

/* Each is mapped at its address whatever is there, so they must follow each other within bounds. */
static char *check_loads(const library *l)
{
    const Elf64_Phdr *first = NULL;
    uint64_t end = 0;
    for (size_t i = 0; i < l->count; i++) {
        const Elf64_Phdr *s = &l->segments[i];
        if (s->p_type != PT_LOAD)
            continue;
        first = first ? first : s;
        if (s->p_filesz > s->p_memsz || !is_power(s->p_align) || s->p_align > MOST_ALIGNMENT ||
            s->p_vaddr < end || !cnn_add(s->p_vaddr, s->p_memsz, &end) ||
            end - first->p_vaddr > MOST_BYTES)
            return damaged("segment %zu cannot be loaded where it wants to be", i);
    }
    return first ? NULL : damaged("it has no segment to load");
}

/* Segments that are parts of loaded ones. */
static char *check_parts(const library *l)
{
    for (size_t i = 0; i < l->count; i++) {
        const Elf64_Phdr *s = &l->segments[i];
        uint64_t size = s->p_memsz;
        if (s->p_type == PT_TLS) {
            if (s->p_filesz > size || size > MOST_THREAD_BYTES || !is_power(s->p_align) ||
                s->p_align > 16 * PAGE)
                return damaged("segment %zu, of variables of a thread, is not right", i);
            size = s->p_filesz;
        } else if (s->p_type == PT_GNU_RELRO) { /* it may go on to the end of its last page */
            const Elf64_Phdr *whole = segment_of(l, s->p_vaddr, 0);
            const uint64_t rest = whole ? whole->p_vaddr + whole->p_memsz - s->p_vaddr : 0;
            size = size > rest && size - rest < 16 * PAGE ? rest : size;
        } else if (s->p_type != PT_DYNAMIC && s->p_type != PT_NOTE && s->p_type != PT_PHDR &&
                   s->p_type != PT_GNU_EH_FRAME && s->p_type != PT_GNU_PROPERTY) {
            continue;
        }
        if (!segment_of(l, s->p_vaddr, size))
            return damaged("segment %zu lies outside of those that are loaded", i);
    }
    return NULL;
}

static char *read_segments(library *l, const Elf64_Ehdr *header)
{
    if (header->e_phnum > MOST_SEGMENTS)
        return damaged("it has %u program headers; at most %u are expected", header->e_phnum,
                       MOST_SEGMENTS);
    l->count = header->e_phnum;
    if (!copy_out(l->file, header->e_phoff, l->segments, l->count * sizeof *l->segments))
        return damaged("its program headers lie past its end");
    char *flaw = check_loads(l);
    return flaw ? flaw : check_parts(l);
}

/* ---- the dynamic section -------------------------------------------------------------------- */

static char *read_tags(library *l)
{
    const Elf64_Phdr *s = NULL;
    image part;
    for (size_t i = 0; i < l->count; i++) {
        if (l->segments[i].p_type != PT_DYNAMIC)
            continue;
        if (s)
            return damaged("it has two dynamic sections");
        s = &l->segments[i];
    }
    if (!s || s->p_vaddr % sizeof(uint64_t) || !s->p_filesz ||
        !loaded(l, s->p_vaddr, s->p_filesz, &part))
        return damaged("it has no dynamic section where it should be");
    Elf64_Dyn entry;
    for (uint64_t at = 0; copy_out(part, at, &entry, sizeof entry); at += sizeof entry) {
        if (entry.d_tag == DT_NULL)
            return NULL;
        if (entry.d_tag > 0 && entry.d_tag < (int64_t)(sizeof l->tags / sizeof l->tags[0]))
            l->tags[entry.d_tag] = (tag){true, entry.d_un.d_val};
        else if (entry.d_tag == DT_GNU_HASH)
            l->gnu_hash = (tag){true, entry.d_un.d_val};
    }
    return damaged("its dynamic section has no end");
}

/* Tables that two tags describe, and the bytes of an entry where a third one says them. */
static char *check_tables(const library *l)
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
        const tag start = l->tags[tables[i].start], size = l->tags[tables[i].size];
        image part;
        if (!start.there && !size.there)
            continue;
        if (!start.there || !size.there || size.value % tables[i].bytes ||
            (size.value && !loaded(l, start.value, size.value, &part)) ||
            (tables[i].entry && l->tags[tables[i].entry].value != tables[i].bytes))
            return damaged("the table of its %s is not where its dynamic section says",
                           tables[i].name);
    }
    for (int i = 0; i < 2; i++) {
        const tag function = l->tags[i ? DT_FINI : DT_INIT];
        if (function.there && !is_code(l, function.value))
            return damaged("its %s is no code", i ? "destructor" : "constructor");
    }
    if (l->tags[DT_JMPREL].there && l->tags[DT_PLTREL].value != DT_RELA)
        return damaged("relocations of its calls are of an unknown kind");
    return NULL;
}

/* ---- symbols -------------------------------------------------------------------------------- */

static bool symbol_at(const library *l, uint64_t index, Elf64_Sym *symbol)
{
    uint64_t at;
    image part;
    if (!cnn_mul(index, sizeof *symbol, &at) || !cnn_add(at, l->tags[DT_SYMTAB].value, &at) ||
        !loaded(l, at, sizeof *symbol, &part))
        return false;
    memcpy(symbol, part.data, sizeof *symbol);
    return symbol->st_name < l->strings.size;
}

static char *check_names(library *l)
{
    static const int names[] = {DT_SONAME, DT_RPATH, DT_RUNPATH};
    if (!l->tags[DT_STRSZ].value ||
        !loaded(l, l->tags[DT_STRTAB].value, l->tags[DT_STRSZ].value, &l->strings) ||
        l->strings.data[l->strings.size - 1] != '\0')
        return damaged("it has no table of names");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (l->tags[names[i]].there && l->tags[names[i]].value >= l->strings.size)
            return damaged("a name lies outside of the table of its names");
    Elf64_Sym first;
    if (!l->tags[DT_SYMTAB].there || l->tags[DT_SYMENT].value != sizeof first ||
        !symbol_at(l, 0, &first))
        return damaged("it has no symbol table");
    return NULL;
}

/* The number of symbols that a lookup can find: one more than the last of the longest chain. */
static bool count_gnu(const library *l, uint64_t *count)
{
    image table;
    uint32_t head[4], bucket, last = 0,
                              link = 0; /* buckets, first symbol, words of filter, shift */
    if (!loaded(l, l->gnu_hash.value, 0, &table) || !copy_out(table, 0, head, sizeof head) ||
        !head[2] || !is_power(head[2]))
        return false;
    const uint64_t buckets = sizeof head + 8ull * head[2], chains = buckets + 4ull * head[0];
    for (uint32_t i = 0; i < head[0]; i++) {
        if (!copy_out(table, buckets + 4ull * i, &bucket, sizeof bucket) ||
            (bucket && bucket < head[1]))
            return false;
        last = bucket > last ? bucket : last;
    }
    for (; last && !(link & 1); last++)
        if (!copy_out(table, chains + 4ull * (last - head[1]), &link, sizeof link))
            return false;
    *count = last;
    return true;
}

static bool count_symbols(const library *l, uint64_t *count)
{
    image table;
    uint32_t head[2]; /* buckets, symbols */
    if (l->gnu_hash.there)
        return count_gnu(l, count);
    if (!l->tags[DT_HASH].there || !loaded(l, l->tags[DT_HASH].value, 0, &table) ||
        !copy_out(table, 0, head, sizeof head))
        return false;
    *count = head[1];
    return (8ull + 4ull * head[0] + 4ull * head[1]) <= table.size;
}

/* Without one, opening says so. An indirect function or a variable of a thread would make the
 * search for its address a call. */
static char *check_descriptor(const library *l, uint32_t size)
{
    uint64_t count;
    Elf64_Sym symbol;
    if (!count_symbols(l, &count))
        return damaged("the hash table of its symbols is not right");
    for (uint64_t i = 0; i < count; i++) {
        if (!symbol_at(l, i, &symbol))
            return damaged("symbol %llu is not right", (unsigned long long)i);
        const unsigned type = ELF64_ST_TYPE(symbol.st_info);
        if (symbol.st_shndx == SHN_UNDEF ||
            strcmp((const char *)l->strings.data + symbol.st_name, "cnn_plugin") != 0)
            continue;
        if ((type != STT_OBJECT && type != STT_NOTYPE) || symbol.st_shndx == SHN_ABS ||
            !segment_of(l, symbol.st_value, size))
            return damaged("cnn_plugin is not among its data");
    }
    return NULL;
}

/* ---- relocations ---------------------------------------------------------------------------- */

static bool is_place(const library *l, const Elf64_Rela *r)
{
    const uint64_t type = ELF64_R_TYPE(r->r_info), symbol = ELF64_R_SYM(r->r_info);
    Elf64_Sym unused;
    if (type == RELOC_NONE)
        return true;
    if (type == RELOC_COPY || !segment_of(l, r->r_offset, type == RELOC_PAIR ? 16 : 8))
        return false;
    if (type == RELOC_CALL && !is_code(l, (uint64_t)r->r_addend))
        return false;
    return symbol == 0 || symbol_at(l, symbol, &unused);
}

static char *check_relocations(const library *l, int start, int size)
{
    image table = {0};
    Elf64_Rela r;
    if (l->tags[size].value && !loaded(l, l->tags[start].value, l->tags[size].value, &table))
        return damaged("its relocations lie outside of it");
    for (uint64_t at = 0; copy_out(table, at, &r, sizeof r); at += sizeof r)
        if (!is_place(l, &r))
            return damaged("a relocation would write outside of its data, or name no symbol");
    return NULL;
}

/* Even entries are addresses; odd ones have a bit for each of the 63 words that follow. */
static char *check_relr(const library *l)
{
    image table = {0};
    uint64_t entry, where = 0;
    bool good = !l->tags[DT_RELRSZ].value ||
                loaded(l, l->tags[DT_RELR].value, l->tags[DT_RELRSZ].value, &table);
    for (uint64_t at = 0; good && copy_out(table, at, &entry, sizeof entry); at += sizeof entry) {
        if (!(entry & 1)) {
            good = segment_of(l, entry, 8) != NULL;
            where = entry + 8;
            continue;
        }
        for (uint64_t i = 0; good && i < 63; i++)
            good = !(entry >> (i + 1) & 1) || segment_of(l, where + 8 * i, 8);
        where += 63 * 8;
    }
    return good ? NULL : damaged("a relocation would write outside of its data");
}

char *cnn_elfload_check(const void *file, uint64_t size, uint32_t descriptor)
{
    library l = {.file = {file, size}};
    Elf64_Ehdr header;
    if (!copy_out(l.file, 0, &header, sizeof header))
        return damaged("it has no ELF header");
    char *flaw = read_segments(&l, &header);
    if (!flaw)
        flaw = read_tags(&l);
    if (!flaw)
        flaw = check_tables(&l);
    if (!flaw)
        flaw = check_names(&l);
    if (!flaw)
        flaw = check_descriptor(&l, descriptor);
    if (!flaw)
        flaw = check_relocations(&l, DT_RELA, DT_RELASZ);
    if (!flaw)
        flaw = check_relocations(&l, DT_JMPREL, DT_PLTRELSZ);
    return flaw ? flaw : check_relr(&l);
}
