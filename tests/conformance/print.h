/* print.h - the verdicts as a person reads them, or as TAP. */
#ifndef KIT_PRINT_H
#define KIT_PRINT_H

#include "kit.h"

typedef struct kit_tally {
    size_t of[KIT_STATUSES];
} kit_tally;

void kit_print_subject(const kit_subject *subject, const kit_options *options, size_t planned);
void kit_print_outcome(const kit_check *check, const kit_subject *subject,
                       const kit_options *options, const kit_outcome *outcome, size_t number);
void kit_print_tally(const kit_tally *tally, const kit_options *options);

#endif
