/* expect: PATH: schedule plugin 'null_rate': rate is NULL; it must be a function */
#include <cnnrun/schedule.h>

CNN_SCHEDULE("null_rate", "lacks rate", .rate = NULL)
