/* expect: PATH: it does not fit this cnnrun: kind_size is 104, here at least 112; it was built by COMPILER; rebuild it with: cnnrun build cut_before_value.c */
#include <cnnrun/loss.h>

CNN_PLUGIN_(CNN_KIND_LOSS, cnn_head, "cut_before_value", "ends before its required function",
            .doc = NULL)
