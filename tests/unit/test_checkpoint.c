/* test_checkpoint.c - what was written comes back, from the previous file if need be. */
#include "unit.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "folder.h"
#include "record/checkpoint.h"

static char *folder, *current, *previous;

static void begin(void)
{
    folder = unit_folder();
    current = cnn_path_join(folder, CNN_CHECKPOINT);
    previous = cnn_path_join(folder, CNN_CHECKPOINT_PREVIOUS);
}

static void put(const char *path, const void *data, uint64_t size)
{
    cnn_report report = {0};
    const cnn_piece piece = {data, size};
    ck_assert(cnn_file_write(path, NULL, &piece, 1, &report));
}

static char *get(const char *path, uint64_t *size)
{
    cnn_report report = {0};
    char *data;
    ck_assert(cnn_file_read(path, 1 << 20, CNN_EXIT_OUTPUT, &data, size, &report));
    return data;
}

/* A state of one number, in each kind of tensor there is. */
static void write_state(double number)
{
    const float kernel[] = {1.0f, -2.0f, (float)number, 0.0f, 5.0f, 6.0f};
    char text[32];
    cnn_checkpoint checkpoint = {0};
    cnn_report report = {0};
    cnn_checkpoint_add(&checkpoint, "z/kernel", false, 2, (const uint64_t[]){3, 2}, kernel);
    cnn_checkpoint_add(&checkpoint, "none", false, 3, (const uint64_t[]){2, 0, 2}, NULL);
    cnn_checkpoint_add(&checkpoint, "scalar", false, 0, NULL, kernel);
    cnn_checkpoint_add(&checkpoint, "run/sums", true, 1, (const uint64_t[]){1}, &number);
    cnn_checkpoint_note(&checkpoint, "step", cnn_format_real(number, text));
    cnn_checkpoint_note(&checkpoint, "pipeline", "a: \"checksum\":\"b\"\n\tc: \xc3\xa9\n");
    ck_assert(cnn_checkpoint_write(&checkpoint, folder, 2, &report));
    ck_assert_uint_eq(report.count, 0);
    cnn_checkpoint_free(&checkpoint);
}

static double number_of(const cnn_checkpoint *checkpoint)
{
    const cnn_record *sums = cnn_checkpoint_find(checkpoint, "run/sums");
    double number;
    ck_assert_ptr_nonnull(sums);
    ck_assert(sums->f64 && sums->size == sizeof number);
    memcpy(&number, sums->data, sizeof number);
    return number;
}

/* Reading gives this number, with so many warnings, the first of which holds `part`. */
static void expect_state(double number, size_t warnings, const char *part)
{
    cnn_checkpoint checkpoint;
    cnn_report report = {0};
    bool found;
    ck_assert(cnn_checkpoint_read(&checkpoint, folder, &found, &report) && found);
    ck_assert_double_eq(number_of(&checkpoint), number);
    ck_assert_uint_eq(report.count, warnings);
    ck_assert_uint_eq(report.errors, 0);
    if (warnings > 0)
        ck_assert_msg(strstr(report.problems[0].text, part) != NULL, "%s", report.problems[0].text);
    cnn_checkpoint_free(&checkpoint);
    cnn_report_free(&report);
}

START_TEST(comes_back_as_it_was)
{
    begin();
    write_state(3.5);
    cnn_checkpoint checkpoint;
    cnn_report report = {0};
    ck_assert(cnn_checkpoint_read_file(&checkpoint, current, &report));
    ck_assert_uint_eq(checkpoint.count, 4);
    ck_assert_str_eq(checkpoint.records[0].name, "run/sums"); /* doubles first */
    const cnn_record *kernel = cnn_checkpoint_find(&checkpoint, "z/kernel");
    ck_assert(kernel && !kernel->f64 && kernel->rank == 2 && kernel->dim[0] == 3 &&
              kernel->dim[1] == 2 && kernel->size == 24);
    ck_assert_mem_eq(kernel->data, ((const float[]){1.0f, -2.0f, 3.5f, 0.0f, 5.0f, 6.0f}), 24);
    const cnn_record *none = cnn_checkpoint_find(&checkpoint, "none");
    ck_assert(none && none->rank == 3 && none->dim[1] == 0 && none->size == 0);
    const cnn_record *scalar = cnn_checkpoint_find(&checkpoint, "scalar");
    ck_assert(scalar && scalar->rank == 0 && scalar->size == 4);
    ck_assert_ptr_null(cnn_checkpoint_find(&checkpoint, "z"));
    ck_assert_uint_eq(checkpoint.metadata_count, 2);
    ck_assert_str_eq(cnn_checkpoint_value(&checkpoint, "step"), "3.5");
    ck_assert_str_eq(cnn_checkpoint_value(&checkpoint, "pipeline"),
                     "a: \"checksum\":\"b\"\n\tc: \xc3\xa9\n");
    ck_assert_ptr_null(cnn_checkpoint_value(&checkpoint, "checksum"));
    cnn_checkpoint_free(&checkpoint);
}
END_TEST

/* The bytes, as the format's text has them, and the same bytes each time. */
START_TEST(is_a_safetensors_file)
{
    begin();
    const float x[] = {1.0f, 2.0f};
    cnn_checkpoint checkpoint = {0};
    cnn_report report = {0};
    cnn_checkpoint_add(&checkpoint, "b", false, 1, (const uint64_t[]){2}, x);
    cnn_checkpoint_add(&checkpoint, "a", false, 2, (const uint64_t[]){1, 1}, x + 1);
    cnn_checkpoint_note(&checkpoint, "format", "cnnrun 1");
    ck_assert(cnn_checkpoint_write(&checkpoint, folder, 2, &report));
    cnn_checkpoint_free(&checkpoint);
    uint64_t size, length;
    char *file = get(current, &size);
    memcpy(&length, file, sizeof length);
    ck_assert_uint_eq(length % 8, 0);
    ck_assert_uint_eq(size, 8 + length + 12);
    ck_assert_mem_eq(file + 8 + length, ((const float[]){2.0f, 1.0f, 2.0f}), 12);
    const char *first = "{\"__metadata__\":{\"checksum\":\"";
    ck_assert_mem_eq(file + 8, first, strlen(first));
    const char *rest = "\",\"format\":\"cnnrun 1\"},"
                       "\"a\":{\"data_offsets\":[0,4],\"dtype\":\"F32\",\"shape\":[1,1]},"
                       "\"b\":{\"data_offsets\":[4,12],\"dtype\":\"F32\",\"shape\":[2]}}";
    ck_assert_mem_eq(file + 8 + strlen(first) + 64, rest, strlen(rest));
    free(file);
}
END_TEST

START_TEST(a_state_without_tensors_is_one)
{
    begin();
    cnn_checkpoint checkpoint = {0};
    cnn_report report = {0};
    ck_assert(cnn_checkpoint_write(&checkpoint, folder, 2, &report));
    ck_assert(cnn_checkpoint_read_file(&checkpoint, current, &report));
    ck_assert_uint_eq(checkpoint.count, 0);
    cnn_checkpoint_free(&checkpoint);
}
END_TEST

START_TEST(falls_back_to_the_previous_one)
{
    begin();
    write_state(1);
    expect_state(1, 0, NULL);
    write_state(2);
    expect_state(2, 0, NULL);
    put(current, "damaged", 7);
    expect_state(1, 1, "shorter than 8 bytes; ");
    expect_state(1, 1, "checkpoint.previous.safetensors is used instead");
    ck_assert_int_eq(unlink(current), 0);
    expect_state(1, 1, "checkpoint.safetensors: is missing; ");
    write_state(3); /* does not lose the previous one */
    put(current, "damaged", 7);
    expect_state(1, 1, "is used instead");
}
END_TEST

START_TEST(a_damaged_file_does_not_become_the_previous_one)
{
    begin();
    write_state(1);
    write_state(2);
    put(current, "damaged", 7);
    write_state(3);
    expect_state(3, 0, NULL);
    put(current, "damaged", 7);
    expect_state(1, 1, "is used instead");
}
END_TEST

START_TEST(says_when_nothing_is_usable)
{
    begin();
    cnn_checkpoint checkpoint;
    cnn_report report = {0};
    bool found = true;
    ck_assert(cnn_checkpoint_read(&checkpoint, folder, &found, &report) && !found);
    ck_assert_ptr_null(checkpoint.records);
    ck_assert_uint_eq(report.count, 0);
    put(current, "damaged", 7);
    ck_assert(!cnn_checkpoint_read(&checkpoint, folder, &found, &report) && found);
    ck_assert_uint_eq(report.errors, 1);
    cnn_report_free(&report);
    put(previous, "damaged, too", 12);
    ck_assert(!cnn_checkpoint_read(&checkpoint, folder, &found, &report) && found);
    ck_assert_uint_eq(report.errors, 2);
    ck_assert_mem_eq(report.problems[0].text, current, strlen(current));
    ck_assert_mem_eq(report.problems[1].text, previous, strlen(previous));
    cnn_report_free(&report);
}
END_TEST

static void expect_unwritable(const char *key, const char *value, const char *dir, const char *part)
{
    cnn_checkpoint checkpoint = {0};
    cnn_report report = {0};
    cnn_checkpoint_note(&checkpoint, key, value);
    ck_assert(!cnn_checkpoint_write(&checkpoint, dir, 2, &report));
    ck_assert_uint_eq(report.count, 1);
    ck_assert_int_eq(report.problems[0].code, CNN_EXIT_OUTPUT);
    ck_assert_msg(strstr(report.problems[0].text, part) != NULL, "%s", report.problems[0].text);
    cnn_report_free(&report);
    cnn_checkpoint_free(&checkpoint);
}

START_TEST(says_what_cannot_be_written)
{
    begin();
    const size_t size = (size_t)16 << 20;
    char *large = cnn_alloc(size + 1, 1), *missing = cnn_path_join(folder, "none");
    memset(large, 'a', size);
    write_state(1);
    expect_unwritable("a", "\xff", folder, "must be UTF-8");
    expect_unwritable("\xff", "a", folder, "must be UTF-8");
    expect_unwritable("a", large, folder, "below 16 MiB");
    expect_unwritable("a", "b", missing, "No such file");
    expect_unwritable("a", "b", current, "Not a directory");
    expect_state(1, 0, NULL);
    free(large);
    free(missing);
}
END_TEST

/* Seeded, so that a failure can be looked for again, though the scheduler has its say, too. */
START_TEST(survives_kills)
{
    begin();
    write_state(0);
    uint64_t random = 1;
    for (int i = 0; i < 30; i++) {
        const pid_t child = fork();
        ck_assert_int_ge(child, 0);
        if (child == 0)
            for (double number = 1;; number++)
                write_state(number);
        random = random * 6364136223846793005u + 1442695040888963407u;
        const struct timespec wait = {0, (long)(random >> 40) % 20000000};
        nanosleep(&wait, NULL);
        ck_assert_int_eq(kill(child, SIGKILL), 0);
        ck_assert_int_eq(waitpid(child, NULL, 0), child);
        cnn_checkpoint checkpoint;
        cnn_report report = {0};
        bool found;
        ck_assert(cnn_checkpoint_read(&checkpoint, folder, &found, &report) && found);
        ck_assert_uint_eq(report.count, 0); /* nor is the current one ever missing */
        ck_assert_double_ge(number_of(&checkpoint), 0);
        cnn_checkpoint_free(&checkpoint);
    }
    write_state(0.5);
    expect_state(0.5, 0, NULL);
}
END_TEST

UNIT_MAIN("checkpoint", comes_back_as_it_was, is_a_safetensors_file, a_state_without_tensors_is_one,
          falls_back_to_the_previous_one, a_damaged_file_does_not_become_the_previous_one,
          says_when_nothing_is_usable, says_what_cannot_be_written, survives_kills)
