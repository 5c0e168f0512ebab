/* test_file.c - reading and writing whole files, where files, folders and disks misbehave. */
#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "folder.h"

static void put(const char *path, const char *previous, const char *text)
{
    cnn_report report = {0};
    const cnn_piece piece = {text, strlen(text)};
    ck_assert(cnn_file_write(path, previous, &piece, 1, &report));
    ck_assert_uint_eq(report.count, 0);
}

static void expect(const char *path, const char *text)
{
    cnn_report report = {0};
    char *data;
    uint64_t size;
    ck_assert(cnn_file_read(path, 1000, CNN_EXIT_DATA, &data, &size, &report));
    ck_assert_uint_eq(size, strlen(text));
    ck_assert_str_eq(data, text);
    free(data);
}

/* The report has one error with this code, that begins with the path and holds `part`. */
static void expect_fault(cnn_report *report, int code, const char *path, const char *part)
{
    ck_assert_uint_eq(report->count, 1);
    ck_assert_int_eq(report->problems[0].code, code);
    ck_assert_mem_eq(report->problems[0].text, path, strlen(path));
    ck_assert_msg(strstr(report->problems[0].text, part) != NULL, "%s", report->problems[0].text);
    cnn_report_free(report);
}

static void expect_unreadable(const char *path, uint64_t limit, const char *part)
{
    cnn_report report = {0};
    char *data = NULL;
    uint64_t size;
    ck_assert(!cnn_file_read(path, limit, CNN_EXIT_DATA, &data, &size, &report));
    ck_assert_ptr_null(data);
    expect_fault(&report, CNN_EXIT_DATA, path, part);
}

/* `named` is the file that the fault is about. */
static void expect_unwritable(const char *path, const char *previous, const char *named,
                              const char *part)
{
    static char bytes[20000];
    cnn_report report = {0};
    const cnn_piece piece = {bytes, sizeof bytes};
    ck_assert(!cnn_file_write(path, previous, &piece, 1, &report));
    expect_fault(&report, CNN_EXIT_OUTPUT, named, part);
}

static void expect_missing(const char *path)
{
    struct stat status;
    ck_assert_int_ne(lstat(path, &status), 0);
}

START_TEST(what_cannot_be_looked_at_is_not_missing)
{
    cnn_report report = {0};
    char name[5000];
    bool there;
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    ck_assert(cnn_file_look("/", &there, "cannot be read", CNN_EXIT_DATA, &report) && there);
    ck_assert(cnn_file_look("/nothing", &there, NULL, CNN_EXIT_DATA, &report) && !there);
    ck_assert(cnn_file_look("/dev/null/x", &there, NULL, CNN_EXIT_DATA, &report) && !there);
    ck_assert(!cnn_file_look(name, &there, "cannot be read", CNN_EXIT_DATA, &report) && !there);
    ck_assert(!cnn_file_is_missing(name));
    expect_fault(&report, CNN_EXIT_DATA, name, ": cannot be read: File name too long");
}
END_TEST

START_TEST(reads_up_to_the_limit)
{
    char *path = cnn_path_join(unit_folder(), "a");
    put(path, NULL, "");
    expect(path, "");
    put(path, NULL, "12345");
    expect(path, "12345");
    cnn_report report = {0};
    char *data;
    uint64_t size;
    ck_assert(cnn_file_read(path, 5, CNN_EXIT_DATA, &data, &size, &report));
    free(data);
    expect_unreadable(path, 4, "has 5 bytes; at most 4 are expected");
    free(path);
}
END_TEST

/* A sparse file claims what it likes; nothing of that size is allocated. */
START_TEST(refuses_a_huge_file)
{
    char *path = cnn_path_join(unit_folder(), "a");
    put(path, NULL, "");
    ck_assert_int_eq(truncate(path, (off_t)1 << 40), 0);
    expect_unreadable(path, 1000, "at most 1000");
    ck_assert_int_eq(unlink(path), 0);
    free(path);
}
END_TEST

START_TEST(refuses_what_is_no_regular_file)
{
    char *folder = unit_folder(), *fifo = cnn_path_join(folder, "fifo");
    char *missing = cnn_path_join(folder, "missing");
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    expect_unreadable(fifo, 10, "regular file"); /* and does not wait for a writer */
    expect_unreadable(folder, 10, "regular file");
    expect_unreadable("/dev/zero", 10, "regular file");
    expect_unreadable(missing, 10, "No such file");
    expect_unreadable("", 10, "No such file");
    free(fifo);
    free(missing);
}
END_TEST

/* What /proc says of its files' sizes, 0, is not what they hold: as with one that grows, the size
 * when it was opened counts. */
START_TEST(takes_a_growing_file_as_it_was_opened)
{
    expect("/proc/self/status", "");
}
END_TEST

START_TEST(joins_pieces)
{
    char *path = cnn_path_join(unit_folder(), "a");
    const cnn_piece pieces[] = {{"ab", 2}, {NULL, 0}, {"c", 1}};
    cnn_report report = {0};
    ck_assert(cnn_file_write(path, NULL, pieces, 3, &report));
    expect(path, "abc");
    ck_assert(cnn_file_write(path, NULL, NULL, 0, &report));
    expect(path, "");
    free(path);
}
END_TEST

START_TEST(keeps_the_previous_file)
{
    char *folder = unit_folder(), *path = cnn_path_join(folder, "a");
    char *previous = cnn_path_join(folder, "b"), *temporary = cnn_path_join(folder, "a.tmp");
    put(path, previous, "1");
    expect(path, "1");
    expect_missing(previous);
    put(path, previous, "2");
    put(path, previous, "3");
    expect(path, "3");
    expect(previous, "2");
    put(path, NULL, "4");
    expect(previous, "2");
    ck_assert_int_eq(unlink(path), 0); /* what stays is not lost by a file that is missing */
    put(path, previous, "5");
    expect(previous, "2");
    expect(path, "5");
    expect_missing(temporary);
    free(path);
    free(previous);
    free(temporary);
}
END_TEST

/* A kill between link and rename leaves both names on one file, and the temporary one. */
START_TEST(goes_on_after_a_kill)
{
    char *folder = unit_folder(), *path = cnn_path_join(folder, "a");
    char *previous = cnn_path_join(folder, "b"), *temporary = cnn_path_join(folder, "a.tmp");
    put(path, NULL, "1");
    ck_assert_int_eq(link(path, previous), 0);
    put(temporary, NULL, "what a killed run left, longer than what comes");
    put(path, previous, "2");
    expect(path, "2");
    expect(previous, "1");
    expect_missing(temporary);
    ck_assert_int_eq(symlink(previous, temporary), 0); /* is not followed */
    put(path, NULL, "3");
    expect(previous, "1");
    expect(path, "3");
    free(path);
    free(previous);
    free(temporary);
}
END_TEST

START_TEST(a_full_disk_leaves_the_old_file)
{
    char *folder = unit_folder(), *path = cnn_path_join(folder, "a");
    char *previous = cnn_path_join(folder, "b"), *temporary = cnn_path_join(folder, "a.tmp");
    put(path, previous, "1");
    put(path, previous, "2");
    /* Past 10,000 bytes a write is short first, then fails: as on a disk that fills up. */
    const struct rlimit limit = {10000, 10000};
    ck_assert(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    expect_unwritable(path, previous, path, "File too large");
    expect(path, "2");
    expect(previous, "1");
    expect_missing(temporary);
    free(path);
    free(previous);
    free(temporary);
}
END_TEST

START_TEST(names_what_cannot_be_written)
{
    char *folder = unit_folder(), *file = cnn_path_join(folder, "file");
    char *below = cnn_path_join(file, "a"), *missing = cnn_path_join(folder, "none/a");
    char *link_to = cnn_path_join(folder, "link");
    put(file, NULL, "1");
    expect_unwritable(below, NULL, below, "Not a directory");
    expect_unwritable(missing, NULL, missing, "No such file");
    expect_unwritable(folder, NULL, folder, "regular file");
    expect_unwritable("/dev/null", NULL, "/dev/null", "regular file");
    ck_assert_int_eq(symlink(file, link_to), 0);
    expect_unwritable(link_to, NULL, link_to, "regular file");
    expect(file, "1");
    char *previous = cnn_path_join(folder, "none/b"),
         *temporary = cnn_path_join(folder, "file.tmp");
    expect_unwritable(file, previous, file,
                      "No such file"); /* after the temporary one is written */
    expect(file, "1");
    expect_missing(temporary);
    free(previous);
    free(temporary);
    free(file);
    free(below);
    free(missing);
    free(link_to);
}
END_TEST

START_TEST(writes_into_the_current_folder)
{
    ck_assert_int_eq(chdir(unit_folder()), 0);
    put("a", "b", "1");
    put("a", "b", "2");
    expect("a", "2");
    expect("b", "1");
}
END_TEST

START_TEST(makes_folders)
{
    char *folder = unit_folder(), *deep = cnn_path_join(folder, "a//b/c/");
    char *file = cnn_path_join(deep, "file"), *below = cnn_path_join(file, "d");
    cnn_report report = {0};
    ck_assert(cnn_folder_make(deep, &report));
    ck_assert(cnn_folder_make(deep, &report));
    ck_assert(cnn_folder_make("/", &report));
    ck_assert(cnn_folder_make(".", &report));
    put(file, NULL, "1");
    ck_assert(!cnn_folder_make(file, &report));
    expect_fault(&report, CNN_EXIT_OUTPUT, file, "Not a directory");
    ck_assert(!cnn_folder_make(below, &report));
    expect_fault(&report, CNN_EXIT_OUTPUT, file, "Not a directory");
    ck_assert(!cnn_folder_make("", &report));
    ck_assert_uint_eq(report.count, 1);
    cnn_report_free(&report);
    free(deep);
    free(file);
    free(below);
}
END_TEST

static void expect_path(char *path, const char *expected)
{
    ck_assert_str_eq(path, expected);
    free(path);
}

START_TEST(makes_paths)
{
    expect_path(cnn_path_join("a", "b"), "a/b");
    expect_path(cnn_path_join("a/", "b"), "a/b");
    expect_path(cnn_path_join("/", "b"), "/b");
    expect_path(cnn_path_join("", "b"), "b");
    ck_assert_int_eq(chdir("/usr"), 0);
    expect_path(cnn_path_absolute("/a/../b"), "/a/../b");
    expect_path(cnn_path_absolute("a/./b"), "/usr/a/./b");
    expect_path(cnn_path_absolute("./a"), "/usr/a");
    expect_path(cnn_path_absolute(".//./a"), "/usr/a");
    expect_path(cnn_path_absolute("../a"), "/usr/../a");
    expect_path(cnn_path_absolute(".a"), "/usr/.a");
    ck_assert_int_eq(chdir("/"), 0);
    expect_path(cnn_path_absolute("a"), "/a");
}
END_TEST

/* FIPS 180-2, appendix B. */
START_TEST(hashes)
{
    char hex[CNN_SHA256_HEX];
    cnn_sha256(NULL, 0, hex);
    ck_assert_str_eq(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    cnn_sha256((const cnn_piece[]){{"a", 1}, {NULL, 0}, {"bc", 2}}, 3, hex);
    ck_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
END_TEST

UNIT_MAIN("file", reads_up_to_the_limit, refuses_a_huge_file, refuses_what_is_no_regular_file,
          takes_a_growing_file_as_it_was_opened, joins_pieces, keeps_the_previous_file,
          goes_on_after_a_kill, a_full_disk_leaves_the_old_file, names_what_cannot_be_written,
          writes_into_the_current_folder, makes_folders, makes_paths,
          what_cannot_be_looked_at_is_not_missing, hashes)
