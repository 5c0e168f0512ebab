/* selftest.h - the kit's own test: plugins broken on purpose, and good ones. */
#ifndef KIT_SELFTEST_H
#define KIT_SELFTEST_H

#include "kit.h"

/* Checks each .so of FOLDER/bad, whose source says which rule must fail, and each of FOLDER/good,
 * which must pass. Returns the exit code. */
int kit_selftest(const kit_options *options, const char *folder);

#endif
