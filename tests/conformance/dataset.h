/* dataset.h - samples of a dataset by their index, for the checks of datasets. */
#ifndef KIT_DATASET_H
#define KIT_DATASET_H

#include "instance.h"

/* What a sample consists of. */
typedef unsigned kit_part;
#define KIT_IMAGE 1u
#define KIT_TARGET 2u

/* What the view has no array of, so that it is to be asked for. */
kit_part kit_dataset_missing(const cnn_dataset_view *view);

/* Asks for the parts of sample i, in buffers of exactly their size, and adds them to `out`. */
void kit_dataset_sample(const kit_instance *dataset, const kit_layout *layout, uint64_t i,
                        kit_part parts, kit_bytes *out);

#endif
