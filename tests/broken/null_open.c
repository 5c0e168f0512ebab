/* expect: PATH: dataset plugin 'null_open': open is NULL; it must be a function */
#include <cnnrun/dataset.h>

CNN_DATASET("null_open", "lacks open", .open = NULL)
