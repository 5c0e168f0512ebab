/* expect: PATH: loss plugin 'null_value': value is NULL; it must be a function */
#include <cnnrun/loss.h>

CNN_LOSS("null_value", "lacks its one required function", .value = NULL)
