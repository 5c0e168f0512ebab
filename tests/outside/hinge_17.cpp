/* hinge_17.cpp - a loss in C++17, which has no designated initializers: in the fields' order. */
#include "hinge.hpp"

CNN_PLUGIN_NOTE(CNN_KIND_LOSS, cnn_loss)
CNN_EXPORT_ const cnn_loss cnn_plugin;
const cnn_loss cnn_plugin = {
    sizeof(cnn_loss),
    sizeof(cnn_param),
    CNN_KIND_LOSS,
    0,
    "hinge_17",
    "each class a margin of its own",
    nullptr /* doc */,
    params,
    sizeof(settings),
    nullptr /* init */,
    nullptr /* fini */,
    nullptr /* golden */,
    {} /* reserved */,
    value,
    gradient,
    nullptr /* claims */
};
