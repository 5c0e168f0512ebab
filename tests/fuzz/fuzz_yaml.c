/* fuzz_yaml.c - any bytes give a tree or a fault, and what is written of a tree reads back. */
#include <stdlib.h>
#include <string.h>

#include "yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cnn_report report = {0};
    cnn_yaml *root = cnn_yaml_parse((const char *)data, size, "fuzz", &report);
    CNN_BUG_IF(!root == !report.errors);
    if (root) {
        char *written = cnn_yaml_emit(root);
        cnn_yaml *again = cnn_yaml_parse(written, strlen(written), "again", &report);
        CNN_BUG_IF(!again);
        char *rewritten = cnn_yaml_emit(again);
        CNN_BUG_IF(again->type != root->type || again->count != root->count);
        cnn_yaml_free(again);
        free(written);
        free(rewritten);
    }
    cnn_yaml_free(root);
    cnn_report_free(&report);
    return 0;
}
