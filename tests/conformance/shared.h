/* shared.h - the page that parent and child share, so that a dying child can still say where it
 * was. */
#ifndef KIT_SHARED_H
#define KIT_SHARED_H

#include <stdbool.h>
#include <stdint.h>

#define KIT_BUFFERS 256
#define KIT_LANES 9 /* threads: the main one, and 8 that a check may start */

/* One guarded buffer: [map, end) is reserved, [body, body + bytes) may be used. */
typedef struct kit_region {
    char name[40];
    uintptr_t map, end, body;
    uint64_t bytes, element;
    uint64_t sum; /* of its bytes, where read-only is not the pages' */
    bool readonly;
} kit_region;

typedef struct kit_shared {
    char phase[64];    /* the callback it is in, or "" */
    char where[256];   /* kit_where */
    char setting[160]; /* what differs from the defaults; "" */
    char folder[64];   /* a temporary one of the check's, which the parent removes; "" */
    struct {
        int signal; /* 0: none caught */
        bool knows_access, write;
        uintptr_t address, instruction, stack;
        char variable[64]; /* a static one at this address; "" */
        uintptr_t library; /* where the plugin's file lies in memory */
    } fault;
    struct kit_lane {
        uint32_t count;
        kit_region region[KIT_BUFFERS];
    } lane[KIT_LANES]; /* each thread's buffers */
} kit_shared;

extern kit_shared *kit_page;

/* In the child: catches fatal signals on a stack of their own, writes to the page, dies by the
 * signal. */
void kit_fault_catch(void);
/* First thing in a thread that a check starts: its own signal stack, its own buffers. */
void kit_thread_begin(void);
/* The calling thread's buffers. */
struct kit_lane *kit_lane_here(void);
/* In the parent: what the page says about the signal, in words. */
void kit_fault_words(int signal, char *words, unsigned long size, uint64_t *cause);

#endif
