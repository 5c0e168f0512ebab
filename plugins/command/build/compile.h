/* compile.h - runs the compiler on the source of a plugin. */
#ifndef CNN_BUILD_COMPILE_H
#define CNN_BUILD_COMPILE_H

#include "base/report.h"

typedef struct cnn_compilation {
    const char *source;
    bool plus;         /* it is C++ */
    const char *made;  /* the file that the compiler writes */
    const char *shown; /* not NULL: the command line is printed, with this name in place of `made` */
} cnn_compilation;

/* Compiles and links, by $CC with $CFLAGS, or for C++ by $CXX with $CXXFLAGS. False with a fault where the compiler
 * did not succeed, or there is none; `made` may then be there all the same. */
CNN_MUST_CHECK bool cnn_compile(const cnn_compilation *compilation, cnn_report *report);

#endif
