/* expect: PATH: it does not fit this cnnrun: ABI major is 1, here 2; it was built by COMPILER; rebuild it with: cnnrun build other_major.c */
/* Nothing of a plugin runs before its note is accepted: its constructor aborts. */
#include <cnnrun/loss.h>
#include <stdlib.h>

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    (void)classes;
    return output[0] - target[0];
}

__attribute__((constructor)) static void too_early(void)
{
    abort();
}

#undef CNN_ABI_MAJOR
#define CNN_ABI_MAJOR 1
CNN_LOSS("other_major", "is of the ABI before, and would end the process when opened", .value = value)
