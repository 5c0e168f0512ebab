/* scores.c - what a confusion matrix says: precision, recall, F1, and which classes are taken for
 * which. */
#include "report/scores.h"

#include <math.h>

static double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : (double)NAN;
}

page_score page_score_of(const uint64_t *confusion, size_t classes, size_t label)
{
    uint64_t predicted = 0, support = 0;
    const uint64_t right = confusion[label * classes + label];
    for (size_t c = 0; c < classes; c++) {
        support += confusion[label * classes + c];
        predicted += confusion[c * classes + label];
    }
    return (page_score){support, ratio((double)right, (double)predicted),
                        ratio((double)right, (double)support),
                        ratio(2 * (double)right, (double)(support + predicted))};
}

uint64_t page_scores_total(const uint64_t *confusion, size_t classes)
{
    uint64_t total = 0;
    for (size_t i = 0; i < classes * classes; i++)
        total += confusion[i];
    return total;
}

size_t page_scores_pairs(const uint64_t *confusion, size_t classes, page_pair *pairs)
{
    size_t found = 0;
    for (size_t label = 0; label < classes; label++)
        for (size_t predicted = 0; predicted < classes; predicted++) {
            const uint64_t count = confusion[label * classes + predicted];
            if (label == predicted || count == 0)
                continue;
            size_t at = found;
            while (at > 0 && pairs[at - 1].count < count)
                at--;
            if (at == PAGE_MAX_PAIRS)
                continue;
            found += found < PAGE_MAX_PAIRS;
            for (size_t i = found - 1; i > at; i--)
                pairs[i] = pairs[i - 1];
            pairs[at] = (page_pair){label, predicted, count};
        }
    return found;
}
