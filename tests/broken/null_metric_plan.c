/* expect: PATH: metric plugin 'null_metric_plan': plan is NULL; it must be a function */
#include <cnnrun/metric.h>

CNN_METRIC("null_metric_plan", "lacks plan", .plan = NULL)
