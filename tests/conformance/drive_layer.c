/* drive_layer.c - how a layer is run. */
#include "instance.h"

static void run(kit_instance *instance, const kit_layout *layout, kit_bytes *out)
{
    (void)instance;
    (void)layout;
    (void)out;
    kit_skip("not driven yet");
}

const kit_driver kit_drive_layer = {1, NULL, run};
