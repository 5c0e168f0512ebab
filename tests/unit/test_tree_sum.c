/* test_tree_sum.c - the order in which sums over shards and groups are taken. */
#include "unit.h"

#include "engine/tree_sum.h"

#include <stdio.h>
#include <string.h>

#define MOST 70u

/* Each thing is the text of its own sum, so that the order shows. */
typedef struct sums {
    char text[MOST][1024];
} sums;

static void add_texts(void *context, size_t into, size_t from)
{
    sums *s = context;
    char sum[2100];
    (void)snprintf(sum, sizeof sum, "(%s+%s)", s->text[into], s->text[from]);
    ck_assert_uint_lt(strlen(sum), sizeof s->text[0]);
    memcpy(s->text[into], sum, strlen(sum) + 1);
}

static const char *sum_of(sums *s, size_t first, size_t count, size_t group)
{
    for (size_t i = 0; i < count; i++)
        (void)snprintf(s->text[i], sizeof s->text[i], "%zu", first + i);
    cnn_tree_sum(count, group, add_texts, s);
    return s->text[0];
}

START_TEST(tree_is_as_written)
{
    static sums s;
    ck_assert_str_eq(sum_of(&s, 0, 1, 1), "0");
    ck_assert_str_eq(sum_of(&s, 0, 2, 1), "(0+1)");
    ck_assert_str_eq(sum_of(&s, 0, 5, 1), "(((0+1)+(2+3))+4)");
    ck_assert_str_eq(sum_of(&s, 0, 7, 1), "(((0+1)+(2+3))+((4+5)+6))");
    ck_assert_str_eq(sum_of(&s, 0, 8, 3), "((((0+1)+2)+((3+4)+5))+(6+7))");
}
END_TEST

/* Ranks that hold 2^k groups each get the same sum from the sums of the ranks. */
START_TEST(aligned_parts_are_subtrees)
{
    static sums whole, part, ranks;
    for (size_t count = 1; count <= MOST; count++)
        for (size_t held = 2; held <= 32; held *= 2) {
            size_t parts = 0;
            for (size_t first = 0; first < count; first += held) {
                const size_t left = count - first, own = left < held ? left : held;
                (void)snprintf(ranks.text[parts++], sizeof ranks.text[0], "%s",
                               sum_of(&part, first, own, 1));
            }
            cnn_tree_sum(parts, 1, add_texts, &ranks);
            ck_assert_str_eq(sum_of(&whole, 0, count, 1), ranks.text[0]);
        }
}
END_TEST

UNIT_MAIN("tree_sum", tree_is_as_written, aligned_parts_are_subtrees)
