/* expect: PATH: optimizer plugin 'null_step': step is NULL; it must be a function */
#include <cnnrun/optimizer.h>

CNN_OPTIMIZER("null_step", "lacks step", .step = NULL)
