/* option.h - the options of a command as one table: read from its arguments, and printed by --help.
 *
 * A row says what an option is called, what it takes, where that goes, and what it is for. Options may stand
 * anywhere among the arguments, up to "--". Their names are never abbreviated. */
#ifndef CNN_COMMAND_OPTION_H
#define CNN_COMMAND_OPTION_H

#include "base/report.h"

/* What an option is; in brackets what `to` points to. */
typedef enum cnn_option_type {
    CNN_OPTION_FLAG,    /* takes nothing (bool) */
    CNN_OPTION_TEXT,    /* takes a text that is not empty (const char *); the last one counts */
    CNN_OPTION_WORDS,   /* the same, repeatable (cnn_words) */
    CNN_OPTION_INTEGER, /* takes an integer from min to max (cnn_integer) */
} cnn_option_type;

/* Texts in the order in which they were given; freed with cnn_words_free, the texts themselves are not. */
typedef struct cnn_words {
    const char **items;
    size_t count;
} cnn_words;
void cnn_words_add(cnn_words *words, const char *item);
void cnn_words_free(cnn_words *words);

typedef struct cnn_integer {
    long long value; /* what it was before, where the option is not given */
    bool given;
} cnn_integer;

typedef struct cnn_option {
    const char *name; /* "threads" is written --threads; NULL where there is only a letter */
    char letter;      /* 'o' is written -o; 0: there is none */
    cnn_option_type type;
    const char *argument; /* what --help calls that which it takes: "N"; NULL for a flag */
    void *to;
    long long min, max; /* of an integer */
    const char *help;   /* one line or several, parted by \n */
} cnn_option;

/* Reads `words` (`count` of them, without the program's name) into the places of the table, which ends with
 * a row of zeros, and what is no option into `rest`, in order. True, or false with what is wrong in *fault,
 * which the caller frees. `command` is called by its name in it: "training does not take --json". */
CNN_MUST_CHECK bool cnn_options_read(const cnn_option *options, const char *command, char *const *words,
                                     size_t count, cnn_words *rest, char **fault);

/* Prints a line or more for each row. */
void cnn_options_print(const cnn_option *options);

/* How many words the option takes that `word`, an argument, is: 1, or 2 where its value is the next word;
 * 0 where it is no option that a command of cnnrun has. So a command word can be found after options. */
size_t cnn_option_width(const char *word);

#endif
