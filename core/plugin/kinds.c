/* kinds.c - reads the table of kinds of plugins. */
#include <string.h>

#include "plugin/kinds.h"

typedef void (*function)(void);

#define NEEDS(NAME, FUNCTION)                                                                      \
    {                                                                                              \
#FUNCTION, offsetof(cnn_##NAME, FUNCTION)                                                  \
    }
#define ROW(NUMBER, NAME, PLACE, PARAMETER, ...)                                                   \
    [CNN_KIND_##NUMBER] = {#NAME, PLACE, PARAMETER, sizeof(cnn_##NAME), {__VA_ARGS__}},
#define NEEDS_NOTHING                                                                              \
    {                                                                                              \
        NULL, 0                                                                                    \
    }
static const cnn_kind kinds[] = {CNN_EACH_KIND(ROW)};
#undef NEEDS
#undef NEEDS_NOTHING

/* The numbers have no gap, and each list of functions has room for the NULL that ends it. */
_Static_assert(sizeof kinds / sizeof kinds[0] == CNN_KINDS + 1, "kinds are numbered 1, 2, 3, ...");
#define NEEDS(NAME, FUNCTION) 1
#define NEEDS_NOTHING 0
#define FITS(NUMBER, NAME, PLACE, PARAMETER, ...)                                                  \
    _Static_assert(sizeof((const char[]){__VA_ARGS__}) <                                           \
                       sizeof kinds[0].required / sizeof kinds[0].required[0],                     \
                   #NAME " requires more functions than cnn_kind has room for");
CNN_EACH_KIND(FITS)

const cnn_kind *cnn_kind_at(uint32_t kind)
{
    return kind >= 1 && kind <= CNN_KINDS ? &kinds[kind] : NULL;
}

const char *cnn_kind_name(uint32_t kind)
{
    return kind <= CNN_KINDS ? kinds[kind].name : NULL;
}

uint32_t cnn_kind_of(const char *name)
{
    for (uint32_t kind = 1; kind <= CNN_KINDS; kind++)
        if (strcmp(name, kinds[kind].name) == 0)
            return kind;
    return 0;
}

uint32_t cnn_kind_least_size(const cnn_kind *kind)
{
    size_t end = sizeof(cnn_head);
    for (size_t i = 0; kind->required[i].name; i++)
        if (kind->required[i].offset + sizeof(function) > end)
            end = kind->required[i].offset + sizeof(function);
    return (uint32_t)end;
}
