/* program.h - where cnnrun lies, and what is installed beside it. */
#ifndef CNN_BASE_PROGRAM_H
#define CNN_BASE_PROGRAM_H

/* The real path of cnnrun: of this program, or where this is one of its commands, PLUGINS/command/NAME, of
 * the program that they belong to. The caller frees; NULL and errno where there is none. */
char *cnn_program_path(void);

/* The first of two paths, counted from the folder of cnnrun, that exists: where it is in a build
 * tree, and where it is installed. Absolute; the caller frees. NULL: neither. */
char *cnn_file_beside(const char *built, const char *installed);
/* The program of an installed command; the caller frees. NULL: there is none of that name. */
char *cnn_file_command(const char *name);

#endif
