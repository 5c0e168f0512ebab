/* state.h - the state of the process that a plugin must leave as it was. */
#ifndef KIT_STATE_H
#define KIT_STATE_H

#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/stat.h>

#define KIT_STATE_MODES 1u /* rounding, exceptions trapped, flush to zero */
#define KIT_STATE_LOCALE 2u
#define KIT_STATE_SIGNALS 4u  /* handlers and mask */
#define KIT_STATE_FOLDER 8u   /* current folder, umask, environment */
#define KIT_STATE_FILES 16u   /* open descriptors */
#define KIT_STATE_THREADS 32u /* threads */
#define KIT_STATE_OUTPUT 64u  /* what was printed */
#define KIT_STATE_ALL 127u

typedef struct kit_state {
    uint32_t modes;
    char locale[256];
    struct {
        void *handler;
    } signals[65];
    sigset_t mask;
    char folder[512];
    mode_t umask;
    uint64_t environment;
    struct {
        uint64_t device, file;
    } files[64];
    int threads;
    uint64_t printed;
} kit_state;

void kit_state_take(kit_state *state);
/* Fails the check, naming the first difference among `what`. */
void kit_state_compare(const kit_state *before, const kit_state *after, uint32_t what,
                       const char *during);

#endif
