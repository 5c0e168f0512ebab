/* call.c - how each public function begins and ends: messages, locale, structs of the caller. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "base/memory.h"

static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;

void cnn_call_lock(void)
{
    (void)pthread_mutex_lock(&opening);
}

void cnn_call_unlock(void)
{
    (void)pthread_mutex_unlock(&opening);
}

const char *cnn_strings_keep(cnn_strings *strings, char *text)
{
    strings->items = cnn_realloc(strings->items, strings->count + 1, sizeof text);
    strings->items[strings->count++] = text;
    return text;
}

void cnn_strings_free(cnn_strings *strings)
{
    for (size_t i = 0; i < strings->count; i++)
        free(strings->items[i]);
    free(strings->items);
    *strings = (cnn_strings){0};
}

/* Numbers are read and written with a point, whatever the caller's locale says; and the caller's
 * thread gets it back. */
static locale_t plain;
static pthread_once_t plain_made = PTHREAD_ONCE_INIT;

static void make_plain(void)
{
    plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

void cnn_call_begin(cnn_call *call, cnnrun_error *error)
{
    *call = (cnn_call){0};
    call->report = error ? &error->report : &call->unheard;
    (void)pthread_once(&plain_made, make_plain);
    call->before = uselocale(plain); /* (locale_t)0 changes nothing */
    if (error)
        cnn_strings_free(&error->lines);
}

bool cnn_call_end(cnn_call *call, bool result)
{
    (void)uselocale(call->before);
    cnn_report_free(&call->unheard);
    return result;
}

bool cnn_struct_take(void *ours, size_t size, const void *theirs, const char *type,
                     cnn_report *report)
{
    uint64_t given;
    if (!theirs)
        return true;
    memcpy(&given, theirs, sizeof given);
    if (given < sizeof given)
        return cnn_report_add(report, CNN_EXIT_USAGE, CNN_NOWHERE,
                              "struct_size of %s is %llu; it must be sizeof(%s)", type,
                              (unsigned long long)given, type);
    memcpy(ours, theirs, given < size ? (size_t)given : size);
    return true;
}

bool cnn_struct_give(void *theirs, const void *ours, size_t size)
{
    uint64_t given;
    memcpy(&given, theirs, sizeof given);
    if (given < sizeof given)
        return false;
    const size_t end = given < size ? (size_t)given : size;
    memcpy((char *)theirs + sizeof given, (const char *)ours + sizeof given, end - sizeof given);
    return true;
}
