/* expect: PATH: initializer plugin 'null_fill': fill is NULL; it must be a function */
#include <cnnrun/initializer.h>

CNN_INITIALIZER("null_fill", "lacks fill", .fill = NULL)
