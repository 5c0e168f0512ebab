/* test_promises.c - a plugin that breaks its contract while a run is set up is named, and what it
 * did is said; what it refuses is said with its reason.
 *
 * The plugins *_as_told of tests/outside make the mistake whose number a setting gives. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "run_outside.h"

#define TOLD "tests/pipelines/as_told.yaml"

/* Compiles the plugins into a folder of its own. */
static const char *plugins(void)
{
    static const char *const names[] = {"dataset_as_told", "layer_as_told", "initializer_as_told",
                                        "optimizer_as_told"};
    const char *folder = run_keep(realpath(unit_folder(), NULL));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        run_compile(names[i], "-Iinclude", folder);
    return folder;
}

/* Trains with mistake `number` at `place`; the message must hold the text, and the exit code be so.
 */
static void makes(const char *folder, const char *place, int number, int code, const char *text)
{
    const run_result r =
        run_cnnrun(TOLD " --quiet --plugin-path %s --set %s.mistake=%d --out %s/%d", folder, place,
                   number, folder, number);
    ck_assert_msg(r.code == code && strstr(r.err, text), "%s, mistake %d: exit %d\n%s%s", place,
                  number, r.code, r.out, r.err);
}

typedef struct mistake {
    int code;
    const char *text;
} mistake;

/* Mistake 0, which is none, trains. */
static void makes_all(const char *folder, const char *place, const char *breaks,
                      const mistake *mistakes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        makes(folder, place, (int)i + 1, mistakes[i].code,
              mistakes[i].code == 5 ? run_text("%s%s", breaks, mistakes[i].text)
                                    : mistakes[i].text);
    run_exits(run_cnnrun(TOLD " --quiet --plugin-path %s --out %s/good", folder, folder), 0);
}

#define MAKES(PLACE, KIND, MISTAKES)                                                               \
    do {                                                                                           \
        const char *folder = plugins();                                                            \
        makes_all(folder, PLACE,                                                                   \
                  run_text(KIND " '" KIND "_as_told' (%s/" KIND                                    \
                                "_as_told.so) breaks its contract: ",                              \
                           folder),                                                                \
                  MISTAKES, sizeof(MISTAKES) / sizeof(MISTAKES)[0]);                               \
    } while (0)

START_TEST(datasets)
{
    static const mistake mistakes[] = {
        {5, "samples must be 1 to 2^32 - 1"},
        {5, "classes must be 2 to 65536, or target_size 1 or more"},
        {5, "shape.rank must be 1 to 4"},
        {5, "an image must hold 1 to 2^24 elements"},
        {5, "element must be CNN_ELEMENT_U8 or CNN_ELEMENT_F32"},
        {5, "labels is NULL, or there are targets beside classes"},
        {5, "scale or offset is not finite"},
        {4, "train data: the label of sample 2 is 2; with 2 classes it must be 0 to 1"},
        {5, "an image must hold 1 to 2^24 elements"},
        {4, "dataset_as_told: there is nothing here"},
        {4, "dataset_as_told: open failed and gave no reason"},
        {5, "both classes and target_size are given; targets are either"},
        {5, "images is NULL, and there is no function sample"},
        {4, "train data: the weight of sample 3 is -1; it must be finite and 0 or more"},
        {5, "two classes have the same name"},
        {5, "the name of a class must be printable UTF-8 of 1 to 255 bytes"},
        {5, "target_size must be at most 2^20"},
        {4, "train data: number 1 of the target of sample 1 is nan; it must be finite"},
        {5, "fingerprint must have 1 to 1024 bytes"},
    };
    MAKES("data.train.dataset_as_told", "dataset", mistakes);
}
END_TEST

START_TEST(layers)
{
    static const mistake mistakes[] = {
        {5, "plan() left an output of rank 5"},
        {3, "layer_as_told: its output would have no elements, or more than can be"},
        {5, "plan() set unknown flags 0x400"},
        {5, "plan() asked for 9 weights, at most 8"},
        {5, "in place, but input and output differ in size"},
        {5, "plan() set parts, but weight_gradient is NULL"},
        {5, "plan() set measures, but measure is NULL"},
        {5, "plan() set prepared_bytes, but prepare is NULL"},
        {5, "plan() asked for absurd sizes"},
        {5, "a weight has no proper name"},
        {5, "weight 'kernel' has no known role"},
        {5, "weight 'kernel' has a fan of 0"},
        {5, "weight 'kernel' names no initializer"},
        {3, "layer_as_told: weight 'kernel' would have more elements than can be"},
        {3, "layer_as_told: this shape does not please"},
        {3, "layer_as_told: plan failed and gave no reason"},
        {5, "plan() set piece_samples to 3"},
        {5, "plan() asked for a weight of CNN_ROLE_MEASURED, but set no surveys"},
        {5, "plan() set surveys, but no weight is of CNN_ROLE_MEASURED"},
        {5, "plan() asked for absurd sizes"},
        {4, "layer_as_told: 8 samples are not enough"},
        {4, "layer_as_told: settle failed and gave no reason"},
        {3, "layer 'layer_as_told' measured the training data, and its 'kernel' is not finite: all "
            "that reaches it is finite"},
    };
    MAKES("network.layers.0.layer_as_told", "layer", mistakes);
}
END_TEST

START_TEST(initializers)
{
    static const mistake mistakes[] = {
        {5, "element 7 of dense/kernel is not finite, or was not written"},
        {3, "initializer_as_told, for dense/kernel: it is empty"},
        {3, "initializer_as_told, for dense/kernel: fill failed and gave no reason"},
    };
    MAKES("network.initializer.initializer_as_told", "initializer", mistakes);
}
END_TEST

START_TEST(optimizers)
{
    static const mistake mistakes[] = {
        {5, "slots() gave too many"},
        {5, "a slot has no proper name"},
    };
    MAKES("optimizer.optimizer_as_told", "optimizer", mistakes);
}
END_TEST

UNIT_MAIN("promises of plugins", datasets, layers, initializers, optimizers)
