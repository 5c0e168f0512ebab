/* fuzz_yaml.c - any bytes give a tree or a fault, and what is written of a tree reads back. */
#include "fuzz.h"
#include "yaml/tree.h"

static bool same(const cnn_yaml *a, const cnn_yaml *b)
{
    if (a->type != b->type || a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!same(a->items[i], b->items[i]) ||
            (a->type == CNN_YAML_MAP && strcmp(a->keys[i]->text, b->keys[i]->text) != 0))
            return false;
    switch (a->type) {
    case CNN_YAML_BOOL:
        return a->boolean == b->boolean;
    case CNN_YAML_INTEGER:
        return a->integer == b->integer;
    case CNN_YAML_REAL: /* a NaN is as good as another */
        return a->real == b->real || (a->real != a->real && b->real != b->real);
    case CNN_YAML_STRING:
        return strcmp(a->text, b->text) == 0;
    default:
        return true;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cnn_report report = {0};
    cnn_yaml *root = cnn_yaml_parse((const char *)data, size, "fuzz", &report);
    fuzz_check(&report, root != NULL, CNN_EXIT_PIPELINE, 0);
    if (root) {
        char *written = cnn_yaml_emit(root);
        cnn_yaml *again = cnn_yaml_parse(written, strlen(written), "again", &report);
        CNN_BUG_IF(!again || !same(root, again));
        char *rewritten = cnn_yaml_emit(again);
        CNN_BUG_IF(strcmp(written, rewritten) != 0);
        cnn_yaml_free(again);
        free(written);
        free(rewritten);
    }
    cnn_yaml_free(root);
    cnn_report_free(&report);
    return 0;
}
