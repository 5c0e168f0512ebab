/* hinge_20.cpp - a loss in C++20, by the macro. */
#include "hinge.hpp"

CNN_LOSS("hinge_20", "each class a margin of its own", .params = params,
         .self_size = sizeof(settings), .value = value, .gradient = gradient)
