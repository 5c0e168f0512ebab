/* expect: PATH: it does not export cnn_plugin; a plugin ends with CNN_LOSS(...) or its like */
#include <cnnrun/loss.h>

CNN_PLUGIN_NOTE(CNN_KIND_LOSS, cnn_loss)
