/* verdict.c - how a check, in its child process, tells the parent what it found. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "frame.h"
#include "heap.h"
#include "shared.h"
#include "statics.h"

const char *const kit_status_words[KIT_STATUSES] = {"PASS", "WARN", "FAIL",    "CRASH",
                                                    "HANG", "SKIP", "BLOCKED", "TOOL-ERROR"};

bool kit_status_is_bad(kit_status status)
{
    return status == KIT_FAIL || status == KIT_CRASH || status == KIT_HANG || status == KIT_BLOCKED;
}

static int frame_file = -1;
static uint64_t frame_nonce;
static char warning[sizeof((kit_frame *)0)->message];

void kit_frame_open(int file, uint64_t nonce)
{
    frame_file = file;
    frame_nonce = nonce;
}

/* Writes the frame with one call; pipes take so much in one piece. */
static void send(kit_status status, const char *message)
{
    kit_frame frame;
    memset(&frame, 0, sizeof frame);
    memcpy(frame.magic, KIT_FRAME_MAGIC, sizeof frame.magic);
    frame.nonce = frame_nonce;
    frame.status = status;
    snprintf(frame.message, sizeof frame.message, "%s", message);
    memcpy(frame.done, KIT_FRAME_DONE, sizeof frame.done);
    kit_leave();
    ssize_t written = write(frame_file, &frame, sizeof frame);
    _exit(written == (ssize_t)sizeof frame ? 0 : 1);
}

void kit_frame_close(void)
{
    send(*warning ? KIT_WARN : KIT_PASS, warning);
}

#define FORMAT(TEXT)                                                                               \
    do {                                                                                           \
        va_list args;                                                                              \
        va_start(args, format);                                                                    \
        vsnprintf(TEXT, sizeof TEXT, format, args);                                                \
        va_end(args);                                                                              \
    } while (0)

void kit_fail(const char *format, ...)
{
    char message[sizeof warning];
    FORMAT(message);
    send(KIT_FAIL, message);
    _exit(1);
}

static jmp_buf *skip_to;
static char skip_reason[sizeof warning];

void kit_skip_to(jmp_buf *place)
{
    skip_to = place;
}

const char *kit_skip_reason(void)
{
    return skip_reason;
}

void kit_skip(const char *format, ...)
{
    char message[sizeof warning];
    FORMAT(message);
    memcpy(skip_reason, message, sizeof message);
    if (skip_to)
        longjmp(*skip_to, 1);
    send(*warning ? KIT_WARN : KIT_SKIP, *warning ? warning : message);
    _exit(1);
}

void kit_tool_error(const char *format, ...)
{
    char message[sizeof warning];
    FORMAT(message);
    send(KIT_TOOL_ERROR, message);
    _exit(1);
}

void kit_warn(const char *format, ...)
{
    char message[sizeof warning];
    FORMAT(message);
    if (!*warning && !*kit_page->setting)
        memcpy(warning, message, sizeof warning);
}

/* Of several threads, the main one alone says where it is. */
static bool is_main_thread(void)
{
    return kit_lane_here() == &kit_page->lane[0];
}

void kit_where(const char *format, ...)
{
    if (is_main_thread())
        FORMAT(kit_page->where);
}

void kit_enter(const char *callback, bool training)
{
    if (is_main_thread())
        snprintf(kit_page->phase, sizeof kit_page->phase, "%s", callback);
    kit_statics_enter(training);
    kit_heap_enter(training);
}

void kit_leave(void)
{
    kit_heap_leave();
    if (is_main_thread())
        kit_page->phase[0] = '\0';
}
