/* test_plugin.c - plugins found, judged, opened, refused; instances made of them.
 *
 * tests/broken/NAME.c is a plugin whose first line says what opening it must report, PATH and
 * COMPILER standing for its own; it is opened as the kind that its note says. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "unit_plugin.h"

#include <dirent.h>
#include <fenv.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "elfnote.h"
#include "folder.h"
#include "memory.h"
#include "plugin_private.h"

/* ---- helpers -------------------------------------------------------------------------------- */

/* What opening reports; "it loads" if nothing. The plugins are the caller's, to look further. */
static char *open_with(cnn_plugins *plugins, uint32_t kind, const char *name)
{
    cnn_report report = {0};
    const cnn_plugin_file *file = cnn_plugins_open(plugins, kind, name, CNN_NOWHERE, &report);
    ck_assert_int_eq(file == NULL, report.errors > 0);
    ck_assert_int_eq(cnn_report_code(&report), file ? CNN_EXIT_DONE : CNN_EXIT_PLUGIN);
    char *lines = file ? cnn_strdup("it loads") : unit_lines(&report);
    cnn_report_free(&report);
    return lines;
}

static cnn_plugins *plugins_in(const char *folder)
{
    cnn_report report = {0};
    cnn_plugins *plugins = cnn_plugins_new(&folder, 1, &report);
    unit_no_faults(&report);
    return plugins;
}

/* A loss that must say just this, PATH standing for FOLDER/NAME.so. */
static void expect(const char *folder, const char *name, const char *expected)
{
    cnn_plugins *plugins = plugins_in(folder);
    char *said = open_with(plugins, CNN_KIND_LOSS, name);
    cnn_text wanted = {0};
    for (const char *at = expected; *at; at++) {
        if (strncmp(at, "PATH", 4) == 0)
            cnn_text_add(&wanted, "%s/%s.so", folder, name);
        else
            cnn_text_add_bytes(&wanted, at, 1);
        at += strncmp(at, "PATH", 4) == 0 ? 3 : 0;
    }
    ck_assert_str_eq(said, wanted.data);
    cnn_text_free(&wanted);
    free(said);
    cnn_plugins_free(plugins);
}

static char *built(const char *name)
{
    return cnn_format("%s/tests/broken/%s.so", unit_build(), name);
}

/* The bytes of a good plugin. */
static unsigned char *good_bytes(uint64_t *size)
{
    cnn_report report = {0};
    char *path = built("good_minimal"), *data;
    ck_assert(cnn_file_read(path, 1 << 24, CNN_EXIT_PLUGIN, &data, size, &report));
    free(path);
    return (unsigned char *)data;
}

static void put(const char *folder, const char *name, const void *data, uint64_t size)
{
    char *path = cnn_path_join(folder, name);
    (void)unlink(path); /* the file that was there may be open as a plugin */
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(data, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
    free(path);
}

static void put_good(const char *folder, const char *name)
{
    uint64_t size;
    unsigned char *data = good_bytes(&size);
    put(folder, name, data, size);
    free(data);
}

static char *subfolder(const char *folder, const char *name)
{
    cnn_report report = {0};
    char *path = cnn_path_join(folder, name);
    ck_assert(cnn_folder_make(path, &report));
    return path;
}

static unsigned char *find_note(unsigned char *data, uint64_t size)
{
    for (uint64_t i = 0; i + sizeof(cnn_abi) <= size; i++)
        if (memcmp(data + i, "CNNPLUG1", 8) == 0)
            return data + i;
    ck_abort_msg("no note");
    return NULL;
}

/* ---- broken plugins ------------------------------------------------------------------------- */

/* The text of the first line with PATH and COMPILER filled in. */
static char *expected_of(const char *source, const char *path, const char *compiler)
{
    char line[1024];
    FILE *file = fopen(source, "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_ptr_nonnull(fgets(line, sizeof line, file));
    fclose(file);
    char *end = strstr(line, " */\n");
    ck_assert_msg(strncmp(line, "/* expect: ", 11) == 0 && end, "%s: line 1 expects nothing",
                  source);
    *end = '\0';
    cnn_text text = {0};
    for (const char *at = line + 11; *at;) {
        const bool p = strncmp(at, "PATH", 4) == 0, c = strncmp(at, "COMPILER", 8) == 0;
        cnn_text_add(&text, "%.*s", p || c ? 1000 : 1, p ? path : c ? compiler : at);
        at += p ? 4 : c ? 8 : 1;
    }
    return text.data;
}

static bool says_why(const char *name)
{
    char *source = cnn_format("tests/broken/%s.c", name), *so = built(name),
         *path = realpath(so, NULL);
    char *folder = cnn_format("%s/tests/broken", unit_build());
    cnn_abi abi = {.kind = CNN_KIND_LOSS};
    ck_assert_msg(path != NULL, "%s is not built", so);
    (void)cnn_plugin_peek(path, &abi);
    cnn_plugins *plugins = plugins_in(folder);
    char *expected = expected_of(source, path, abi.compiler),
         *said = open_with(plugins, abi.kind, name);
    const bool good = strcmp(said, expected) == 0;
    if (!good)
        printf("%s\n  says     %s\n  expected %s\n", source, said, expected);
    cnn_plugins_free(plugins);
    free(said);
    free(expected);
    free(folder);
    free(path);
    free(so);
    free(source);
    return good;
}

START_TEST(broken_plugins_say_why)
{
    DIR *dir = opendir("tests/broken");
    ck_assert_ptr_nonnull(dir);
    int count = 0, wrong = 0;
    for (struct dirent *entry; (entry = readdir(dir));) {
        const size_t length = strlen(entry->d_name);
        if (length < 3 || strcmp(entry->d_name + length - 2, ".c") != 0)
            continue;
        char *name = cnn_format("%.*s", (int)length - 2, entry->d_name);
        count++;
        wrong += !says_why(name);
        free(name);
    }
    closedir(dir);
    ck_assert_int_ge(count, 40);
    ck_assert_int_eq(wrong, 0);
    ck_assert_int_eq(fegetround(), FE_TONEAREST); /* good_rounding */
}
END_TEST

/* ---- files that are no plugins -------------------------------------------------------------- */

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
    ck_assert(!cnn_plugin_peek(link, &abi));
    free(program);
    free(link);
}
END_TEST

/* Bytes 4 (class), 5 (byte order), 18 (machine) of the ELF header. */
START_TEST(other_machines_are_refused)
{
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
        cnn_text expected = {0};
        for (const char *at = cases[i].expected; *at; at++) {
            const bool here = strncmp(at, "HERE", 4) == 0;
#ifdef __aarch64__
            cnn_text_add(&expected, "%.*s", here ? 10 : 1, here ? "aarch64" : at);
#else
            cnn_text_add(&expected, "%.*s", here ? 10 : 1, here ? "x86-64" : at);
#endif
            at += here ? 3 : 0;
        }
        expect(folder, "other", expected.data);
        cnn_text_free(&expected);
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
        {FIELD(major), 0, FIT "ABI major is 0, here 1"},
        {FIELD(pointer_bytes), 4, FIT "pointer_bytes is 4, here 8"},
        {FIELD(long_bytes), 4, FIT "long_bytes is 4, here 8"},
        {FIELD(little_endian), 0, FIT "little_endian is 0, here 1"},
        {FIELD(float_eval), 2, FIT "float_eval is 2, here 0"},
        {FIELD(head_size), 8, FIT "head_size is 8, here 104"},
        {FIELD(param_size), 64, FIT "param_size is 64, here at least 72"},
        {FIELD(param_size), 73, FIT "param_size is 73, here a multiple of 8 up to 4096"},
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

/* ---- the search ----------------------------------------------------------------------------- */

START_TEST(files_that_everyone_can_write_are_refused)
{
    const char *top = unit_folder();
    char *folder = subfolder(top, "plugins"), *file = cnn_path_join(folder, "good_minimal.so");
    put_good(folder, "good_minimal.so");
    expect(folder, "good_minimal", "it loads");
    chmod(file, 0666);
    char *expected = cnn_format("PATH: it is writable by everyone, who could all put code there; "
                                "chmod o-w '%s'",
                                file);
    expect(folder, "good_minimal", expected);
    free(expected);
    chmod(file, 0644);
    expected = cnn_format("PATH: its folder is writable by everyone, who could all put code there; "
                          "chmod o-w '%s', or move the plugin to a folder of your own",
                          folder);
    for (unsigned sticky = 0; sticky < 2; sticky++) {
        chmod(folder, sticky ? 01777 : 0777);
        expect(folder, "good_minimal", expected);
    }
    /* Nor by a link from a safe folder into this one, nor the other way round. */
    char *other = subfolder(top, "links"), *link = cnn_path_join(other, "good_minimal.so");
    ck_assert_int_eq(symlink(file, link), 0);
    cnn_plugins *plugins = plugins_in(other);
    char *said = open_with(plugins, CNN_KIND_LOSS, "good_minimal");
    ck_assert_ptr_nonnull(strstr(said, "plugins/good_minimal.so: its folder is writable"));
    chmod(folder, 0755);
    chmod(other, 01777);
    free(said);
    said = open_with(plugins, CNN_KIND_LOSS, "good_minimal");
    ck_assert_ptr_nonnull(strstr(said, "links/good_minimal.so: its folder is writable"));
    free(said);
    cnn_plugins_free(plugins);
    free(expected);
    free(link);
    free(other);
    free(file);
    free(folder);
}
END_TEST

START_TEST(search_takes_folders_by_kind_first_and_refuses_two)
{
    const char *top = unit_folder();
    char *one = subfolder(top, "one"), *loss = subfolder(one, "loss"), *two = subfolder(top, "two");
    char *layer = subfolder(two, "layer"), *link = cnn_path_join(two, "good_minimal.so");
    char *target = cnn_path_join(loss, "good_minimal.so");
    put_good(loss, "good_minimal.so");
    ck_assert_int_eq(symlink(target, link), 0); /* the same file: counts once */
    cnn_report report = {0};
    cnn_plugins *plugins = cnn_plugins_new((const char *const[]){one, two, one}, 3, &report);
    char *said = open_with(plugins, CNN_KIND_LOSS, "good_minimal");
    ck_assert_str_eq(said, "it loads");
    ck_assert_str_eq(cnn_plugins_opened(plugins, 0)->path, target);
    ck_assert_ptr_eq(cnn_plugins_open(plugins, CNN_KIND_LOSS, "good_minimal", CNN_NOWHERE, &report),
                     cnn_plugins_opened(plugins, 0));
    ck_assert_ptr_null(cnn_plugins_opened(plugins, 1));
    cnn_plugins_free(plugins);
    free(said);

    unlink(link);
    put_good(two, "good_minimal.so");
    put_good(layer, "good_layer.so");
    plugins = cnn_plugins_new((const char *const[]){one, two}, 2, &report);
    said = open_with(plugins, CNN_KIND_LOSS, "good_minimal");
    char *expected = cnn_format(
        "loss plugin 'good_minimal' is there twice, as %s and as %s; remove one", target, link);
    ck_assert_str_eq(said, expected);
    free(expected);
    free(said);
    said = open_with(plugins, CNN_KIND_LAYER, "good_minimal");
    expected = cnn_format(
        "layer plugin 'good_minimal' not found in %s, %s; there is one of kind loss", one, two);
    ck_assert_str_eq(said, expected);
    free(expected);
    free(said);
    said = open_with(plugins, CNN_KIND_LAYER, "good_layer");
    expected =
        cnn_format("%s/good_layer.so: it is of kind loss; here it must be of kind layer", layer);
    ck_assert_str_eq(said, expected);
    free(expected);
    free(said);
    said = open_with(plugins, CNN_KIND_LOSS, "good_minimum");
    expected = cnn_format(
        "loss plugin 'good_minimum' not found in %s, %s; did you mean 'good_minimal'?", one, two);
    ck_assert_str_eq(said, expected);
    free(expected);
    free(said);
    cnn_plugins_free(plugins);
    free(one);
    free(loss);
    free(two);
    free(layer);
    free(link);
    free(target);
}
END_TEST

START_TEST(names_are_identifiers)
{
    static const char *const names[] = {"../one", "/etc/passwd",       "",
                                        "A",      "good_minimal.avx2", "a-b"};
    cnn_plugins *plugins = plugins_in(unit_folder());
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *said = open_with(plugins, CNN_KIND_LOSS, names[i]);
        char *expected =
            cnn_format("plugin name '%s' must match [a-z][a-z0-9_]* and have at most 64 "
                       "bytes",
                       names[i]);
        ck_assert_str_eq(said, expected);
        free(expected);
        free(said);
    }
    cnn_plugins_free(plugins);
}
END_TEST

START_TEST(folders_come_from_environment_and_options)
{
    const char *top = unit_folder();
    char *folder = subfolder(top, "one"), *file = cnn_path_join(folder, "good_minimal.so");
    char *list = cnn_format(":%s/missing::%s:", top, folder),
         *missing = cnn_path_join(top, "missing");
    put_good(folder, "good_minimal.so");
    ck_assert_int_eq(setenv("CNNRUN_PLUGIN_PATH", list, 1), 0);
    cnn_report report = {0};
    cnn_plugins *plugins = cnn_plugins_new(NULL, 0, &report);
    char *said = open_with(plugins, CNN_KIND_LOSS, "good_minimal");
    ck_assert_str_eq(said, "it loads");
    cnn_plugins_free(plugins);
    free(said);
    plugins = cnn_plugins_new((const char *const[]){missing, file}, 2, &report);
    ck_assert_ptr_null(plugins);
    ck_assert_int_eq(cnn_report_code(&report), CNN_EXIT_USAGE);
    said = unit_lines(&report);
    char *expected =
        cnn_format("--plugin-path '%s' is no folder; it must be one\n--plugin-path '%s' is "
                   "no folder; it must be one",
                   missing, file);
    ck_assert_str_eq(said, expected);
    cnn_report_free(&report);
    free(expected);
    free(said);
    free(missing);
    free(list);
    free(file);
    free(folder);
}
END_TEST

START_TEST(list_is_sorted_and_leaves_out_variants)
{
    const char *top = unit_folder();
    char *layers = subfolder(top, "layer");
    put_good(top, "zeta.so");
    put_good(top, "alpha.so");
    put_good(top, "alpha.avx2.so");
    put_good(layers, "omega.so");
    put(top, "text.so", "text", 4);
    put(top, "README", "text", 4);
    cnn_plugins *plugins = plugins_in(top);
    size_t count;
    cnn_plugin_entry *entries = cnn_plugins_list(plugins, 0, &count);
    ck_assert_uint_eq(count, 3);
    ck_assert_str_eq(entries[0].name, "omega");
    ck_assert_uint_eq(entries[0].kind, CNN_KIND_LAYER);
    ck_assert_str_eq(entries[1].name, "alpha");
    ck_assert_str_eq(entries[2].name, "zeta");
    ck_assert_uint_eq(entries[2].kind, CNN_KIND_LOSS);
    cnn_plugin_entries_free(entries, count);
    cnn_plugin_entries_free(cnn_plugins_list(plugins, CNN_KIND_DATASET, &count), 0);
    ck_assert_uint_eq(count, 0);
    cnn_plugins_free(plugins);
    free(layers);
}
END_TEST

/* ---- variants ------------------------------------------------------------------------------- */

static const char *opened_with(const char *isa, const char *folder)
{
    static char name[64];
    setenv("CNNRUN_ISA", isa, 1);
    cnn_plugins *plugins = plugins_in(folder);
    char *said = open_with(plugins, CNN_KIND_LOSS, "good_minimal");
    ck_assert_str_eq(said, "it loads");
    const cnn_plugin_file *file = cnn_plugins_opened(plugins, 0);
    ck_assert_str_eq(strrchr(file->path, '/') + 1, "good_minimal.so");
    (void)snprintf(name, sizeof name, "%s", strrchr(file->opened, '/') + 1);
    cnn_plugins_free(plugins);
    free(said);
    return name;
}

START_TEST(variants_are_picked_for_the_processor)
{
    const char *folder = unit_folder();
    cnn_report report = {0};
    put_good(folder, "good_minimal.so");
    put_good(folder, "good_minimal.avx2.so");
    ck_assert_str_eq(opened_with("baseline", folder), "good_minimal.so");
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2")) {
        ck_assert_str_eq(opened_with("avx2", folder), "good_minimal.avx2.so");
        ck_assert_str_eq(opened_with("", folder), "good_minimal.avx2.so");
        /* A variant passes the same gates. */
        put(folder, "good_minimal.avx2.so", "text", 4);
        cnn_plugins *plugins = plugins_in(folder);
        char *said = open_with(plugins, CNN_KIND_LOSS, "good_minimal");
        ck_assert_ptr_nonnull(strstr(said, "good_minimal.avx2.so: the file is no shared library"));
        free(said);
        cnn_plugins_free(plugins);
    }
#endif
    setenv("CNNRUN_ISA", "sse9", 1);
    ck_assert_ptr_null(cnn_plugins_new(NULL, 0, &report));
    ck_assert_int_eq(cnn_report_code(&report), CNN_EXIT_USAGE);
    ck_assert_str_eq(report.problems[0].text,
                     "CNNRUN_ISA is 'sse9'; it must be baseline, avx2 or avx512");
    cnn_report_free(&report);
}
END_TEST

/* ---- growth --------------------------------------------------------------------------------- */

START_TEST(older_and_newer_plugins_work)
{
    char *folder = cnn_format("%s/tests/broken", unit_build());
    cnn_plugins *plugins = plugins_in(folder);
    cnn_report report = {0};
    const cnn_plugin_file *old =
        cnn_plugins_open(plugins, CNN_KIND_LOSS, "good_old", CNN_NOWHERE, &report);
    unit_no_faults(&report);
    ck_assert_uint_lt(old->head.struct_size, sizeof(cnn_loss));
    ck_assert(!old->loss.gradient);
    ck_assert(!old->loss.claims);
    ck_assert_double_eq(old->loss.value(NULL, (double[]){3, 0}, (double[]){1, 0}, 2), 2);

    cnn_yaml *spec = cnn_yaml_parse("good_new: {power: 3}", 20, "line", &report);
    cnn_instance *new = cnn_instance_new(plugins, CNN_KIND_LOSS, spec, &report);
    unit_no_faults(&report);
    ck_assert_uint_eq(new->file->abi.minor, 7);
    ck_assert_uint_gt(new->file->head.struct_size, sizeof(cnn_loss));
    ck_assert_double_eq(cnn_instance_real(new, "margin"), 1);
    ck_assert_double_eq(cnn_instance_real(new, "power"), 3);
    cnn_instance_free(new);
    cnn_yaml_free(spec);
    cnn_plugins_free(plugins);
    free(folder);
}
END_TEST

/* ---- instances ------------------------------------------------------------------------------ */

/* The instance resolved, as YAML; else what is reported. */
static char *resolve(cnn_plugins *plugins, const char *line)
{
    cnn_report report = {0};
    cnn_yaml *spec = cnn_yaml_parse(line, strlen(line), "line", &report);
    cnn_instance *instance = cnn_instance_new(plugins, CNN_KIND_LOSS, spec, &report);
    ck_assert_int_eq(instance == NULL, report.errors > 0);
    cnn_yaml *resolved = instance ? cnn_instance_resolved(instance) : NULL;
    char *out = instance ? cnn_yaml_emit(resolved) : unit_lines(&report);
    cnn_yaml_free(resolved);
    cnn_instance_free(instance);
    cnn_yaml_free(spec);
    cnn_report_free(&report);
    return out;
}

START_TEST(instances_are_made_from_yaml)
{
    static const char *const cases[][2] = {
        {"good_minimal", "good_minimal\n"},
        {"good_minimal: {}", "good_minimal\n"},
        {"good_minimal: null", "good_minimal\n"},
        {"good_init", "good_init: {low: 0.0, high: 1.0}\n"},
        {"good_init: {low: -2.5}", "good_init: {low: -2.5, high: 1.0}\n"},
        {"good_init: {low: 3}", "line:1:1: good_init: low is 3, above high, 1"},
        {"good_init: {low: 1}", "line:1:1: good_init: init failed and gave no reason"},
        {"good_init: {low: x, lo: 1}",
         "line:1:21: good_init: unknown parameter 'lo'; did you mean 'low'?\n"
         "line:1:18: good_init: low is the string 'x'; it must be a real"},
        {"good_init: 3", "line:1:12: good_init: its parameters are 3; they must be a map, "
                         "{name: value, ...}"},
        {"good_minimal: {low: 1}",
         "line:1:16: good_minimal: unknown parameter 'low'; it has no parameters"},
        {"{good_init: , low: 1}",
         "line:1:15: loss: 'good_init' and 'low' stand side by side; it must be one name with its "
         "parameters inside, good_init: {low: ...}"},
        {"3", "line:1:1: loss: 3 stands here; it must be a name, or name: {parameters}"},
        {"[good_init]",
         "line:1:1: loss: a list stands here; it must be a name, or name: {parameters}"},
        {"{}", "line:1:1: loss: a map stands here; it must be a name, or name: {parameters}"},
    };
    char *folder = cnn_format("%s/tests/broken", unit_build());
    cnn_plugins *plugins = plugins_in(folder);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *out = resolve(plugins, cases[i][0]);
        ck_assert_str_eq(out, cases[i][1]);
        free(out);
    }
    cnn_plugins_free(plugins);
    free(folder);
}
END_TEST

UNIT_MAIN("plugin", broken_plugins_say_why, other_files_are_refused, other_machines_are_refused,
          notes_that_do_not_fit_are_refused, damaged_files_never_crash_the_reader,
          files_that_everyone_can_write_are_refused,
          search_takes_folders_by_kind_first_and_refuses_two, names_are_identifiers,
          folders_come_from_environment_and_options, list_is_sorted_and_leaves_out_variants,
          variants_are_picked_for_the_processor, older_and_newer_plugins_work,
          instances_are_made_from_yaml)
