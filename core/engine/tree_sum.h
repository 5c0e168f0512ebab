/* tree_sum.h - the one order in which numbered things are added up: a fixed binary tree.
 *
 * Floating-point sums depend on their order, so every sum over the shards or groups of a step, or over the shards of an
 * evaluation, goes through this function. Numbers 0 and 1 are added, 2 and 3, and so on; then the sums 0 and 2, 4 and 6;
 * and so on until number 0 holds the sum of all. The tree depends on the count alone. A part that holds 2^k
 * neighbours, beginning at a multiple of 2^k, is a subtree: who holds such a part can add it up without the others,
 * and no bit changes.
 *
 * Shards of one group are no part of the tree: they are added in their order, and the tree is over the groups. */
#ifndef CNN_ENGINE_TREE_SUM_H
#define CNN_ENGINE_TREE_SUM_H

#include <stddef.h>

/* Adds thing `from` to thing `into`. */
typedef void cnn_tree_add(void *context, size_t into, size_t from);

/* Adds up things 0 to count - 1 into thing 0; the others hold partial sums afterwards. Each `group` neighbours, the last
 * group may have fewer, are first added in their order into the first of them. */
static inline void cnn_tree_sum(size_t count, size_t group, cnn_tree_add *add, void *context)
{
    for (size_t first = 0; group > 1 && first < count; first += group)
        for (size_t i = first + 1; i < first + group && i < count; i++)
            add(context, first, i);
    for (size_t stride = group; stride < count; stride *= 2)
        for (size_t i = 0; i + stride < count; i += 2 * stride)
            add(context, i, i + stride);
}

#endif
