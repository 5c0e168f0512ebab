/* frame.h - the verdict as it travels through the pipe. */
#ifndef KIT_FRAME_H
#define KIT_FRAME_H

#include "kit.h"

#define KIT_FRAME_MAGIC "KITFRAME"
#define KIT_FRAME_DONE "DONE"

/* At most PIPE_BUF bytes, so that it is written whole. The nonce is the parent's, and new for each
 * child: nothing that a plugin writes by mistake is taken for a verdict. */
typedef struct kit_frame {
    char magic[8];
    uint64_t nonce;
    uint32_t status;
    char message[1024];
    char done[4];
} kit_frame;

/* In the child: where the frame goes; and the end of a check that found nothing bad. */
void kit_frame_open(int file, uint64_t nonce);
void kit_frame_close(void);

#endif
