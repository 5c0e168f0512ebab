/* armed.h - plugins here are good ones until $CNNRUN_CRASH is set. */
#ifndef ARMED_H
#define ARMED_H

#include <stdlib.h>

static inline int armed(void)
{
    return getenv("CNNRUN_CRASH") != NULL;
}

/* A null pointer that no compiler sees through. */
static inline volatile int *nowhere(void)
{
    volatile int *volatile p = NULL;
    return p;
}

#endif
