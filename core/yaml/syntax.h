/* syntax.h - faults of YAML's syntax: where they are, and what to say of them. */
#ifndef CNN_YAML_SYNTAX_H
#define CNN_YAML_SYNTAX_H

#include "base/report.h"

/* The place of a byte of the text; libyaml gives no mark when it cannot decode the text. */
cnn_mark cnn_yaml_place(const char *file, const char *text, size_t size, size_t offset);

/* libyaml's words, but for two frequent mistakes of which they do not say what was expected. */
const char *cnn_yaml_problem(const char *problem);

#endif
