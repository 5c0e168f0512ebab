/* drive_loss.c - how a loss is run: some sizes, some samples of each, one at a time. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "loss.h"

#define MOST_CLASSES 1000

uint64_t kit_loss_claims(const kit_instance *loss)
{
    const cnn_loss *plugin = &loss->file->loss;
    if (!plugin->claims)
        return 0;
    kit_enter("claims", KIT_TRAIN);
    const uint64_t claims = plugin->claims(loss->self);
    kit_leave();
    return claims;
}

bool kit_loss_has_gradient(const kit_instance *loss)
{
    return loss->file->loss.gradient != NULL;
}

double kit_loss_value(const kit_instance *loss, const double *output, const double *target,
                      size_t classes)
{
    kit_enter("value", KIT_TRAIN);
    const double value = loss->file->loss.value(loss->self, output, target, classes);
    kit_leave();
    return value;
}

void kit_loss_gradient(const kit_instance *loss, const double *output, const double *target,
                       size_t classes, double *gradient)
{
    kit_enter("gradient", KIT_TRAIN);
    loss->file->loss.gradient(loss->self, output, target, classes, gradient);
    kit_leave();
}

/* Probabilities that are multiples of 2^-10 and none 0: each class gets its share of 1024 parts. */
static void to_dyadic_probabilities(kit_case *c, double *output, size_t classes)
{
    const size_t parts = classes <= 256 ? 1024 : classes * 4;
    size_t left = parts - classes;
    for (size_t i = 0; i < classes; i++)
        output[i] = 1;
    while (left > 0) {
        const size_t some = 1 + kit_below(c, left < 64 ? left : 64);
        output[kit_below(c, classes)] += (double)some;
        left -= some;
    }
    for (size_t i = 0; i < classes; i++)
        output[i] /= (double)parts;
}

static void softmax(double *output, size_t classes)
{
    double peak = output[0], sum = 0;
    for (size_t i = 1; i < classes; i++)
        peak = fmax(peak, output[i]);
    for (size_t i = 0; i < classes; i++)
        sum += output[i] = exp(output[i] - peak);
    for (size_t i = 0; i < classes; i++)
        output[i] /= sum;
}

void kit_loss_draw(kit_case *c, uint64_t claims, kit_inputs how, double *output, size_t classes)
{
    const bool probabilities = claims & CNN_TAKES_PROBABILITIES;
    if (probabilities && (how == KIT_DYADIC || how == KIT_COARSE)) {
        to_dyadic_probabilities(c, output, classes);
        return;
    }
    for (size_t i = 0; i < classes; i++)
        output[i] = how == KIT_DYADIC   ? kit_dyadic(c, 3, 6)
                    : how == KIT_COARSE ? kit_dyadic(c, 2, 1)
                    : how == KIT_RANDOM ? kit_normal(c)
                                        : 30 * kit_normal(c);
    if (probabilities)
        softmax(output, classes);
}

size_t kit_loss_target(kit_case *c, uint64_t claims, double *target, size_t classes)
{
    size_t label = kit_below(c, classes);
    if (claims & CNN_TAKES_VECTORS && kit_below(c, 2)) {
        for (size_t i = 0; i < classes; i++)
            target[i] = kit_normal(c);
        if (claims & (CNN_TAKES_PROBABILITIES | CNN_TAKES_LOGITS))
            softmax(target, classes);
        for (size_t i = 0; i < classes; i++)
            label = target[i] > target[label] ? i : label;
        return label;
    }
    memset(target, 0, classes * sizeof *target);
    target[label] = 1;
    return label;
}

kit_instance *kit_loss_next(kit_case *c, kit_instance *before, size_t index, size_t most)
{
    static const kit_layout layout = {0};
    kit_unmake(before);
    kit_arena_reset(0);
    cnn_error refusal;
    for (size_t tries = 0; index < most && tries < 20; tries++) {
        kit_instance *loss = index == 0 ? kit_make(c, &layout, NULL, 0, NULL)
                                        : kit_make(c, &layout, kit_random_setting(c), 0, &refusal);
        if (index > 0 && (c->setting || !cnn_param_at(&c->file->head, 0))) { /* no other */
            kit_unmake(loss);
            return NULL;
        }
        if (loss && index > 0)
            kit_where("parameters {%s}", kit_setting_text(loss->given));
        if (loss)
            return loss;
    }
    return NULL;
}

/* One sample in buffers of exactly its size. */
static void run_sample(kit_case *c, kit_instance *loss, const kit_layout *layout, size_t classes,
                       kit_bytes *out)
{
    const uint32_t mark = kit_arena_mark();
    double *output = kit_buffer(layout, "output", classes, sizeof(double), sizeof(double));
    double *target = kit_buffer(layout, "target", classes, sizeof(double), sizeof(double));
    const uint64_t claims = kit_loss_claims(loss);
    const size_t label = kit_loss_target(c, claims, target, classes);
    kit_loss_draw(c, claims, (kit_inputs)kit_below(c, KIT_INPUTS), output, classes);
    if (layout->readonly) {
        kit_protect(output, true);
        kit_protect(target, true);
    }
    (void)label;
    const double value = kit_loss_value(loss, output, target, classes);
    kit_bytes_add(out, &value, sizeof value);
    if (kit_loss_has_gradient(loss)) {
        double *gradient = kit_buffer(layout, "gradient", classes, sizeof(double), sizeof(double));
        kit_prefill(gradient, layout->prefill);
        kit_loss_gradient(loss, output, target, classes, gradient);
        kit_check_written_doubles(layout, gradient, classes, "gradient");
        kit_bytes_add(out, gradient, classes * sizeof *gradient);
    }
    kit_check_canaries();
    kit_arena_reset(mark);
}

static void run(kit_instance *loss, const kit_layout *layout, kit_bytes *out)
{
    static const size_t sizes[] = {10, 2, 3, 17, MOST_CLASSES, 8, 2, 10, 1};
    const size_t count = sizeof sizes / sizeof sizes[0];
    const bool vectors = kit_loss_claims(loss) & CNN_TAKES_VECTORS; /* they may have one number */
    kit_case c = {.random = {layout->salt, 1}};
    for (size_t i = 0; i < count - !vectors; i++) {
        kit_where("classes %zu", sizes[i]);
        for (size_t sample = 0; sample < (sizes[i] > 100 ? 1 : 6); sample++)
            run_sample(&c, loss, layout, sizes[i], out);
    }
    kit_where("%s", "");
}

const kit_driver kit_drive_loss = {1, NULL, run};
