/* test_idx.c - the dataset idx: good files, folders, and what each bad file in tests/data/bad
 * gives. */
#include "folder.h"
#include "unit_plugin.h"

#include <dirent.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define GOOD "tests/data/good/raw"
#define NO_DATA "nowhere_at_all"

/* What open() did. */
typedef struct opened {
    cnn_instance *idx;
    cnn_dataset_view view;
    cnn_error error;
    int result;
} opened;

/* `more`: ", split: test" and the like. */
static opened open_with(const char *path, const char *more)
{
    char *line = cnn_format("idx: {path: '%s'%s}", path, more);
    opened o = {.idx = unit_instance(CNN_KIND_DATASET, line),
                .view = {.struct_size = sizeof o.view}};
    const cnn_random random = {1, 2};
    o.result = o.idx->file->dataset.open(o.idx->self, &random, &o.view, &o.error);
    free(line);
    return o;
}

static opened open_folder(const char *path)
{
    return open_with(path, "");
}

/* Frees; returns the message with the current folder taken out of its paths, in memory of its own.
 */
static const char *message(opened *o)
{
    static char text[sizeof o->error.text];
    char here[4096];
    ck_assert_ptr_nonnull(getcwd(here, sizeof here - 1));
    strcat(here, "/");
    memcpy(text, o->error.text, sizeof text);
    for (char *at; (at = strstr(text, here));)
        memmove(at, at + strlen(here), strlen(at + strlen(here)) + 1);
    cnn_instance_free(o->idx);
    return text;
}

static void expect_failure(const char *path, const char *expected)
{
    opened o = open_folder(path);
    ck_assert_msg(o.result == -1, "%s was accepted; expected: %s", path, expected);
    ck_assert_str_eq(message(&o), expected);
}

/* That view holds the three images that all good folders hold. */
static void expect_good(opened *o)
{
    ck_assert_msg(o->result == 0, "%s", o->error.text);
    ck_assert_uint_eq(o->view.samples, 3);
    ck_assert_uint_eq(o->view.classes, 10);
    ck_assert_uint_eq(o->view.shape.rank, 3);
    for (int i = 0; i < 3; i++)
        ck_assert_uint_eq(o->view.shape.dim[i], i < 2 ? 2 : 1);
    ck_assert_uint_eq(o->view.element, CNN_ELEMENT_U8);
    ck_assert_double_eq(o->view.scale, 1.0 / 255);
    ck_assert_double_eq(o->view.offset, 0);
    for (int i = 0; i < 12; i++)
        ck_assert_int_eq(((const uint8_t *)o->view.images)[i], i + 1);
    ck_assert_mem_eq(o->view.labels, ((const int32_t[]){7, 0, 9}), 3 * sizeof(int32_t));
}

/* Calls visit for each folder in `folder`; returns their number. */
static int each_folder(const char *folder, void (*visit)(const char *path))
{
    int count = 0;
    DIR *dir = opendir(folder);
    ck_assert_ptr_nonnull(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        struct stat stat_of;
        char *path = cnn_path_join(folder, entry->d_name);
        if (entry->d_name[0] != '.' && stat(path, &stat_of) == 0 && S_ISDIR(stat_of.st_mode)) {
            visit(path);
            count++;
        }
        free(path);
    }
    closedir(dir);
    return count;
}

static void visit_good(const char *path)
{
    opened o = open_folder(path);
    expect_good(&o);
    cnn_instance_free(o.idx);
}

static void visit_bad(const char *path)
{
    cnn_report report = {0};
    char *name = cnn_format("%s.expected", path), *expected;
    uint64_t size;
    (void)!cnn_file_read(name, 4096, CNN_EXIT_SYSTEM, &expected, &size, &report);
    unit_no_faults(&report);
    expected[strcspn(expected, "\n")] = 0;
    expect_failure(path, expected);
    free(expected);
    free(name);
}

START_TEST(good_folders_hold_the_same_images)
{
    unsetenv("CNNRUN_DATA");
    ck_assert_int_ge(each_folder("tests/data/good", visit_good), 6);
}
END_TEST

START_TEST(bad_folders_give_their_message)
{
    unsetenv("CNNRUN_DATA");
    ck_assert_int_ge(each_folder("tests/data/bad", visit_bad), 40);
}
END_TEST

/* With 16 MB to be had, a header that claims more must not make a difference. Sanitizers map
 * terabytes, so there it is the test above once more. */
START_TEST(nothing_is_allocated_on_a_headers_word)
{
    unsetenv("CNNRUN_DATA");
    visit_good(GOOD);
#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__
    unsigned long pages;
    FILE *statm = fopen("/proc/self/statm", "r");
    ck_assert_ptr_nonnull(statm);
    ck_assert_int_eq(fscanf(statm, "%lu", &pages), 1);
    fclose(statm);
    const rlim_t bytes = pages * (rlim_t)sysconf(_SC_PAGESIZE) + (16u << 20);
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &(struct rlimit){bytes, bytes}), 0);
#endif
    visit_bad("tests/data/bad/claims_huge_images");
    visit_bad("tests/data/bad/claims_4294967295_images");
    visit_bad("tests/data/bad/gzip_claims_huge_images");
    visit_bad("tests/data/bad/gzip_claims_4294967295_images");
}
END_TEST

START_TEST(compressed_data_may_be_large)
{
    opened o = open_folder("tests/data/large");
    ck_assert_msg(o.result == 0, "%s", o.error.text);
    ck_assert_uint_eq(cnn_shape_count(&o.view.shape), 1 << 20);
    for (size_t i = 0; i < 3u << 20; i++)
        if (((const uint8_t *)o.view.images)[i] != i >> 16)
            ck_abort_msg("value %zu is wrong", i);
    cnn_instance_free(o.idx);
}
END_TEST

START_TEST(files_are_looked_for_in_path_then_in_the_environments_folder)
{
    char *here = getcwd(NULL, 0), *good = cnn_path_join(here, GOOD);
    setenv("CNNRUN_DATA", GOOD, 1);
    opened o = open_folder(NO_DATA);
    expect_good(&o);
    cnn_yaml *resolved = cnn_instance_resolved(o.idx);
    ck_assert_str_eq(cnn_yaml_get(cnn_yaml_get(resolved, "idx"), "path")->text, good);
    cnn_yaml_free(resolved);
    cnn_instance_free(o.idx);
    /* Half of the files do not count. */
    visit_good("tests/data/bad/images_only");
    /* What is in path does, right or wrong. */
    visit_bad("tests/data/bad/empty_images");
    setenv("CNNRUN_DATA", "tests/data/bad/labels_only", 1);
    expect_failure(
        "tests/data/bad/images_only",
        "found no train-images-idx3-ubyte with train-labels-idx1-ubyte, raw or .gz, in "
        "tests/data/bad/images_only (only the images are there), nor in $CNNRUN_DATA, "
        "tests/data/bad/labels_only (only the labels are there); `make data` gets MNIST");
    setenv("CNNRUN_DATA", "", 1);
    visit_bad("tests/data/bad/images_only");
    free(here);
    free(good);
}
END_TEST

START_TEST(split_test_takes_the_other_two_files)
{
    unsetenv("CNNRUN_DATA");
    opened o = open_with("tests/data/bad/test_files_only", ", split: test");
    expect_good(&o);
    cnn_instance_free(o.idx);
    o = open_with(GOOD, ", split: test");
    ck_assert_int_eq(o.result, -1);
    ck_assert_ptr_nonnull(strstr(message(&o), "found no t10k-images-idx3-ubyte with t10k-labels"));
}
END_TEST

START_TEST(classes_bound_the_labels)
{
    opened o = open_with("tests/data/bad/label_10_of_10_classes", ", classes: 11");
    ck_assert_int_eq(o.result, 0);
    ck_assert_uint_eq(o.view.classes, 11);
    cnn_instance_free(o.idx);
    o = open_with(GOOD, ", classes: 9");
    ck_assert_str_eq(message(&o), GOOD "/train-labels-idx1-ubyte: label 9 at index 2; the labels "
                                       "must be 0 to 8");
}
END_TEST

START_TEST(path_is_required)
{
    cnn_report report = {0};
    ck_assert_ptr_null(unit_try_instance(CNN_KIND_DATASET, "idx", &report));
    char *lines = unit_lines(&report);
    ck_assert_ptr_nonnull(strstr(lines, "path"));
    free(lines);
    cnn_report_free(&report);
}
END_TEST

START_TEST(what_is_no_regular_file_is_refused_at_once)
{
    char *fifo = cnn_path_join(unit_folder(), "train-images-idx3-ubyte");
    char *expected = cnn_format("%s: is not a regular file", fifo);
    unsetenv("CNNRUN_DATA");
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    expect_failure(unit_folder_path, expected);
    expect_failure(GOOD "/train-labels-idx1-ubyte",
                   GOOD "/train-labels-idx1-ubyte/train-images-idx3-ubyte: cannot be opened: Not a "
                        "directory");
    free(expected);
    free(fifo);
}
END_TEST

START_TEST(a_long_path_keeps_the_reason)
{
    char path[4097];
    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = 0;
    for (size_t i = 0; i < sizeof path - 1; i += 200)
        path[i] = '/';
    opened o = open_folder(path);
    ck_assert_int_eq(o.result, -1);
    const char *text = message(&o);
    ck_assert_str_eq(text + strlen(text) - strlen(": the path is too long"),
                     ": the path is too long");
}
END_TEST

/* Flips a bit, or cuts, somewhere in each file of a good folder. */
static void damage(const char *from, const char *to, const cnn_random *random, uint64_t round)
{
    cnn_report report = {0};
    char *data;
    uint64_t size;
    (void)!cnn_file_read(from, 4096, CNN_EXIT_SYSTEM, &data, &size, &report);
    const uint64_t at = cnn_random_below(random, 3 * round, size);
    if (cnn_random_below(random, 3 * round + 1, 4) == 0)
        size = at;
    else
        data[at] = (char)(data[at] ^ 1 << cnn_random_below(random, 3 * round + 2, 8));
    FILE *file = fopen(to, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(data, 1, size, file), size);
    fclose(file);
    free(data);
    unit_no_faults(&report);
}

START_TEST(damaged_files_give_a_message_or_whole_images)
{
    const cnn_random random = {3, 4};
    static const char *const files[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte"};
    int refused = 0;
    unsetenv("CNNRUN_DATA");
    unit_folder();
    for (uint64_t round = 0; round < 2000; round++) {
        for (uint64_t i = 0; i < 2; i++) {
            char *from = cnn_format("tests/data/good/%s/%s%s", round % 2 ? "gzip" : "raw", files[i],
                                    round % 2 ? ".gz" : "");
            char *to = cnn_path_join(unit_folder_path, files[i]);
            damage(from, to, &random, 2 * round + i);
            free(from);
            free(to);
        }
        opened o = open_folder(unit_folder_path);
        if (o.result == 0)
            ck_assert_uint_eq(o.view.samples * cnn_shape_count(&o.view.shape), 12);
        else
            ck_assert_ptr_nonnull(strstr(o.error.text, unit_folder_path));
        refused += o.result != 0;
        cnn_instance_free(o.idx);
    }
    ck_assert_int_gt(refused, 1000);
}
END_TEST

UNIT_MAIN("idx", good_folders_hold_the_same_images, bad_folders_give_their_message,
          nothing_is_allocated_on_a_headers_word, compressed_data_may_be_large,
          files_are_looked_for_in_path_then_in_the_environments_folder,
          split_test_takes_the_other_two_files, classes_bound_the_labels, path_is_required,
          what_is_no_regular_file_is_refused_at_once, a_long_path_keeps_the_reason,
          damaged_files_give_a_message_or_whole_images)
