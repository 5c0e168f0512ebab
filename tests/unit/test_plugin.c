/* test_plugin.c - plugins found, opened, refused; instances made of them.
 *
 * tests/broken/NAME.c is a plugin whose first line says what opening it must report, PATH and
 * COMPILER standing for its own; it is opened as the kind that its note says. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "unit_plugin_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <fenv.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "plugin/crash.h"

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
    char *half = replaced(line + 11, "PATH", path), *text = replaced(half, "COMPILER", compiler);
    free(half);
    return text;
}

static bool says_why(const char *name)
{
    char *source = cnn_format("tests/broken/%s.c", name), *so = built(name),
         *path = realpath(so, NULL);
    char *folder = cnn_format("%s/tests/broken", unit_build());
    cnn_abi abi = {.kind = CNN_KIND_LOSS};
    cnn_report report = {0};
    ck_assert_msg(path != NULL, "%s is not built", so);
    (void)cnn_plugin_peek(path, &abi, &report);
    unit_no_faults(&report);
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
    size_t count;
    cnn_plugin_entries_free(cnn_plugins_list(plugins, CNN_KIND_LOSS, &count, &report), 1);
    ck_assert_uint_eq(count, 1);
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
    cnn_report report = {0};
    cnn_plugin_entry *entries = cnn_plugins_list(plugins, 0, &count, &report);
    ck_assert_uint_eq(count, 3);
    ck_assert_str_eq(entries[0].name, "omega");
    ck_assert_uint_eq(entries[0].kind, CNN_KIND_LAYER);
    ck_assert_str_eq(entries[1].name, "alpha");
    ck_assert_str_eq(entries[2].name, "zeta");
    ck_assert_uint_eq(entries[2].kind, CNN_KIND_LOSS);
    cnn_plugin_entries_free(entries, count);
    cnn_plugin_entries_free(cnn_plugins_list(plugins, CNN_KIND_DATASET, &count, &report), 0);
    ck_assert_uint_eq(count, 0);
    cnn_plugins_free(plugins);
    free(layers);
}
END_TEST

/* ---- what the system lacks ------------------------------------------------------------------ */

/* Opening a folder takes a descriptor, and so does a note. */
START_TEST(too_many_open_files_is_told_as_that)
{
    char *folder = subfolder(unit_folder(), "plugins");
    put_good(folder, "good_minimal.so");
    cnn_plugins *plugins = plugins_in(folder);
    for (rlim_t room = 0; room < 2; room++) {
        cnn_report report = {0};
        size_t count;
        struct rlimit limit;
        const int next = dup(0);
        ck_assert_int_ge(next, 0);
        close(next);
        ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
        const rlim_t before = limit.rlim_cur;
        limit.rlim_cur = (rlim_t)next + room;
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
        const cnn_plugin_file *file =
            cnn_plugins_open(plugins, CNN_KIND_LOSS, "good_minimal", CNN_NOWHERE, &report);
        cnn_plugin_entries_free(cnn_plugins_list(plugins, 0, &count, &report), 0);
        limit.rlim_cur = before;
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
        char *said = unit_lines(&report);
        ck_assert_ptr_null(file);
        ck_assert_int_eq(cnn_report_code(&report), CNN_EXIT_SYSTEM);
        ck_assert_msg(strstr(said, ": cannot be read: Too many open files") != NULL, "%s", said);
        ck_assert_msg(!strstr(said, "not found") && !strstr(said, "did you mean"), "%s", said);
        free(said);
        cnn_report_free(&report);
    }
    cnn_plugins_free(plugins);
    free(folder);
}
END_TEST

/* Only root can give a file away, and only root is protected from it. */
START_TEST(root_runs_no_code_of_other_users)
{
    const char *top = unit_folder();
    char *folder = subfolder(top, "plugins"), *file = cnn_path_join(folder, "good_minimal.so");
    struct stat program;
    put_good(folder, "good_minimal.so");
    expect(folder, "good_minimal", "it loads");
    ck_assert_int_eq(stat("/proc/self/exe", &program), 0);
    const uid_t other = program.st_uid == 4242 ? 4243 : 4242;
    if (geteuid() == 0) {
        ck_assert_int_eq(chown(file, other, (gid_t)-1), 0);
        char *expected =
            cnn_format("PATH: cnnrun runs as root, and the file belongs to user %u, who "
                       "could put any code there; chown root '%s', or run cnnrun as "
                       "that user",
                       (unsigned)other, file);
        expect(folder, "good_minimal", expected);
        free(expected);
        ck_assert_int_eq(chown(file, program.st_uid, (gid_t)-1), 0);
        ck_assert_int_eq(chown(folder, other, (gid_t)-1), 0);
        expected =
            cnn_format("PATH: cnnrun runs as root, and its folder belongs to user %u, who could "
                       "put any code there; chown root '%s', or run cnnrun as that user",
                       (unsigned)other, folder);
        expect(folder, "good_minimal", expected);
        free(expected);
        ck_assert_int_eq(chown(folder, program.st_uid, (gid_t)-1), 0);
        expect(folder, "good_minimal", "it loads");
    }
    free(file);
    free(folder);
}
END_TEST

/* ---- what is gone --------------------------------------------------------------------------- */

/* In a child: opens it, cuts it short and reads a table in it. */
_Noreturn static void read_what_is_gone(const char *folder, const char *path, int err)
{
    cnn_report report = {0};
    cnn_plugins *plugins = plugins_in(folder);
    const cnn_plugin_file *file =
        cnn_plugins_open(plugins, CNN_KIND_LOSS, "good_minimal", CNN_NOWHERE, &report);
    (void)dup2(err, STDERR_FILENO);
    cnn_crash_catch();
    if (!file || truncate(path, 0) != 0)
        _exit(1);
    _exit(strlen(file->head.summary) > 0 ? 2 : 3);
}

START_TEST(a_table_that_is_gone_names_its_plugin)
{
    char *folder = subfolder(unit_folder(), "plugins"),
         *path = cnn_path_join(folder, "good_minimal.so"), said[4096] = "";
    FILE *err = tmpfile();
    int status;
    put_good(folder, "good_minimal.so");
    ck_assert_ptr_nonnull(err);
    const pid_t child = fork();
    if (child == 0)
        read_what_is_gone(folder, path, fileno(err));
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    rewind(err);
    ck_assert_uint_gt(fread(said, 1, sizeof said - 1, err), 0);
    char *expected = cnn_format(
        "cnnrun: plugin loss 'good_minimal' (%s) crashed in its data before any step: bus "
        "error: its file was cut short or changed while it was in use\n",
        path);
    ck_assert_str_eq(said, expected);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == CNN_EXIT_PLUGIN);
    fclose(err);
    free(expected);
    free(path);
    free(folder);
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

UNIT_MAIN("plugin", broken_plugins_say_why, files_that_everyone_can_write_are_refused,
          search_takes_folders_by_kind_first_and_refuses_two, names_are_identifiers,
          folders_come_from_environment_and_options, list_is_sorted_and_leaves_out_variants,
          variants_are_picked_for_the_processor, older_and_newer_plugins_work,
          instances_are_made_from_yaml, too_many_open_files_is_told_as_that,
          root_runs_no_code_of_other_users, a_table_that_is_gone_names_its_plugin)
