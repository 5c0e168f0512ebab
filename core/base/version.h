/* version.h - the version of cnnrun. */
#ifndef CNN_BASE_VERSION_H
#define CNN_BASE_VERSION_H

/* Another one may be given by the compiler's options, as tests do. */
#ifndef CNN_VERSION
#define CNN_VERSION "0.1.0"
#endif

#endif
