/* drive_callback.c - how a callback is run: on trainings that exist in the kit alone. */
#include "instance.h"

static void run(kit_instance *instance, const kit_layout *layout, kit_bytes *out)
{
    (void)instance, (void)layout, (void)out;
}

const kit_driver kit_drive_callback = {1, NULL, run};
