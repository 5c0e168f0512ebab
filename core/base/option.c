/* option.c - what is wrong with an option that getopt_long refused, in words. */
#include "base/option.h"

#include <string.h>

#include "base/text.h"

/* "--NAME" or "--NAME=VALUE", where NAME may be cut short, for this option? */
static bool means(const char *word, const struct option *option)
{
    return strncmp(word, "--", 2) == 0 &&
           strncmp(word + 2, option->name, strcspn(word + 2, "=")) == 0;
}

/* The options that a word may mean, as getopt lists them; NULL where there are not several. */
static char *ambiguity(const char *word, const struct option *known)
{
    cnn_text text = {0};
    size_t count = 0;
    cnn_text_add(&text, "option '%s' is ambiguous; possibilities:", word);
    for (; known->name; known++)
        if (means(word, known)) {
            cnn_text_add(&text, " '--%s'", known->name);
            count++;
        }
    if (count > 1)
        return text.data;
    cnn_text_free(&text);
    return NULL;
}

char *cnn_option_fault(int letter, char *const *arguments, const struct option *known)
{
    const char *word = arguments[optind - 1];
    const struct option *option = known;
    while (option->name && (optopt == 0 || option->val != optopt))
        option++;
    const bool named = option->name && means(word, option);
    if (letter == ':')
        return named ? cnn_format("option '--%s' requires an argument", option->name)
                     : cnn_format("option requires an argument -- '%c'", optopt);
    if (named && strchr(word, '=') && option->has_arg == no_argument)
        return cnn_format("option '--%s' doesn't allow an argument", option->name);
    if (optopt)
        return cnn_format("invalid option -- '%c'", optopt);
    char *several = ambiguity(word, known);
    return several ? several : cnn_format("unrecognized option '%s'", word);
}
