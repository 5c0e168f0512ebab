/* vary.h - a check at other settings than the defaults: each parameter alone, then pairs of them.
 */
#ifndef KIT_VARY_H
#define KIT_VARY_H

#include "kit.h"

/* Whether the check's rule must hold at other settings too. */
bool kit_varies(const kit_check *check);
/* Runs it at the defaults, and at other settings as long as there is time. */
void kit_vary(const kit_check *check, kit_case *c);

#endif
