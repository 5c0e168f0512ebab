/* drive_dataset.c - how a dataset is run. */
#include "instance.h"

static void run(kit_instance *instance, const kit_layout *layout, kit_bytes *out)
{
    (void)instance;
    (void)layout;
    (void)out;
    kit_skip("not driven yet");
}

const kit_driver kit_drive_dataset = {1, NULL, run};
