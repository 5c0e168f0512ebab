/* check_schedule.c - rules on schedules. */
#include "instance.h"

const kit_check kit_schedule_checks[] = {{0}};
