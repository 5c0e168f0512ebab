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
#define KEPT_PAGES 512u /* larger maps are not kept */

/* Maps that were given back, by their number of usable pages: the kernel takes far longer to make
 * and remove one than a check takes to run. Each begins with the next one's address. */
static struct kept_map {
    struct kept_map *next;
} * kept[KIT_LANES][KEPT_PAGES + 1];
static bool is_quick;

void kit_arena_quick(bool quick)
{
    is_quick = quick;
}

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

/* A map of so many pages between two guard pages; all PROT_READ | PROT_WRITE but those. */
static unsigned char *map_pages(size_t pages)
{
    struct kept_map **list =
        pages <= KEPT_PAGES ? &kept[kit_lane_here() - kit_page->lane][pages] : NULL;
    if (list && *list) {
        unsigned char *start = (unsigned char *)*list;
        *list = (*list)->next;
        return start - PAGE;
    }
    unsigned char *map =
        mmap(NULL, (pages + 2) * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return map == MAP_FAILED || mprotect(map + PAGE, pages * PAGE, PROT_READ | PROT_WRITE) != 0
               ? NULL
               : map;
}

static uint64_t sum_of(const kit_region *r)
{
    const unsigned char *body = (const unsigned char *)r->body;
    uint64_t sum = 0, word = 0, i = 0;
    for (; i + sizeof word <= r->bytes; i += sizeof word) {
        memcpy(&word, body + i, sizeof word);
        sum = (sum << 7 | sum >> 57) + word * 0x9E3779B97F4A7C15u;
    }
    for (; i < r->bytes; i++)
        sum = sum * 257 + body[i];
    return sum;
}

/* Without pages that cannot be written, a change shows afterwards. */
static void check_unchanged(const kit_region *r)
{
    if (is_quick && r->readonly && sum_of(r) != r->sum)
        kit_fail("it wrote to %s[%llu], which it may only read", r->name,
                 (unsigned long long)(r->bytes / r->element));
}

static void unmap(const kit_region *r)
{
    const size_t pages = usable(r) / PAGE;
    check_unchanged(r);
    if (!is_quick || pages > KEPT_PAGES) {
        munmap((void *)r->map, (size_t)(r->end - r->map));
        return;
    }
    struct kept_map *map = (struct kept_map *)first_page(r),
                    **list = &kept[kit_lane_here() - kit_page->lane][pages];
    map->next = *list;
    *list = map;
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
    unsigned char *map = map_pages(pages / PAGE);
    if (!map)
        kit_tool_error("no memory for %s, %llu bytes", name, (unsigned long long)bytes);
    unsigned char *start = map + PAGE, *body = start;
    if (layout->side == KIT_RIGHT)
        body = start + (pages - (size_t)bytes) / align * align;
    memset(start, CANARY, (size_t)(body - start));
    memset(body, 0, (size_t)bytes);
    memset(body + bytes, CANARY, pages - (size_t)(body - start) - (size_t)bytes);
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
    if (r->bytes == 0 || r->readonly == readonly)
        return;
    check_unchanged(r);
    if (is_quick)
        r->sum = sum_of(r);
    else if (mprotect(first_page(r), usable(r), readonly ? PROT_READ : PROT_READ | PROT_WRITE) != 0)
        kit_tool_error("pages of %s cannot be protected", r->name);
    r->readonly = readonly;
}

/* The first byte of [from, to) that is no canary; `to` if there is none. */
static const unsigned char *damage(const unsigned char *from, const unsigned char *to)
{
    static unsigned char whole[PAGE];
    if (!*whole)
        memset(whole, CANARY, sizeof whole);
    while (from < to) {
        const size_t some = (size_t)(to - from) < PAGE ? (size_t)(to - from) : PAGE;
        if (memcmp(from, whole, some) == 0) {
            from += some;
            continue;
        }
        while (*from == CANARY)
            from++;
        return from;
    }
    return to;
}

void kit_check_canaries(void)
{
    const struct kit_lane *lane = kit_lane_here();
    for (uint32_t i = 0; i < lane->count; i++) {
        const kit_region *r = &lane->region[i];
        const unsigned char *body = (const unsigned char *)r->body, *end = body + r->bytes,
                            *before = damage(first_page(r), body),
                            *after = damage(end, first_page(r) + usable(r));
        const unsigned long long count = r->bytes / r->element;
        if (before < body)
            kit_fail("write, %zu bytes before the start of %s[%llu]", (size_t)(body - before),
                     r->name, count);
        if (after < first_page(r) + usable(r))
            kit_fail("write, %zu bytes past the end of %s[%llu]", (size_t)(after - end) + 1,
                     r->name, count);
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
    while (lane->count > mark)
        unmap(&lane->region[--lane->count]);
}
