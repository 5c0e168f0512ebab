/* check_optimizer.c - rules on optimizers. */
#include "instance.h"

const kit_check kit_optimizer_checks[] = {{0}};
