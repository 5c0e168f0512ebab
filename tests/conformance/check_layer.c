/* check_layer.c - rules on layers. */
#include "instance.h"

const kit_check kit_layer_checks[] = {{0}};
