/* test_plugin_damage.c - a plugin's file with a damaged byte is refused by its name, or works;
 * nothing ever dies of it without a word.
 *
 * Each byte that the dynamic linker goes by (headers, notes, hash table, symbols, names,
 * relocations, dynamic section, constructors) is changed by several masks, more than 5,000 files in
 * all. Each one is listed beside two good plugins, and what can be listed is trained with. `make
 * damage` does all of them, `make test` every STRIDE-th. */
#include <elf.h>
#include <sys/stat.h>

#include "run_folder.h"

#define PARTS 97
#define LISTED_TO_TRAINED 5

static const unsigned char masks[] = {0x01, 0x10, 0x80, 0xff};

typedef struct bytes {
    unsigned char *data;
    size_t size;
} bytes;

/* The offsets in the file of all bytes that are to be changed; their number. */
static size_t find_targets(const bytes *file, size_t *targets, size_t most)
{
    Elf64_Ehdr header;
    Elf64_Shdr section;
    size_t count = 0;
    memcpy(&header, file->data, sizeof header);
    for (size_t i = 0; i < sizeof header; i++)
        targets[count++] = i;
    for (size_t i = 0; i < header.e_phnum * sizeof(Elf64_Phdr); i++)
        targets[count++] = header.e_phoff + i;
    for (size_t i = 0; i < header.e_shnum; i++) {
        memcpy(&section, file->data + header.e_shoff + i * sizeof section, sizeof section);
        if (!(section.sh_flags & SHF_ALLOC) || section.sh_type == SHT_PROGBITS ||
            section.sh_type == SHT_NOBITS)
            continue;
        for (size_t k = 0; k < section.sh_size; k++) {
            ck_assert_uint_lt(count, most);
            targets[count++] = section.sh_offset + k;
        }
    }
    return count;
}

static void put(const char *path, const bytes *file)
{
    (void)unlink(path);
    FILE *out = fopen(path, "wb");
    ck_assert_ptr_nonnull(out);
    ck_assert_uint_eq(fwrite(file->data, 1, file->size, out), file->size);
    ck_assert_int_eq(fclose(out), 0);
}

/* The folder of three losses, of which `good_minimal` will be changed. */
static const char *make_folder(bytes *victim)
{
    static const char *const names[] = {"good_init.so", "good_new.so", "good_minimal.so"};
    const char *top = run_text("%s/plugins", unit_folder_path);
    const char *folder = run_text("%s/loss", top);
    ck_assert_int_eq(mkdir(top, 0755), 0);
    ck_assert_int_eq(mkdir(folder, 0755), 0);
    for (size_t i = 0; i < 3; i++) {
        victim->data = (unsigned char *)run_file(run_text("%s/tests/broken", unit_build()),
                                                 names[i], &victim->size);
        put(run_text("%s/%s", folder, names[i]), victim);
    }
    return folder;
}

/* The program NAME of the build, copied into the test's folder. */
static const char *copy(const char *name)
{
    bytes program;
    const char *path = run_text("%s/%s", unit_folder_path, name);
    program.data = (unsigned char *)run_file(unit_build(), name, &program.size);
    put(path, &program);
    ck_assert_int_eq(chmod(path, 0755), 0);
    return path;
}

/* cnnrun with the command `plugins` alone, so that only these three plugins are listed. */
static const char *copy_program(void)
{
    ck_assert_int_eq(mkdir(run_text("%s/plugins/command", unit_folder_path), 0755), 0);
    (void)copy("plugins/command/plugins");
    return copy("cnnrun");
}

static bool is_named(const run_result *r, const char *path)
{
    return (r->code == 0 && !*r->err) || (r->code == 5 && strstr(r->err, path));
}

/* True if it was listed. */
static bool check_listed(const char *program, const char *folder, const char *path, size_t at,
                         unsigned mask)
{
    char top[256];
    (void)snprintf(top, sizeof top, "%.*s", (int)(strlen(folder) - strlen("/loss")), folder);
    const char *const words[] = {"plugins", "--plugin-path", top, NULL};
    const run_result r = run_wait(run_spawn(program, words));
    ck_assert_msg(is_named(&r, path), "byte %zu, mask %02x: exit %d\n%s%s", at, mask, r.code, r.out,
                  r.err);
    ck_assert_msg(strstr(r.out, "good_init") && strstr(r.out, "good_new"),
                  "byte %zu, mask %02x hides others: exit %d\n%s%s", at, mask, r.code, r.out,
                  r.err);
    return r.code == 0;
}

/* A diverged training (6) is one that went on. */
static void check_trained(const char *folder, const char *path, size_t at, unsigned mask)
{
    const run_result r = run_cnnrun(
        SMALL " --quiet --epochs 1 --set loss=good_minimal --plugin-path %s --out %s/run%zu_%x",
        folder, unit_folder_path, at, mask);
    ck_assert_msg(is_named(&r, path) || r.code == 6, "byte %zu, mask %02x, trained: exit %d\n%s%s",
                  at, mask, r.code, r.out, r.err);
}

START_TEST(a_damaged_byte_never_ends_it_without_a_name)
{
    static size_t targets[100000];
    const char *which = getenv("CNNRUN_DAMAGE");
    size_t part = 0, parts = PARTS;
    bytes file;
    ck_assert(!which || sscanf(which, "%zu/%zu", &part, &parts) == 2);
    unit_folder();
    const char *folder = make_folder(&file), *program = copy_program();
    const char *path = run_text("%s/good_minimal.so", folder);
    const size_t count = find_targets(&file, targets, sizeof targets / sizeof targets[0]);
    size_t listed = 0, tried = 0;
    ck_assert_uint_ge(count * sizeof masks, 5000);
    for (size_t i = part; i < count * sizeof masks; i += parts) {
        const unsigned char mask = masks[i % sizeof masks];
        const size_t at = targets[i / sizeof masks];
        file.data[at] ^= mask;
        put(path, &file);
        file.data[at] ^= mask;
        tried++;
        if (check_listed(program, folder, path, at, mask) && listed++ % LISTED_TO_TRAINED == 0)
            check_trained(folder, path, at, mask);
    }
    printf("damaged bytes: %zu files, %zu refused by name, %zu worked\n", tried, tried - listed,
           listed);
    ck_assert_uint_gt(listed, 0);
    ck_assert_uint_lt(listed, tried);
}
END_TEST

UNIT_MAIN("plugin_damage", a_damaged_byte_never_ends_it_without_a_name)
