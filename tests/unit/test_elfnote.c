/* test_elfnote.c - files that are no plugins, or not for this program, are refused in words. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "unit_plugin_files.h"

#include <elf.h>
#include <sys/stat.h>

#include "plugin/elfload.h"
#include "plugin/elfnote.h"

#define MADE_BY "a plugin ends with CNN_LOSS(...) or its like, and is made by: cnnrun build NAME.c"

START_TEST(other_files_are_refused)
{
    const char *folder = unit_folder();
    put(folder, "text.so", "int x;\n", 7);
    expect(folder, "text", "PATH: the file is no shared library (ELF); " MADE_BY);
    put(folder, "empty.so", "", 0);
    expect(folder, "empty", "PATH: the file is empty; " MADE_BY);
    put(folder, "magic.so", "\177ELF", 4);
    expect(folder, "magic",
           "PATH: the file is cut short: its ELF header lies past its end at byte 4");
    free(subfolder(folder, "folder.so"));
    expect(folder, "folder", "PATH: it is not a regular file");
    char *fifo = cnn_path_join(folder, "fifo.so");
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    expect(folder, "fifo", "PATH: it is not a regular file");
    free(fifo);
    char *program = realpath("/proc/self/exe", NULL), *link = cnn_path_join(folder, "program.so");
    ck_assert_int_eq(symlink(program, link), 0);
    cnn_abi abi;
    cnn_report report = {0};
    ck_assert(!cnn_plugin_peek(link, &abi, &report));
    unit_no_faults(&report);
    free(program);
    free(link);
}
END_TEST

/* Bytes 4 (class), 5 (byte order), 18 (machine) of the ELF header. */
START_TEST(other_machines_are_refused)
{
#ifdef __aarch64__
    const char *machine = "aarch64";
#else
    const char *machine = "x86-64";
#endif
    static const struct {
        size_t at;
        unsigned char byte;
        const char *expected;
    } cases[] = {
        {4, 1, "PATH: it is not a 64-bit file; this cnnrun is a 64-bit program"},
        {5, 2, "PATH: it is built for HERE in another byte order; this cnnrun runs on HERE"},
        {18, 243, "PATH: it is built for riscv; this cnnrun runs on HERE"},
        {18, 99, "PATH: it is built for machine 99; this cnnrun runs on HERE"},
        {16, 2, "PATH: it is ELF but no shared library; " MADE_BY},
    };
    const char *folder = unit_folder();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t size;
        unsigned char *data = good_bytes(&size);
        data[cases[i].at] = cases[i].byte;
        put(folder, "other.so", data, size);
        char *expected = replaced(cases[i].expected, "HERE", machine);
        expect(folder, "other", expected);
        free(expected);
        free(data);
    }
}
END_TEST

START_TEST(notes_that_do_not_fit_are_refused)
{
#define FIT "PATH: it does not fit this cnnrun: "
#define FIELD(NAME) offsetof(cnn_abi, NAME), sizeof(((cnn_abi *)0)->NAME)
    static const struct {
        size_t at, size;
        uint64_t bytes; /* little-endian */
        const char *expected;
    } cases[] = {
        {FIELD(minor), 900, "it loads"},
        {FIELD(compiler) - 63, 0, "it loads"},
        {FIELD(magic), 0x324755004c504e43,
         "PATH: its cnnrun note begins with 'CNPL'; it must be "
         "'CNNPLUG1', as this cnnrun's headers write it"},
        {FIELD(length), 116, "PATH: its cnnrun note has 108 bytes and says 116; it must have 108"},
        {FIELD(major), 0, FIT "ABI major is 0, here 2"},
        {FIELD(pointer_bytes), 4, FIT "pointer_bytes is 4, here 8"},
        {FIELD(long_bytes), 4, FIT "long_bytes is 4, here 8"},
        {FIELD(little_endian), 0, FIT "little_endian is 0, here 1"},
        {FIELD(float_eval), 2, FIT "float_eval is 2, here 0"},
        {FIELD(head_size), 8, FIT "head_size is 8, here 104"},
        {FIELD(param_size), 64, FIT "param_size is 64, here at least 80"},
        {FIELD(param_size), 81, FIT "param_size is 81, here a multiple of 8 up to 4096"},
        {FIELD(kind_size), 5000, FIT "kind_size is 5000, here at most 4096"},
        {offsetof(cnn_abi, pointer_bytes), 4, 0x01040404,
         FIT "pointer_bytes is 4, here 8; size_t_bytes is 4, here 8; long_bytes is 4, here 8"},
        {FIELD(flags), CNN_FLAG_FAST_MATH,
         FIT "it was compiled with -ffast-math, which changes the "
             "arithmetic of the whole process"},
#if CNN_ASAN_
        {FIELD(flags), CNN_FLAG_ASAN, "it loads"},
        {FIELD(flags), 0, "it loads"},
#else
        {FIELD(flags), CNN_FLAG_ASAN,
         FIT "it was compiled with AddressSanitizer, this cnnrun without"},
#endif
#if !CNN_TSAN_
        {FIELD(flags), CNN_FLAG_TSAN,
         FIT "it was compiled with ThreadSanitizer, this cnnrun without"},
#endif
    };
    const char *folder = unit_folder();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t size;
        unsigned char *data = good_bytes(&size);
        cnn_abi *abi = (cnn_abi *)(void *)find_note(data, size);
        memcpy((char *)abi + cases[i].at, &cases[i].bytes, cases[i].size);
        put(folder, "good_minimal.so", data, size);
        const bool fit = strncmp(cases[i].expected, FIT, strlen(FIT)) == 0;
        char *expected = cnn_format("%s%s%s%s", cases[i].expected, fit ? "; it was built by " : "",
                                    fit ? abi->compiler : "",
                                    fit ? "; rebuild it with: cnnrun build good_minimal.c" : "");
        expect(folder, "good_minimal", expected);
        free(expected);
        free(data);
    }
}
END_TEST

/* Through the note reader only: none of these files is ever opened. */
START_TEST(damaged_files_never_crash_the_reader)
{
    uint64_t size;
    unsigned char *data = good_bytes(&size);
    cnn_abi abi;
    for (uint64_t i = 0; i < 20; i++) {
        const uint64_t length = i * size / 20;
        unsigned char *part =
            malloc(length + !length); /* exact, so that a sanitizer sees its end */
        memcpy(part, data, length);
        char *flaw = cnn_elfnote_read(part, length, &abi);
        ck_assert_msg(flaw != NULL, "%d bytes of %d are accepted", (int)length, (int)size);
        free(flaw);
        free(part);
    }
    unsigned char *note = find_note(data, size) - 20;
    for (unsigned i = 0; i < 2000; i++) { /* ELF header, program headers, note header */
        unsigned char *byte = i % 5 ? data + (i * 7919u) % (64 + 11 * 56) : note + (i / 5) % 20;
        const unsigned char was = *byte;
        *byte ^= (unsigned char)(1 + i * 31u % 255);
        free(cnn_elfnote_read(data, size, &abi));
        *byte = was;
    }
    char *flaw = cnn_elfnote_read(data, size, &abi);
    ck_assert_ptr_null(flaw);
    free(data);
}
END_TEST

/* ---- what the dynamic linker will go by ----------------------------------------------------- */

/* Where the first section of a type begins. */
static size_t section_at(const unsigned char *data, uint32_t type, size_t *size)
{
    Elf64_Ehdr header;
    Elf64_Shdr section;
    memcpy(&header, data, sizeof header);
    for (size_t i = 0; i < header.e_shnum; i++) {
        memcpy(&section, data + header.e_shoff + i * sizeof section, sizeof section);
        if (section.sh_type == type) {
            *size = section.sh_size;
            return section.sh_offset;
        }
    }
    ck_abort_msg("no section of type %u", type);
    return 0;
}

/* Where the symbol cnn_plugin stands: the only one that is defined data. */
static size_t symbol_at(const unsigned char *data)
{
    Elf64_Sym symbol;
    size_t size, at = section_at(data, SHT_DYNSYM, &size);
    for (const size_t end = at + size; at < end; at += sizeof symbol) {
        memcpy(&symbol, data + at, sizeof symbol);
        if (symbol.st_shndx != SHN_UNDEF && symbol.st_size == sizeof(cnn_loss))
            return at;
    }
    ck_abort_msg("no cnn_plugin");
    return 0;
}

/* Where the n-th program header of a type stands. */
static size_t segment_at(const unsigned char *data, uint32_t type, size_t n)
{
    Elf64_Ehdr header;
    Elf64_Phdr segment;
    memcpy(&header, data, sizeof header);
    for (size_t at = header.e_phoff, i = 0; i < header.e_phnum; i++, at += sizeof segment) {
        memcpy(&segment, data + at, sizeof segment);
        if (segment.p_type == type && n-- == 0)
            return at;
    }
    ck_abort_msg("no segment of type %u", type);
    return 0;
}

/* Where a tag of the dynamic section stands. */
static size_t tag_at(const unsigned char *data, int64_t tag)
{
    Elf64_Dyn entry;
    size_t size, at = section_at(data, SHT_DYNAMIC, &size);
    for (const size_t end = at + size; at < end; at += sizeof entry) {
        memcpy(&entry, data + at, sizeof entry);
        if (entry.d_tag == tag)
            return at;
    }
    ck_abort_msg("no tag %d", (int)tag);
    return 0;
}

START_TEST(what_the_linker_goes_by_is_checked)
{
    uint64_t size;
    size_t bytes;
    unsigned char *good = good_bytes(&size);
    const size_t symbol = symbol_at(good), relocations = section_at(good, SHT_RELA, &bytes),
                 hash = section_at(good, SHT_GNU_HASH, &bytes), load = segment_at(good, PT_LOAD, 1),
                 dynamic = segment_at(good, PT_DYNAMIC, 0),
                 relro = segment_at(good, PT_GNU_RELRO, 0), code = tag_at(good, DT_INIT);
    const struct {
        size_t at;
        unsigned char mask;
        const char *expected;
    } cases[] = {
        {symbol + offsetof(Elf64_Sym, st_value) + 5, 1, ": cnn_plugin is not among its data"},
        {symbol + offsetof(Elf64_Sym, st_info), STT_OBJECT ^ STT_GNU_IFUNC,
         ": cnn_plugin is not among its data"},
        {symbol + offsetof(Elf64_Sym, st_name) + 3, 1, ": symbol "},
        {relocations + offsetof(Elf64_Rela, r_offset) + 4, 1, ": a relocation would write outside"},
        {load + offsetof(Elf64_Phdr, p_vaddr) + 5, 1, " cannot be loaded where it wants to be"},
        {load + offsetof(Elf64_Phdr, p_memsz) + 4, 1, " cannot be loaded where it wants to be"},
        {load + offsetof(Elf64_Phdr, p_align) + 4, 1, " cannot be loaded where it wants to be"},
        {relro + offsetof(Elf64_Phdr, p_vaddr) + 3, 1, " lies outside of those that are loaded"},
        {dynamic + offsetof(Elf64_Phdr, p_vaddr) + 3, 1, " lies outside of those that are loaded"},
        {dynamic + offsetof(Elf64_Phdr, p_type), PT_DYNAMIC ^ PT_SHLIB,
         ": it has no dynamic section"},
        {code + offsetof(Elf64_Dyn, d_un) + 5, 1, " is no code"},
        {hash + 8 + 3, 1, ": the hash table of its symbols is not right"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        good[cases[i].at] ^= cases[i].mask;
        char *flaw = cnn_elfload_check(good, size, sizeof(cnn_loss));
        ck_assert_msg(flaw && strstr(flaw, cases[i].expected), "case %zu: %s", i,
                      flaw ? flaw : "nothing is said");
        free(flaw);
        good[cases[i].at] ^= cases[i].mask;
    }
    ck_assert_ptr_null(cnn_elfload_check(good, size, sizeof(cnn_loss)));
    free(good);
}
END_TEST

/* Every byte of the file's loaded tables; the reader never reads past the end, as a sanitizer sees.
 */
START_TEST(damaged_tables_never_crash_the_check)
{
    static const uint32_t types[] = {SHT_DYNAMIC, SHT_DYNSYM, SHT_STRTAB, SHT_RELA, SHT_GNU_HASH};
    static const unsigned char masks[] = {0x01, 0x40, 0xff};
    uint64_t size;
    unsigned char *data = good_bytes(&size), *exact = malloc(size);
    size_t refused = 0;
    memcpy(exact, data, size);
    for (size_t t = 0; t < sizeof types / sizeof types[0]; t++) {
        size_t bytes;
        const size_t start = section_at(data, types[t], &bytes);
        for (size_t i = 0; i < bytes * sizeof masks; i++) {
            exact[start + i / sizeof masks] ^= masks[i % sizeof masks];
            char *flaw = cnn_elfload_check(exact, size, sizeof(cnn_loss));
            exact[start + i / sizeof masks] ^= masks[i % sizeof masks];
            refused += flaw != NULL;
            free(flaw);
        }
    }
    ck_assert_uint_gt(refused, 500);
    free(exact);
    free(data);
}
END_TEST

UNIT_MAIN("elfnote", what_the_linker_goes_by_is_checked, damaged_tables_never_crash_the_check,
          other_files_are_refused, other_machines_are_refused, notes_that_do_not_fit_are_refused,
          damaged_files_never_crash_the_reader)
