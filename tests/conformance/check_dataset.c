/* check_dataset.c - rules on datasets. */
#include "instance.h"

const kit_check kit_dataset_checks[] = {{0}};
