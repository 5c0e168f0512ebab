/* scores.h - what a confusion matrix says: precision, recall, F1, and which classes are taken for which. */
#ifndef PAGE_SCORES_H
#define PAGE_SCORES_H

#include <stddef.h>
#include <stdint.h>

#define PAGE_MAX_PAIRS 8u

/* NaN where there is nothing to divide by. */
typedef struct page_score {
    uint64_t support;
    double precision, recall, f1;
} page_score;

/* `count` samples of class `label` were taken for class `predicted`. */
typedef struct page_pair {
    size_t label, predicted;
    uint64_t count;
} page_pair;

page_score page_score_of(const uint64_t *confusion, size_t classes, size_t label);

/* How many samples were classified. */
uint64_t page_scores_total(const uint64_t *confusion, size_t classes);

/* The most frequent mistakes into pairs[0..PAGE_MAX_PAIRS); returns how many there are. */
size_t page_scores_pairs(const uint64_t *confusion, size_t classes, page_pair *pairs);

#endif
