/* test_memory.c - sizes that overflow, nothing at all, alignment, and the end when memory is out.
 */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "unit.h"

/* AddressSanitizer ends the process at a huge allocation where malloc gives NULL. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

START_TEST(multiplies_and_adds_or_says_that_it_cannot)
{
    uint64_t out = 0;
    ck_assert(cnn_mul(UINT32_MAX, UINT32_MAX, &out));
    ck_assert_uint_eq(out, 18446744065119617025u);
    ck_assert(!cnn_mul((uint64_t)1 << 32, (uint64_t)1 << 32, &out));
    ck_assert(cnn_mul(UINT64_MAX, 0, &out) && out == 0);
    ck_assert(cnn_add(UINT64_MAX - 1, 1, &out) && out == UINT64_MAX);
    ck_assert(!cnn_add(UINT64_MAX, 1, &out));
}
END_TEST

START_TEST(gives_zeroed_memory_also_for_nothing)
{
    unsigned char *bytes = cnn_alloc(1000, 3);
    for (int i = 0; i < 3000; i++)
        ck_assert_uint_eq(bytes[i], 0);
    bytes = cnn_realloc(bytes, 0, 8);
    ck_assert_ptr_nonnull(bytes);
    free(bytes);
    void *nothing = cnn_alloc(0, 8);
    ck_assert_ptr_nonnull(nothing);
    free(nothing);
    char *copy = cnn_strdup("text");
    ck_assert_str_eq(copy, "text");
    free(copy);
}
END_TEST

START_TEST(aligns_and_zeroes_tensors)
{
    for (uint64_t count = 0; count < 40; count++) {
        float *tensor = cnn_tensor_alloc(count, sizeof *tensor);
        ck_assert_uint_eq((uintptr_t)tensor % 64, 0);
        ck_assert_ptr_nonnull(tensor);
        for (uint64_t i = 0; i < count; i++)
            ck_assert(tensor[i] == 0);
        free(tensor);
    }
}
END_TEST

START_TEST(gives_no_tensor_that_cannot_be)
{
    ck_assert_ptr_null(cnn_tensor_alloc(UINT64_MAX, 1));
    ck_assert_ptr_null(cnn_tensor_alloc(UINT64_MAX / 4 + 1, 4));
    ck_assert_ptr_null(cnn_tensor_alloc((uint64_t)1 << 62, 4));
    ck_assert_ptr_null(cnn_tensor_alloc((uint64_t)1 << 62, 2));
    ck_assert_ptr_null(cnn_tensor_alloc((uint64_t)1 << 50, 4));
}
END_TEST

/* The exit code of a child that asks for more than there is. */
static int exit_of_greed(size_t count, size_t size, bool grow)
{
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        cnn_memory_guard();
        ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
        free(grow ? cnn_realloc(NULL, count, size) : cnn_alloc(count, size));
        _exit(99);
    }
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

START_TEST(ends_with_exit_1_when_memory_is_out)
{
    ck_assert_int_eq(exit_of_greed(SIZE_MAX / 4, 1, false), 1);
    ck_assert_int_eq(exit_of_greed(SIZE_MAX / 4 + 2, 4, false), 1);
    ck_assert_int_eq(exit_of_greed(SIZE_MAX / 4, 1, true), 1);
    ck_assert_int_eq(exit_of_greed(SIZE_MAX / 4 + 2, 4, true), 1);
    ck_assert_int_eq(exit_of_greed(4, 4, true), 99);
}
END_TEST

UNIT_MAIN("memory", multiplies_and_adds_or_says_that_it_cannot,
          gives_zeroed_memory_also_for_nothing, aligns_and_zeroes_tensors,
          gives_no_tensor_that_cannot_be, ends_with_exit_1_when_memory_is_out)
