/* arena.h - buffers between guard pages, so that the first element outside them faults. */
#ifndef KIT_ARENA_H
#define KIT_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum kit_side {
    KIT_RIGHT, /* the end lies at a guard page, as near as the alignment allows */
    KIT_LEFT,  /* the start does */
} kit_side;

/* Where and how a run lays out its buffers. */
typedef struct kit_layout {
    kit_side side;
    bool readonly;    /* inputs and self in pages that cannot be written */
    uint32_t prefill; /* the bits that outputs hold before the call */
    uint64_t salt;    /* which numbers the inputs are */
    uint64_t
        extra; /* bytes by which structs of arguments are longer than known, filled with poison */
    uint32_t caches;     /* which sizes of caches layers are told: 0 usual, 1 tiny, 2 huge */
    bool evaluates;      /* layers are told that there is no training */
    bool demand_written; /* fail when an output still holds the prefill */
} kit_layout;

/* A NaN whose payload no computation makes, and two numbers. */
#define KIT_PREFILL_NAN 0x7FC01234u
#define KIT_PREFILL_ONE 0x3F800000u
#define KIT_PREFILL_ODD 0xC2A5A5A5u

/* A buffer of `count` elements, `align` a power of two up to 4096; the slack that alignment leaves
 * is filled with a canary. Zeroed. Lives until kit_arena_reset. */
void *kit_buffer(const kit_layout *layout, const char *name, uint64_t count, size_t element,
                 size_t align);

/* Fills a buffer with a pattern of 32 bits; of doubles, the same pattern in both halves. */
void kit_prefill(void *buffer, uint32_t bits);

/* Makes a buffer's pages read-only, or writable again. */
void kit_protect(void *buffer, bool readonly);

/* Fails the check if a canary beside any buffer changed. */
void kit_check_canaries(void);
/* Fails the check if `count` floats starting at `values` still hold the prefill, naming the first.
 */
void kit_check_written(const kit_layout *layout, const float *values, uint64_t count,
                       const char *name);
void kit_check_written_doubles(const kit_layout *layout, const double *values, uint64_t count,
                               const char *name);

/* Frees all buffers made since the mark was taken (0: all). */
uint32_t kit_arena_mark(void);
void kit_arena_reset(uint32_t mark);

/* What a check without KIT_GUARDS saves: freed buffers are used again instead of faulting from
 * then on, and a write to a read-only one is found after the call instead of during it. */
void kit_arena_quick(bool quick);

#endif
