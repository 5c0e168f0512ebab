/* check_initializer.c - rules on initializers. */
#include "instance.h"

const kit_check kit_initializer_checks[] = {{0}};
