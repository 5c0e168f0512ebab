/* initializer.h - calls of an initializer, for the checks of initializers. */
#ifndef KIT_INITIALIZER_H
#define KIT_INITIALIZER_H

#include "instance.h"

extern const cnn_tensor kit_tensors[];
extern const size_t kit_tensor_count;

/* Fills a tensor in guarded buffers; false if the plugin refuses it with a reason. */
bool kit_fill(const kit_instance *instance, const kit_layout *layout, const cnn_tensor *tensor,
              cnn_random random, float **weights);

#endif
