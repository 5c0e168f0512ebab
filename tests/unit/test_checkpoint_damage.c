/* test_checkpoint_damage.c - damaged and hostile checkpoints are refused, each for what is wrong.
 */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "folder.h"
#include "record/checkpoint.h"

static char *current;

static void begin(void)
{
    current = cnn_path_join(unit_folder(), CNN_CHECKPOINT);
}

static void put(const char *path, const void *data, uint64_t size)
{
    cnn_report report = {0};
    const cnn_piece piece = {data, size};
    ck_assert(cnn_file_write(path, NULL, &piece, 1, &report));
}

static void expect_sound(void)
{
    cnn_checkpoint checkpoint;
    cnn_report report = {0};
    ck_assert(cnn_checkpoint_read_file(&checkpoint, current, &report));
    cnn_checkpoint_free(&checkpoint);
}

/* Writes a small checkpoint and returns its bytes. */
static char *make_sound(uint64_t *size)
{
    cnn_checkpoint checkpoint = {0};
    cnn_report report = {0};
    char *file;
    cnn_checkpoint_add(&checkpoint, "kernel", false, 2, (const uint64_t[]){1, 2},
                       (const float[2]){1});
    cnn_checkpoint_add(&checkpoint, "sums", true, 0, NULL, &(const double){2});
    cnn_checkpoint_note(&checkpoint, "step", "3");
    ck_assert(cnn_checkpoint_write(&checkpoint, unit_folder_path, 2, &report));
    cnn_checkpoint_free(&checkpoint);
    ck_assert(cnn_file_read(current, 1 << 20, CNN_EXIT_OUTPUT, &file, size, &report));
    return file;
}

static void expect_refused(const char *part)
{
    cnn_checkpoint checkpoint;
    cnn_report report = {0};
    ck_assert_msg(!cnn_checkpoint_read_file(&checkpoint, current, &report), "not refused: %s",
                  part);
    ck_assert_ptr_null(checkpoint.records);
    ck_assert_ptr_null(checkpoint.file);
    ck_assert_uint_eq(report.count, 1);
    ck_assert_int_eq(report.problems[0].code, CNN_EXIT_OUTPUT);
    ck_assert_msg(strstr(report.problems[0].text, part) != NULL, "%s, not %s",
                  report.problems[0].text, part);
    cnn_report_free(&report);
}

/* The file of this header, whose first @ becomes the right checksum, and `size` zero bytes. */
static void forge(const char *header, uint64_t size)
{
    static const char zeros[1024];
    const char *at = strchr(header, '@');
    const size_t before = at ? (size_t)(at - header) : strlen(header);
    char digits[CNN_SHA256_HEX];
    char *whole =
        at ? cnn_format("%.*s%064d%s", (int)before, header, 0, at + 1) : cnn_strdup(header);
    const uint64_t length = strlen(whole);
    const cnn_piece pieces[] = {{&length, sizeof length}, {whole, length}, {zeros, size}};
    cnn_report report = {0};
    cnn_sha256(pieces, 3, digits);
    if (at)
        memcpy(whole + before, digits, CNN_SHA256_HEX - 1);
    ck_assert(cnn_file_write(current, NULL, pieces, 3, &report));
    free(whole);
}

#define META "{\"__metadata__\":{\"checksum\":\"@\"}"
#define TENSOR(NAME, DTYPE, SHAPE, OFFSETS)                                                        \
    ",\"" NAME "\":{\"dtype\":\"" DTYPE "\",\"shape\":" SHAPE ",\"data_offsets\":" OFFSETS "}"

START_TEST(refuses_every_truncation)
{
    begin();
    uint64_t size;
    char *file = make_sound(&size);
    for (uint64_t i = 0; i < size; i++) {
        put(current, file, i);
        expect_refused(i < 8 ? "shorter than 8 bytes" : "damaged");
    }
    char *longer = cnn_alloc(size + 1, 1);
    memcpy(longer, file, size);
    put(current, longer, size + 1);
    expect_refused("checksum");
    put(current, file, size);
    expect_sound();
    free(longer);
    free(file);
}
END_TEST

START_TEST(refuses_every_flipped_bit)
{
    begin();
    uint64_t size;
    char *file = make_sound(&size);
    for (uint64_t i = 0; i < 8 * size; i++) {
        FILE *out = fopen(current, "r+b"); /* in place, as fsync takes long */
        file[i / 8] = (char)(file[i / 8] ^ (1 << i % 8));
        ck_assert(out && fwrite(file, size, 1, out) == 1 && fclose(out) == 0);
        expect_refused("damaged");
        file[i / 8] = (char)(file[i / 8] ^ (1 << i % 8));
    }
    put(current, file, size);
    expect_sound();
    free(file);
}
END_TEST

START_TEST(refuses_lengths_that_lie)
{
    begin();
    const uint64_t lengths[] = {0, 1, 3, ((uint64_t)16 << 20) + 1, UINT64_MAX, UINT64_MAX - 7};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        char bytes[10] = {0};
        memcpy(bytes, &lengths[i], 8);
        memcpy(bytes + 8, "{}", 2);
        put(current, bytes, sizeof bytes);
        expect_refused(lengths[i] <= 2 ? "no checksum" : "length of its header");
    }
    /* Far larger than any checkpoint, and a header that fits: nothing is read of it. */
    ck_assert_int_eq(truncate(current, (off_t)1 << 40), 0);
    expect_refused("are expected");
}
END_TEST

static const struct {
    const char *header;
    uint64_t size;
    const char *part; /* of the message */
} HOSTILE[] = {
    {"{}", 0, "no checksum"},
    {"{\"__metadata__\":{\"checksum\":\"1\"}}", 100, "no checksum"},
    {"{\"checksum\":\"@\"}", 0, "metadata must"},
    {"[\"checksum\",\"checksum\":\"@\"]", 0, "JSON object"},
    {"[{\"__metadata__\":{\"checksum\":\"@\"}}]", 0, "JSON object"},
    {META "} x", 0, "JSON object"},
    {META, 0, "JSON object"},
    {META ",\"\x1b\":1}", 0, "JSON object"},
    {META ",\"\\u0000\":{}}", 0, "JSON object"},
    {META ",\"\xff\":{}}", 0, "JSON object"},
    {META ",\"a\":1e999}", 0, "JSON object"},
    {META ",\"__metadata__\":{}}", 0, "JSON object"},
    {META TENSOR("a", "F32", "[1]", "[0,4]") TENSOR("\\u0061", "F32", "[1]", "[4,8]") "}", 8,
     "unique"},
    {"{\"__metadata__\":[\"a\",{\"checksum\":\"@\"}]}", 0, "metadata must"},
    {"{\"__metadata__\":{\"a\\\"checksum\":\"@\"}}", 0, "no checksum"},
    {"{\"__metadata__\":{\"a\":1,\"checksum\":\"@\"}}", 0, "must be strings"},
    {"{\"__metadata__\":{\"checksum\":\"@\",\"z\":{}}}", 0, "must be strings"},
    {META ",\"a\":3}", 0, "nothing else"},
    {META ",\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "nothing else"},
    {META TENSOR("a", "F32", "[1]", "[0,4],\"x\":1") "}", 4, "nothing else"},
    {META TENSOR("a", "F32", "[1]", "[0,4,4]") "}", 4, "nothing else"},
    {META TENSOR("a", "F32", "[1]", "[0.0,4]") "}", 4, "nothing else"},
    {META TENSOR("a", "F32", "[1]", "[\"0\",4]") "}", 4, "nothing else"},
    {META TENSOR("a", "F16", "[1]", "[0,2]") "}", 2, "F32 or F64"},
    {META TENSOR("a", "", "[1]", "[0,2]") "}", 2, "F32 or F64"},
    {META TENSOR("a", "F32", "1", "[0,4]") "}", 4, "at most 8"},
    {META TENSOR("a", "F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]") "}", 4, "at most 8"},
    {META TENSOR("a", "F32", "[1.0]", "[0,4]") "}", 4, "integers"},
    {META TENSOR("a", "F32", "[-1,-1]", "[0,4]") "}", 4, "integers"},
    {META TENSOR("a", "F32", "[null]", "[0,4]") "}", 4, "integers"},
    {META TENSOR("a", "F32", "[4294967296,4294967296]", "[0,0]") "}", 0, "any memory"},
    {META TENSOR("a", "F64", "[2305843009213693952]", "[0,0]") "}", 0, "any memory"},
    {META TENSOR("a", "F32", "[99999999999999999999]", "[0,0]") "}", 0, "JSON object"},
    {META TENSOR("a", "F32", "[1000000000000]", "[0,4000000000000]") "}", 8, "must lie"},
    {META TENSOR("a", "F32", "[1]", "[-4,0]") "}", 4, "must lie"},
    {META TENSOR("a", "F32", "[1]", "[4,0]") "}", 4, "must lie"},
    {META TENSOR("a", "F32", "[4611686018427387903]", "[8,4]") "}", 8, "must lie"},
    {META TENSOR("a", "F32", "[1]", "[-9223372036854775808,9223372036854775807]") "}", 4,
     "must lie"},
    {META TENSOR("a", "F32", "[2]", "[0,4]") "}", 4, "must lie"},
    {META TENSOR("a", "F32", "[1]", "[4,8]") "}", 8, "back to back"},
    {META TENSOR("a", "F32", "[1]", "[0,4]") TENSOR("b", "F32", "[1]", "[0,4]") "}", 8, "back to"},
    {META TENSOR("a", "F32", "[2]", "[0,8]") TENSOR("b", "F32", "[1]", "[4,8]") "}", 8, "back to"},
    {META TENSOR("a", "F32", "[1]", "[0,4]") TENSOR("b", "F32", "[1]", "[8,12]") "}", 12,
     "back to"},
    {META TENSOR("a", "F32", "[2]", "[0,8]") TENSOR("b", "F32", "[0]", "[4,4]") "}", 8, "back to"},
    {META TENSOR("a", "F32", "[1]", "[0,4]") "}", 8, "fill the file"},
    {META "}", 1, "fill the file"},
};

START_TEST(refuses_hostile_headers)
{
    begin();
    for (size_t i = 0; i < sizeof HOSTILE / sizeof HOSTILE[0]; i++) {
        forge(HOSTILE[i].header, HOSTILE[i].size);
        expect_refused(HOSTILE[i].part);
    }
}
END_TEST

START_TEST(refuses_deep_nesting)
{
    begin();
    const size_t depth = 1000000;
    char *deep = cnn_alloc(depth + 1, 1);
    memset(deep, '[', depth);
    char *header = cnn_format("%s,\"a\":%s", META, deep);
    forge(header, 0);
    expect_refused("JSON object");
    free(header);
    free(deep);
}
END_TEST

/* Others may write keys in another order, spaces, escapes and tensors at any address. */
START_TEST(reads_what_the_format_allows)
{
    begin();
    forge(
        "{\"b\": {\"shape\":[1], \"dtype\":\"F64\", \"data_offsets\":[4, 12]},\n \"__metadata__\": "
        "{\"checksum\":\"@\"}, \"\\u0061\": "
        "{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]},"
        "\"0\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[4,4]}}   ",
        12);
    cnn_checkpoint checkpoint;
    cnn_report report = {0};
    ck_assert(cnn_checkpoint_read_file(&checkpoint, current, &report));
    ck_assert_uint_eq(checkpoint.count, 3);
    ck_assert_str_eq(checkpoint.records[0].name, "a");
    ck_assert_str_eq(checkpoint.records[1].name, "0");
    ck_assert_str_eq(checkpoint.records[2].name, "b");
    cnn_checkpoint_free(&checkpoint);
}
END_TEST

UNIT_MAIN("checkpoint_damage", refuses_every_truncation, refuses_every_flipped_bit,
          refuses_lengths_that_lie, refuses_hostile_headers, refuses_deep_nesting,
          reads_what_the_format_allows)
