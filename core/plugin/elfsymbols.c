/* elfsymbols.c - the names and symbols of a plugin's file, checked before the dynamic linker reads
 * them. */
#include <elf.h>

#include "plugin/elf_library.h"

/* ---- symbols -------------------------------------------------------------------------------- */

bool cnn_elf_symbol(const cnn_elf_library *l, uint64_t index, Elf64_Sym *symbol)
{
    uint64_t at;
    image part;
    if (!cnn_mul(index, sizeof *symbol, &at) || !cnn_add(at, l->tags[DT_SYMTAB].value, &at) ||
        !cnn_elf_loaded(l, at, sizeof *symbol, &part))
        return false;
    memcpy(symbol, part.data, sizeof *symbol);
    return symbol->st_name < l->strings.size;
}

char *cnn_elf_check_names(cnn_elf_library *l)
{
    static const int names[] = {DT_SONAME, DT_RPATH, DT_RUNPATH};
    if (!l->tags[DT_STRSZ].value ||
        !cnn_elf_loaded(l, l->tags[DT_STRTAB].value, l->tags[DT_STRSZ].value, &l->strings) ||
        l->strings.data[l->strings.size - 1] != '\0')
        return cnn_elf_damaged("it has no table of names");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (l->tags[names[i]].there && l->tags[names[i]].value >= l->strings.size)
            return cnn_elf_damaged("a name lies outside of the table of its names");
    Elf64_Sym first;
    if (!l->tags[DT_SYMTAB].there || l->tags[DT_SYMENT].value != sizeof first ||
        !cnn_elf_symbol(l, 0, &first))
        return cnn_elf_damaged("it has no symbol table");
    return NULL;
}

/* The number of symbols that a lookup can find: one more than the last of the longest chain. */
static bool count_gnu(const cnn_elf_library *l, uint64_t *count)
{
    image table;
    uint32_t head[4], bucket, last = 0,
                              link = 0; /* buckets, first symbol, words of filter, shift */
    if (!cnn_elf_loaded(l, l->gnu_hash.value, 0, &table) ||
        !copy_out(table, 0, head, sizeof head) || !head[2] || !cnn_elf_is_power(head[2]))
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

static bool count_symbols(const cnn_elf_library *l, uint64_t *count)
{
    image table;
    uint32_t head[2]; /* buckets, symbols */
    if (l->gnu_hash.there)
        return count_gnu(l, count);
    if (!l->tags[DT_HASH].there || !cnn_elf_loaded(l, l->tags[DT_HASH].value, 0, &table) ||
        !copy_out(table, 0, head, sizeof head))
        return false;
    *count = head[1];
    return (8ull + 4ull * head[0] + 4ull * head[1]) <= table.size;
}

/* An indirect function or a variable of a thread would make the search for its address a call. */
char *cnn_elf_check_descriptor(const cnn_elf_library *l, uint32_t size)
{
    uint64_t count;
    Elf64_Sym symbol;
    if (!count_symbols(l, &count))
        return cnn_elf_damaged("the hash table of its symbols is not right");
    for (uint64_t i = 0; i < count; i++) {
        if (!cnn_elf_symbol(l, i, &symbol))
            return cnn_elf_damaged("symbol %llu is not right", (unsigned long long)i);
        const unsigned type = ELF64_ST_TYPE(symbol.st_info);
        if (symbol.st_shndx == SHN_UNDEF ||
            strcmp((const char *)l->strings.data + symbol.st_name, "cnn_plugin") != 0)
            continue;
        if ((type != STT_OBJECT && type != STT_NOTYPE) || symbol.st_shndx == SHN_ABS ||
            !cnn_elf_segment(l, symbol.st_value, size))
            return cnn_elf_damaged("cnn_plugin is not among its data");
    }
    return NULL;
}
