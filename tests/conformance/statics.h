/* statics.h - the plugin's static variables, which DET-5 makes read-only in [train] callbacks. */
#ifndef KIT_STATICS_H
#define KIT_STATICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* At each call into the plugin; does nothing in other checks than DET-5. */
void kit_statics_enter(bool training);
/* The static variable at an address; leaves `name` where there is none. */
void kit_statics_name(uintptr_t address, char *name, size_t size);

#endif
