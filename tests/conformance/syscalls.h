/* syscalls.h - the kernel's help in catching system calls within [train] callbacks. */
#ifndef KIT_SYSCALLS_H
#define KIT_SYSCALLS_H

#include <stdbool.h>

void kit_syscalls_enter(bool training);
void kit_syscalls_leave(void);

#endif
