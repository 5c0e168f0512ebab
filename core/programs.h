/* programs.h - commands that are programs: finds them, lists them, becomes them.
 *
 * A command NAME is the installed program plugins/command/NAME; else DIR/command/NAME in a folder of
 * --plugin-path, then of $CNNRUN_PLUGIN_PATH (ignored when the process is setuid). So what is installed cannot
 * be replaced. A script can be a command as well. */
#ifndef CNN_PROGRAMS_H
#define CNN_PROGRAMS_H

#include "command/option.h"

/* The path of the command's program, or NULL; the caller frees. `words` are those of the command line, in
 * which --plugin-path may stand; NULL ends them. */
char *cnn_programs_find(const char *name, char *const *words);

/* Becomes the program, with these arguments, the first of which is cnnrun as it was called. A file or a
 * folder that is writable by everyone is refused, as for plugins. Returns an exit code with a fault. */
int cnn_programs_become(const char *path, char **arguments, cnn_report *report);

/* The names of all commands, each once: those of the installed folder, sorted, then the others. *installed is
 * the number of the first. Free each, and then the words. */
cnn_words cnn_programs_list(char *const *words, size_t *installed);

/* Prints the first paragraph of an installed command's --help, without "usage:" at its beginning. */
void cnn_programs_print_usage(const char *name);

#endif
