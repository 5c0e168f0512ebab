/* options.c - the options of every optimizer, which the host reads beside its parameters. */
#include <math.h>

#include "base/memory.h"
#include "pipeline/tables.h"

#define OPTION(NAME, MAX, FLAGS, HELP)                                                             \
    NUMBER(cnn_optimizer_spec, #NAME, options.NAME, CNN_REAL, "null", 0, MAX,                      \
           CNN_NULLABLE | (FLAGS), HELP)

/* As its type does, and keeps the places. */
static bool read_names(const cnn_filling *f, const cnn_host_param *param, const cnn_yaml *node,
                       void *self)
{
    cnn_optimizer_spec *spec = self;
    cnn_param_value value;
    if (!cnn_param_convert(f, &param->param, node, &value))
        return false;
    cnn_mark *marks = cnn_param_keep(f->memory, cnn_alloc(node->count, sizeof *marks));
    for (size_t i = 0; i < node->count; i++)
        marks[i] = node->items[i]->mark;
    spec->decay_exclude = value.texts;
    spec->decay_exclude_marks = marks;
    return true;
}

static const cnn_host_param optimizer_keys[] = {
    OPTION(
        weight_decay, INFINITY, 0,
        "each step takes learning_rate * weight_decay of a weight away, whatever the gradient, "
        "as in Keras and in PyTorch's AdamW; what the other optimizers of PyTorch call so is l2"),
    OPTION(l2, INFINITY, CNN_OMIT,
           "times a weight, is added to its gradient before anything else: the gradient of "
           "l2 / 2 times its square. PyTorch's weight_decay, but in AdamW. The loss that is "
           "reported does not have it"),
    OPTION(clipvalue, INFINITY, CNN_OMIT,
           "brings each element of the gradient into [-clipvalue, clipvalue]"),
    OPTION(clipnorm, INFINITY, CNN_OMIT,
           "scales the gradient of a tensor down to this norm, where it has more"),
    OPTION(global_clipnorm, INFINITY, CNN_OMIT,
           "scales all gradients down, so that they have this norm together. PyTorch's "
           "clip_grad_norm_, which adds 1e-6 to the norm"),
    {ENTRY(
         cnn_optimizer_spec, "decay_exclude", decay_exclude, CNN_TEXTS, "null", 0, 0, OPTIONAL,
         NULL,
         "what weight_decay and l2 leave alone: kernel, bias or scale (all else that is trained), "
         "or the name of a tensor or of a layer: [bias, scale], [gamma], [dense/kernel]"),
     .read = read_names},
    {ENTRY(cnn_optimizer_spec, "ema", options.ema, CNN_REAL, "null", 0, 1, OPTIONAL | CNN_BELOW_MAX,
           NULL,
           "part of the mean of the weights that each step keeps, such as 0.99; validation, test "
           "and predictions then use the mean, and training goes on without it. Keras: use_ema, "
           "ema_momentum")},
    END};
const cnn_head cnn_optimizer_table = CNN_HOST_TABLE("optimizer", optimizer_keys);

#define FIELD(NAME) offsetof(cnn_optimizer_options, NAME)
static const size_t all[] = {FIELD(clipvalue),    FIELD(clipnorm), FIELD(global_clipnorm),
                             FIELD(weight_decay), FIELD(l2),       FIELD(ema)};

static double *option_at(cnn_optimizer_options *options, size_t offset)
{
    return (double *)(void *)((char *)options + offset);
}

/* Whether the descriptor's defaults keep to what optimizer.h says. */
static bool are_sound(cnn_optimizer_options *o)
{
    bool sound = o->ema < 1;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        sound &= isfinite(*option_at(o, all[i])) && *option_at(o, all[i]) >= 0;
    return sound && (o->clipvalue > 0) + (o->clipnorm > 0) + (o->global_clipnorm > 0) <= 1;
}

/* Whether a clip is given; the clips are the first three options. */
static bool takes_clip(cnn_optimizer_spec *spec, cnn_report *report)
{
    static const char *const clips[] = {"clipvalue", "clipnorm", "global_clipnorm"};
    const char *first = NULL;
    for (size_t i = 0; i < sizeof clips / sizeof clips[0]; i++) {
        if (!(*option_at(&spec->options, all[i]) > 0))
            continue;
        if (first)
            cnn_report_add(report, CNN_EXIT_PIPELINE, cnn_yaml_get(spec->given, clips[i])->mark,
                           "%s: %s and %s are both given; an optimizer has at most one clip",
                           spec->instance->file->head.name, first, clips[i]);
        first = clips[i];
    }
    return first != NULL;
}

double cnn_optimizer_default(const cnn_optimizer *optimizer, const cnn_param *option)
{
    cnn_optimizer_options defaults = optimizer->defaults;
    return *option_at(&defaults, option->offset - offsetof(cnn_optimizer_spec, options));
}

void cnn_optimizer_settle(cnn_optimizer_spec *spec, cnn_report *report)
{
    if (!spec->instance)
        return;
    const bool clips = takes_clip(spec, report);
    cnn_optimizer_options defaults = spec->instance->file->optimizer.defaults;
    if (!are_sound(&defaults))
        cnn_report_add(report, CNN_EXIT_PLUGIN, spec->mark,
                       "optimizer '%s' (%s) breaks its contract: its defaults must be finite, 0 or "
                       "more, ema below 1, and at most one clip",
                       spec->instance->file->head.name, spec->instance->file->path);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        const double fallback = *option_at(&defaults, all[i]);
        double *option = option_at(&spec->options, all[i]);
        if (isnan(*option) && fallback > 0 && !(clips && i < 3))
            *option = fallback;
    }
    spec->given = NULL; /* the tree may go */
}
