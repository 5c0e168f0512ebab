/* arena.c - buffers between guard pages, so that the first element outside them faults. */
#define _GNU_SOURCE
#include "arena.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "kit.h"
#include "shared.h"

#define PAGE 4096u
#define CANARY 0xA5

/* The usable pages of a buffer, without the guards. */
static unsigned char *first_page(const kit_region *r)
{
    return (unsigned char *)r->map + PAGE;
}

static size_t usable(const kit_region *r)
{
    return (size_t)(r->end - r->map) - 2 * PAGE;
}

/* In the calling thread's lane first: another's may still list an address that it has given back.
 */
static kit_region *region_of(const void *buffer)
{
    const size_t here = (size_t)(kit_lane_here() - kit_page->lane);
    for (size_t k = 0; k < KIT_LANES; k++) {
        struct kit_lane *lane = &kit_page->lane[(here + k) % KIT_LANES];
        for (uint32_t i = 0; i < lane->count; i++)
            if (lane->region[i].body == (uintptr_t)buffer)
                return &lane->region[i];
    }
    kit_tool_error("no such buffer");
}

void *kit_buffer(const kit_layout *layout, const char *name, uint64_t count, size_t element,
                 size_t align)
{
    uint64_t bytes, with_slack;
    if (!cnn_mul(count, element, &bytes) || !cnn_add(bytes, 2 * align + 3 * PAGE, &with_slack) ||
        with_slack > (uint64_t)1 << 30)
        kit_skip("%s would take more than 1 GiB", name);
    struct kit_lane *lane = kit_lane_here();
    if (lane->count == KIT_BUFFERS)
        kit_tool_error("more than %d buffers", KIT_BUFFERS);
    const size_t pages = (size_t)(bytes + PAGE) / PAGE * PAGE; /* one at least */
    unsigned char *map =
        mmap(NULL, pages + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED || mprotect(map + PAGE, pages, PROT_READ | PROT_WRITE) != 0)
        kit_tool_error("no memory for %s, %llu bytes", name, (unsigned long long)bytes);
    unsigned char *start = map + PAGE, *body = start;
    if (layout->side == KIT_RIGHT)
        body = start + (pages - (size_t)bytes) / align * align;
    memset(start, CANARY, pages);
    memset(body, 0, (size_t)bytes);
    kit_region *r = &lane->region[lane->count];
    snprintf(r->name, sizeof r->name, "%s", name);
    r->map = (uintptr_t)map;
    r->end = (uintptr_t)(map + pages + 2 * PAGE);
    r->body = (uintptr_t)body;
    r->bytes = bytes;
    r->element = element;
    r->readonly = false;
    lane->count++;
    return body;
}

void kit_prefill(void *buffer, uint32_t bits)
{
    const kit_region *r = region_of(buffer);
    for (uint64_t i = 0; i + sizeof bits <= r->bytes; i += sizeof bits)
        memcpy((unsigned char *)buffer + i, &bits, sizeof bits);
}

void kit_protect(void *buffer, bool readonly)
{
    kit_region *r = region_of(buffer);
    if (mprotect(first_page(r), usable(r), readonly ? PROT_READ : PROT_READ | PROT_WRITE) != 0)
        kit_tool_error("pages of %s cannot be protected", r->name);
    r->readonly = readonly;
}

void kit_check_canaries(void)
{
    const struct kit_lane *lane = kit_lane_here();
    for (uint32_t i = 0; i < lane->count; i++) {
        const kit_region *r = &lane->region[i];
        const unsigned char *p = first_page(r), *body = (const unsigned char *)r->body;
        for (size_t at = 0; at < usable(r); at++) {
            if (p + at == body)
                at += (size_t)r->bytes;
            if (at >= usable(r) || p[at] == CANARY)
                continue;
            const bool before = p + at < body;
            const size_t distance =
                before ? (size_t)(body - p) - at : (size_t)(p + at - body) - (size_t)r->bytes;
            kit_fail("write, %zu bytes %s of %s[%llu]", before ? distance : distance + 1,
                     before ? "before the start" : "past the end", r->name,
                     (unsigned long long)(r->bytes / r->element));
        }
    }
}

void kit_check_written(const kit_layout *layout, const float *values, uint64_t count,
                       const char *name)
{
    for (uint64_t i = 0; layout->demand_written && i < count; i++)
        if (memcmp(&values[i], &layout->prefill, sizeof layout->prefill) == 0)
            kit_fail("%s[%llu] was not written; all %llu elements must be", name,
                     (unsigned long long)i, (unsigned long long)count);
}

void kit_check_written_doubles(const kit_layout *layout, const double *values, uint64_t count,
                               const char *name)
{
    const uint64_t bits = (uint64_t)layout->prefill << 32 | layout->prefill;
    for (uint64_t i = 0; layout->demand_written && i < count; i++)
        if (memcmp(&values[i], &bits, sizeof bits) == 0)
            kit_fail("%s[%llu] was not written; all %llu elements must be", name,
                     (unsigned long long)i, (unsigned long long)count);
}

uint32_t kit_arena_mark(void)
{
    return kit_lane_here()->count;
}

void kit_arena_reset(uint32_t mark)
{
    struct kit_lane *lane = kit_lane_here();
    for (uint32_t i = mark; i < lane->count; i++)
        munmap((void *)lane->region[i].map, (size_t)(lane->region[i].end - lane->region[i].map));
    lane->count = mark;
}
