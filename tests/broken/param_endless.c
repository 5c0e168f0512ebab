/* expect: PATH: more than 64 parameters, or no CNN_PARAM_END after the last */
#include <cnnrun/loss.h>

typedef struct settings {
    int32_t on[65];
} settings;

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    (void)classes;
    return output[0] - target[0];
}

#define ONE(NAME, I)                                                                               \
    {                                                                                              \
        NAME, "a switch", "true", NULL, 0, 1, 4 * (I), 4, CNN_BOOL, 0, 0, 0                        \
    }
#define EIGHT(L)                                                                                   \
    ONE(#L "0", 8 * (#L[0] - 97)), ONE(#L "1", 8 * (#L[0] - 97) + 1),                              \
        ONE(#L "2", 8 * (#L[0] - 97) + 2), ONE(#L "3", 8 * (#L[0] - 97) + 3),                      \
        ONE(#L "4", 8 * (#L[0] - 97) + 4), ONE(#L "5", 8 * (#L[0] - 97) + 5),                      \
        ONE(#L "6", 8 * (#L[0] - 97) + 6), ONE(#L "7", 8 * (#L[0] - 97) + 7)

static const cnn_param params[] = {EIGHT(a), EIGHT(b), EIGHT(c), EIGHT(d),     EIGHT(e),
                                   EIGHT(f), EIGHT(g), EIGHT(h), ONE("i", 64), CNN_PARAM_END};
CNN_LOSS("param_endless", "has a flaw in its table of parameters", .params = params,
         .self_size = sizeof(settings), .value = value)
