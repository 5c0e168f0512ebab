/* update_plan.c - the optimizer asked for its form and its slots; the weights cut into ranges. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "engine/update.h"
#include "plugin/crash.h"

/* Whether a word of `decay_exclude` means the tensor: its role, its layer's name, its own, or both.
 */
static bool names_tensor(const char *word, const cnn_weight_tensor *tensor)
{
    static const char *const roles[] = {
        [CNN_ROLE_KERNEL] = "kernel", [CNN_ROLE_BIAS] = "bias", [CNN_ROLE_OTHER] = "scale"};
    const uint64_t role = tensor->spec.role;
    const size_t length = strlen(word);
    return (role < CNN_ROLE_MOVING && strcmp(word, roles[role]) == 0) ||
           strcmp(word, tensor->spec.name) == 0 || strcmp(word, tensor->name) == 0 ||
           (strncmp(word, tensor->name, length) == 0 && tensor->name[length] == '/');
}

static bool is_excluded(const cnn_optimizer_spec *spec, const cnn_weight_tensor *tensor)
{
    bool found = false;
    for (uint64_t k = 0; k < spec->decay_exclude.count && !found; k++)
        found = names_tensor(spec->decay_exclude.items[k], tensor);
    return found;
}

bool cnn_update_check(const cnn_optimizer_spec *spec, const cnn_network *network,
                      cnn_report *report)
{
    bool good = true;
    for (uint64_t k = 0; k < spec->decay_exclude.count; k++) {
        const char *word = spec->decay_exclude.items[k];
        bool known =
            strcmp(word, "kernel") == 0 || strcmp(word, "bias") == 0 || strcmp(word, "scale") == 0;
        for (size_t i = 0; i < network->tensor_count && !known; i++)
            known = names_tensor(word, &network->tensors[i]);
        if (!known)
            good = cnn_report_add(report, CNN_EXIT_PIPELINE, spec->decay_exclude_marks[k],
                                  "%s: decay_exclude: '%s' is neither kernel, bias or scale, nor "
                                  "the name of a tensor, as gamma or dense/kernel, or of a layer "
                                  "with weights",
                                  spec->instance->file->head.name, word);
    }
    return good;
}

static void describe_tensors(cnn_update *update, const cnn_optimizer_spec *spec,
                             const cnn_network *network)
{
    cnn_optimizer_plan *plan = &update->plan;
    update->tensors = cnn_alloc(network->tensor_count, sizeof *update->tensors);
    for (size_t i = 0; i < network->tensor_count; i++) {
        const cnn_weight_tensor *tensor = &network->tensors[i];
        update->tensors[i] = (cnn_optimizer_tensor){
            .name = tensor->name,
            .shape = tensor->spec.shape,
            .role = tensor->spec.role,
            .offset = tensor->trained ? tensor->offset : 0,
            .count = tensor->count,
            .trained = tensor->trained,
            .lr_mult = tensor->lr_mult,
            .decay_mult = is_excluded(spec, tensor) ? 0 : tensor->decay_mult};
        if (tensor->trained && tensor->count > plan->tensor_most)
            plan->tensor_most = tensor->count;
    }
    plan->struct_size = sizeof *plan;
    plan->tensors = update->tensors;
    plan->tensor_count = network->tensor_count;
    plan->range_most = CNN_UPDATE_BLOCK;
}

static bool broken(const cnn_instance *optimizer, const char *what, cnn_report *report)
{
    return cnn_report_add(report, CNN_EXIT_PLUGIN, optimizer->mark,
                          "optimizer '%s' (%s) breaks its contract: %s", optimizer->file->head.name,
                          optimizer->file->path, what);
}

static bool ask_plan(cnn_update *update, const cnn_instance *optimizer, cnn_report *report)
{
    const cnn_optimizer *plugin = &optimizer->file->optimizer;
    cnn_error error = {0};
    int failed = 0;
    if (plugin->plan)
        CNN_CRASH_GUARD(optimizer->file, "plan",
                        failed = plugin->plan(optimizer->self, &update->plan, &error));
    if (failed)
        return cnn_instance_refuse(optimizer, "plan", failed, plugin->name, &error,
                                   CNN_EXIT_PIPELINE, report);
    if (update->plan.form > CNN_FORM_TENSOR)
        return broken(optimizer, "plan() left an unknown form", report);
    if (update->plan.flags & ~(uint64_t)CNN_GLOBAL_NORM)
        return broken(optimizer, "plan() set unknown flags", report);
    return update->plan.scratch_bytes <= UINT64_C(1) << 36 ||
           broken(optimizer, "plan() asked for absurd sizes", report);
}

static bool ask_slots(cnn_update *update, const cnn_instance *optimizer, cnn_report *report)
{
    const cnn_optimizer *plugin = &optimizer->file->optimizer;
    uint64_t count = 0;
    if (plugin->slots)
        CNN_CRASH_GUARD(optimizer->file, "slots",
                        count = plugin->slots(optimizer->self, update->slots));
    if (count > CNN_MAX_SLOTS)
        return broken(optimizer, "slots() gave too many", report);
    for (uint64_t i = 0; i < count; i++)
        if (!update->slots[i].name || !cnn_is_identifier(update->slots[i].name))
            return broken(optimizer, "a slot has no proper name", report);
    update->slot_count = count;
    return true;
}

/* ---- ranges --------------------------------------------------------------------------------- */

static int by_offset(const void *a, const void *b)
{
    const cnn_range *x = a, *y = b;
    return x->first < y->first ? -1 : x->first > y->first;
}

/* The largest first, so that no thread begins it when the others are done. */
static int by_size(const void *a, const void *b)
{
    const cnn_range *x = a, *y = b;
    return x->count > y->count ? -1 : x->count < y->count ? 1 : by_offset(a, b);
}

/* One range for each trained tensor, in the order in which they lie. */
static cnn_range *whole_tensors(const cnn_update *update, size_t tensors, size_t *count)
{
    cnn_range *ranges = cnn_alloc(tensors, sizeof *ranges);
    *count = 0;
    for (size_t i = 0; i < tensors; i++) {
        const cnn_optimizer_tensor *tensor = &update->tensors[i];
        if (tensor->trained)
            ranges[(*count)++] = (cnn_range){.first = tensor->offset,
                                             .count = tensor->count,
                                             .tensor = tensor,
                                             .lr_mult = tensor->lr_mult,
                                             .decay_mult = tensor->decay_mult};
    }
    qsort(ranges, *count, sizeof *ranges, by_offset);
    return ranges;
}

/* Joins neighbours of equal factors, with the gaps behind them, which are zero and stay so. `end`
 * is that of the weights; what is not trained ends a run. Returns the number of runs. */
static size_t join_runs(cnn_range *ranges, size_t count)
{
    size_t runs = 0;
    for (size_t i = 0; i < count; i++) {
        cnn_range *last = runs ? &ranges[runs - 1] : NULL;
        ranges[i].count = cnn_network_padded(ranges[i].count);
        if (last && last->first + last->count == ranges[i].first &&
            last->lr_mult == ranges[i].lr_mult && last->decay_mult == ranges[i].decay_mult)
            last->count += ranges[i].count;
        else
            ranges[runs++] = ranges[i];
    }
    return runs;
}

/* Which of the options that change a gradient are on. */
static void note_options(cnn_update *update, const cnn_optimizer_options *o)
{
    update->clips_tensors = o->clipnorm > 0;
    update->clips_all = o->global_clipnorm > 0;
    update->shapes = o->l2 > 0 || o->clipvalue > 0 || update->clips_tensors || update->clips_all;
}

/* Cuts each of the wholes into blocks. */
static void cut_blocks(cnn_update *update, const cnn_range *wholes, size_t count)
{
    size_t blocks = 0;
    for (size_t i = 0; i < count; i++)
        blocks += (wholes[i].count + CNN_UPDATE_BLOCK - 1) / CNN_UPDATE_BLOCK;
    update->ranges = cnn_alloc(blocks, sizeof *update->ranges);
    for (size_t i = 0; i < count; i++) {
        const size_t head = update->range_count;
        const cnn_range *whole = &wholes[i];
        for (uint64_t at = 0; at < whole->count; at += CNN_UPDATE_BLOCK) {
            const uint64_t left = whole->count - at;
            cnn_range *range = &update->ranges[update->range_count++];
            *range = *whole;
            range->first += at;
            range->count = left < CNN_UPDATE_BLOCK ? left : CNN_UPDATE_BLOCK;
            range->head = head;
        }
        for (size_t r = head; r < update->range_count; r++)
            update->ranges[r].in_tensor = update->range_count - head;
    }
}

bool cnn_update_plan(cnn_update *update, const cnn_optimizer_spec *spec, const cnn_network *network,
                     cnn_report *report)
{
    describe_tensors(update, spec, network);
    note_options(update, &spec->options);
    if (!ask_plan(update, spec->instance, report) || !ask_slots(update, spec->instance, report))
        return false;
    size_t count;
    cnn_range *wholes = whole_tensors(update, network->tensor_count, &count);
    if (update->plan.form == CNN_FORM_TENSOR) {
        qsort(wholes, count, sizeof *wholes, by_size);
        for (size_t i = 0; i < count; i++) {
            wholes[i].head = i;
            wholes[i].in_tensor = 1;
        }
        update->ranges = wholes;
        update->range_count = count;
        return true;
    }
    if (update->plan.form == CNN_FORM_ELEMENT && !update->clips_tensors)
        count = join_runs(wholes, count);
    cut_blocks(update, wholes, count);
    free(wholes);
    return true;
}

void cnn_update_free(cnn_update *update)
{
    free(update->tensors);
    free(update->ranges);
}
