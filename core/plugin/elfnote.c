/* elfnote.c - the ABI note of a plugin's file, read and judged without running any of it.
 *
 * Every offset and size in the file is a claim. They are added in 64 bits with overflow checks and
 * compared with what is left of the file; structs are copied out, since nothing in a file need be
 * aligned. A file that was cut short is refused here, because dlopen would die of SIGBUS on it. */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "plugin/elf_image.h"
#include "plugin/elfnote.h"

#if defined __x86_64__
#define HOST_MACHINE EM_X86_64
#elif defined __aarch64__
#define HOST_MACHINE EM_AARCH64
#endif
#define HOST_DATA (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB)

static const char wrong_build[] = "a plugin ends with CNN_LOSS(...) or its like, and is made by: "
                                  "cnnrun build NAME.c";

static char *machine_name(unsigned machine)
{
    static const struct {
        unsigned machine;
        const char *name;
    } known[] = {{EM_386, "i386"},        {EM_X86_64, "x86-64"}, {EM_ARM, "arm"},
                 {EM_AARCH64, "aarch64"}, {EM_RISCV, "riscv"},   {EM_PPC64, "ppc64"}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].machine == machine)
            return cnn_strdup(known[i].name);
    return cnn_format("machine %u", machine);
}

static char *cut_short(image file, const char *what)
{
    return cnn_format("the file is cut short: its %s lies past its end at byte %llu", what,
                      (unsigned long long)file.size);
}

/* NULL if the header is that of a shared library for this machine, whole as far as it says. */
static char *check_header(image file, Elf64_Ehdr *header)
{
    memset(header, 0, sizeof *header);
    if (file.size == 0)
        return cnn_format("the file is empty; %s", wrong_build);
    if (file.size < SELFMAG || memcmp(file.data, ELFMAG, SELFMAG) != 0)
        return cnn_format("the file is no shared library (ELF); %s", wrong_build);
    memcpy(header, file.data, file.size < sizeof *header ? (size_t)file.size : sizeof *header);
    if (file.size < sizeof *header)
        return cut_short(file, "ELF header");
    if (header->e_ident[EI_CLASS] != ELFCLASS64)
        return cnn_strdup("it is not a 64-bit file; this cnnrun is a 64-bit program");
    if (header->e_ident[EI_DATA] != HOST_DATA || header->e_machine != HOST_MACHINE) {
        char *its = machine_name(header->e_machine), *ours = machine_name(HOST_MACHINE);
        char *flaw =
            cnn_format("it is built for %s%s; this cnnrun runs on %s", its,
                       header->e_ident[EI_DATA] != HOST_DATA ? " in another byte order" : "", ours);
        free(its);
        free(ours);
        return flaw;
    }
    if (header->e_type != ET_DYN || header->e_phentsize != sizeof(Elf64_Phdr))
        return cnn_format("it is ELF but no shared library; %s", wrong_build);
    image part;
    if (!slice(file, header->e_phoff, (uint64_t)header->e_phnum * sizeof(Elf64_Phdr), &part))
        return cut_short(file, "program header table");
    if (!slice(file, header->e_shoff, (uint64_t)header->e_shnum * header->e_shentsize, &part))
        return cut_short(file, "section header table");
    return NULL;
}

/* Walks the notes of one segment, each {sizes, type, name, descriptor} padded to `align`. Counts
 * ours and leaves the last of them in `descriptor`. False if a note reaches past the segment. */
static bool walk_notes(image segment, uint64_t align, size_t *count, image *descriptor)
{
    align = align == 8 ? 8 : 4;
    for (uint64_t at = 0; at < segment.size;) {
        Elf64_Nhdr note;
        image name, body;
        if (!copy_out(segment, at, &note, sizeof note) ||
            !slice(segment, at + sizeof note, note.n_namesz, &name))
            return false;
        /* 32-bit sizes on top of an offset inside the file: no overflow in 64 bits. */
        const uint64_t start = (at + sizeof note + note.n_namesz + align - 1) / align * align;
        if (!slice(segment, start, note.n_descsz, &body))
            return false;
        if (note.n_type == CNN_NOTE_TYPE && name.size == 8 &&
            memcmp(name.data, "cnnrun\0", 8) == 0) {
            *descriptor = body;
            ++*count;
        }
        at = (start + note.n_descsz + align - 1) / align * align;
    }
    return true;
}

/* Checks every segment's place, and walks those that hold notes. */
static char *find_note(image file, const Elf64_Ehdr *header, image *descriptor)
{
    size_t count = 0;
    for (uint64_t i = 0; i < header->e_phnum; i++) {
        Elf64_Phdr segment;
        image part;
        if (!copy_out(file, header->e_phoff + i * sizeof segment, &segment, sizeof segment))
            return cut_short(file, "program header table");
        if (segment.p_type != PT_LOAD && segment.p_type != PT_NOTE)
            continue;
        if (!slice(file, segment.p_offset, segment.p_filesz, &part))
            return cut_short(file, segment.p_type == PT_LOAD ? "code or data" : "note");
        if (segment.p_type == PT_NOTE && !walk_notes(part, segment.p_align, &count, descriptor))
            return cnn_format("a note in it is damaged (larger than its segment); build it anew");
    }
    if (count == 1)
        return NULL;
    if (count == 0)
        return cnn_format("it has no cnnrun note; %s", wrong_build);
    return cnn_format("it has %zu cnnrun notes; a file holds one plugin, so it must have one",
                      count);
}

static void make_printable(char *text, size_t size)
{
    for (size_t i = 0; i < size && text[i]; i++)
        if (text[i] < ' ' || text[i] > '~')
            text[i] = '?';
}

char *cnn_elfnote_read(const void *data, uint64_t size, cnn_abi *abi)
{
    const image file = {data, size};
    image note = {0};
    Elf64_Ehdr header;
    char *flaw = check_header(file, &header);
    if (!flaw)
        flaw = find_note(file, &header, &note);
    if (flaw)
        return flaw;
    memset(abi, 0, sizeof *abi);
    memcpy(abi, note.data, note.size < sizeof *abi ? (size_t)note.size : sizeof *abi);
    abi->compiler[sizeof abi->compiler - 1] = '\0';
    make_printable(abi->compiler, sizeof abi->compiler);
    make_printable(abi->magic, sizeof abi->magic);
    if (memcmp(abi->magic, "CNNPLUG1", 8) != 0)
        return cnn_format(
            "its cnnrun note begins with '%.8s'; it must be 'CNNPLUG1', as this cnnrun's "
            "headers write it",
            abi->magic);
    if (note.size != sizeof *abi || abi->length != sizeof *abi)
        return cnn_format("its cnnrun note has %llu bytes and says %u; it must have %zu",
                          (unsigned long long)note.size, abi->length, sizeof *abi);
    return NULL;
}

/* ---- facts ---------------------------------------------------------------------------------- */

/* "; NAME is SEEN, here EXPECTED", where `hint` says how it must compare. */
static void differ(cnn_text *out, const char *name, unsigned seen, const char *hint, unsigned here)
{
    cnn_text_add(out, "%s%s is %u, here %s%u", out->length ? "; " : "", name, seen, hint, here);
}

static void compare_bytes(const cnn_abi *abi, const cnn_abi *host, cnn_text *out)
{
#define FACT(FIELD)                                                                                \
    {                                                                                              \
#FIELD, offsetof(cnn_abi, FIELD)                                                           \
    }
    static const struct {
        const char *name;
        size_t offset;
    } facts[] = {FACT(pointer_bytes), FACT(size_t_bytes), FACT(long_bytes),   FACT(little_endian),
                 FACT(float_bytes),   FACT(float_radix),  FACT(float_digits), FACT(float_eval)};
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        const uint8_t seen = *((const uint8_t *)abi + facts[i].offset);
        const uint8_t here = *((const uint8_t *)host + facts[i].offset);
        if (seen != here)
            differ(out, facts[i].name, seen, "", here);
    }
}

/* Structs may have grown since, within reason. cnn_head cannot: other fields follow it. */
static void compare_sizes(const cnn_abi *abi, const cnn_abi *host, uint32_t least, cnn_text *out)
{
    const uint32_t most = 4096;
    if (abi->head_size != host->head_size)
        differ(out, "head_size", abi->head_size, "", host->head_size);
    if (abi->param_size < host->param_size)
        differ(out, "param_size", abi->param_size, "at least ", host->param_size);
    if (abi->param_size > most || abi->param_size % 8)
        differ(out, "param_size", abi->param_size, "a multiple of 8 up to ", most);
    if (abi->kind_size < least)
        differ(out, "kind_size", abi->kind_size, "at least ", least);
    if (abi->kind_size > most)
        differ(out, "kind_size", abi->kind_size, "at most ", most);
}

static void compare_flags(const cnn_abi *abi, const cnn_abi *host, cnn_text *out)
{
    static const struct {
        uint32_t flag;
        const char *words;
    } flags[] = {
        {CNN_FLAG_FAST_MATH,
         "it was compiled with -ffast-math, which changes the arithmetic of the "
         "whole process"},
        {CNN_FLAG_ASAN, "it was compiled with AddressSanitizer, this cnnrun without"},
        {CNN_FLAG_TSAN, "it was compiled with ThreadSanitizer, this cnnrun without"},
    };
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        if (abi->flags & ~host->flags & flags[i].flag)
            cnn_text_add(out, "%s%s", out->length ? "; " : "", flags[i].words);
}

char *cnn_elfnote_compare(const cnn_abi *abi, uint32_t least)
{
    static const cnn_abi host = CNN_ABI_FACTS_(0, cnn_head);
    cnn_text out = {0};
    if (abi->major != host.major)
        differ(&out, "ABI major", abi->major, "", host.major);
    compare_bytes(abi, &host, &out);
    compare_sizes(abi, &host, least, &out);
    compare_flags(abi, &host, &out);
    return out.data;
}
