/* option.h - what is wrong with an option that getopt_long refused, in words. */
#ifndef CNN_BASE_OPTION_H
#define CNN_BASE_OPTION_H

#include <getopt.h>

/* getopt's own messages show arguments as they are, whatever they hold; so it is told to be silent
 * (opterr = 0, and ':' before the letters), and this says what it would have said. `letter` is what it
 * gave, '?' or ':'. The caller frees, and prints what cnn_printable makes of it. */
char *cnn_option_fault(int letter, char *const *arguments, const struct option *known);

#endif
