/* schedule.h - calls of a schedule, for the checks of schedules. */
#ifndef KIT_SCHEDULE_H
#define KIT_SCHEDULE_H

#include "instance.h"

double kit_rate(const kit_instance *instance, const kit_layout *layout, cnn_schedule_point at);

#endif
