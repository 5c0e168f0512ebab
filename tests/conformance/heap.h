/* heap.h - the kit's own malloc: counts, fails on demand, and puts a canary behind each block that
 * the plugin gets; and the guard on system calls. */
#ifndef KIT_HEAP_H
#define KIT_HEAP_H

#include <stdbool.h>
#include <stdint.h>

/* Between these, what is allocated is the plugin's. */
void kit_heap_enter(bool training);
void kit_heap_leave(void);

/* False where malloc is not ours (sanitizers): then nothing here counts. */
bool kit_heap_works(void);

/* Allocations in callbacks so far: in all, and in those of [train]. */
uint64_t kit_heap_count(void);
uint64_t kit_heap_count_training(void);
/* Blocks and bytes that callbacks got and did not give back. */
uint64_t kit_heap_live(void);

/* Makes the n-th allocation in a callback from now on, and all after it, fail; 0: none. */
void kit_heap_fail_at(uint64_t n);
/* How many failed. */
uint64_t kit_heap_failed(void);

/* Fails the check if a canary behind a block was overwritten. */
void kit_heap_check(void);

/* From now on a system call in a [train] callback fails the check. False where the kernel cannot.
 */
bool kit_syscalls_guard(void);

#endif
