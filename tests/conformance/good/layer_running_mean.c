/* layer_running_mean.c - takes the batch's mean away in training, the running one in evaluation. */
#include "../centre.h"

CNN_LAYER("layer_running_mean", "takes the mean away", .params = params,
          .self_size = sizeof(struct centre), .plan = plan, .measure = measure, .forward = forward,
          .measure_backward = measure_backward, .backward = backward, .update = update)
