/* rules.c - the table of all checks, and the document that explains their rules. */
#include <stdlib.h>
#include <string.h>

#include "kit.h"

/* CONFORMANCE.md as it was at compile time: --explain works wherever the program is installed. */
__asm__(".section .rodata\n"
        "kit_document:\n"
        ".incbin \"tests/conformance/CONFORMANCE.md\"\n"
        ".byte 0\n"
        ".previous\n");
extern const char kit_document[];

/* Memory checks come before those that compare numbers. */
static const kit_check *const tables[] = {
    kit_file_checks,      kit_param_checks,       kit_memory_checks,      kit_life_checks,
    kit_loss_checks,      kit_gradient_checks,    kit_initializer_checks, kit_layer_checks,
    kit_absorb_checks,    kit_told_checks,        kit_backward_checks,    kit_measure_checks,
    kit_optimizer_checks, kit_schedule_checks,    kit_golden_checks,      kit_dataset_checks,
    kit_setting_checks,   kit_environment_checks, kit_repeat_checks,      kit_static_checks,
    kit_hot_checks,       kit_callback_checks,    kit_metric_checks,      kit_survey_checks,
};

const kit_check *kit_checks(size_t i)
{
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
        for (const kit_check *check = tables[t]; check->rule; check++)
            if (i-- == 0)
                return check;
    return NULL;
}

/* A rule's section goes from "### RULE " to the next heading. */
char *kit_rule_text(const char *rule)
{
    char *heading = cnn_format("\n### %s ", rule);
    const char *start = strstr(kit_document, heading);
    free(heading);
    if (!start)
        return NULL;
    const char *end = strstr(start + 1, "\n#");
    const size_t length = end ? (size_t)(end - start) : strlen(start);
    return cnn_format("%.*s\n", (int)(length - 1), start + 1);
}
