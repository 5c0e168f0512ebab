/* test_yaml_set.c - what a setting by path makes of a tree, and why it may not. */
#include "base/text.h"
#include "tree.h"
#include "yaml/settings.h"

#define COUNT(ARRAY) (sizeof(ARRAY) / sizeof(ARRAY)[0])

static const char base[] = "loss: hinge\n"
                           "optimizer: {adam: {learning_rate: 0.1}}\n"
                           "data: {train: {idx: {path: a}}, validation: 0.1}\n"
                           "network: {initializer: zeros, layers: [flatten, {dense: {units: 3}}]}\n"
                           "train: {epochs: 3}\n"
                           "schedule:\n"
                           "wrap: {schedule: {warmup: {then: {cosine: {steps: 3}}}}}\n"
                           "weigh: {loss: {weighted: {weights: {cat: 2}}}}\n";

/* As `--set ASSIGNMENT` does; its origin stays for the tree. */
static bool set(cnn_yaml *root, const char *assignment, const char *origin, cnn_report *report)
{
    cnn_settings given = {0};
    ck_assert(cnn_settings_add(&given, assignment, NULL));
    const cnn_setting *setting = &given.items[0];
    const bool done = cnn_yaml_set(root, setting->path, setting->value, origin, report);
    cnn_settings_free(&given);
    return done;
}

static const struct {
    const char *assignment, *path, *expected; /* what then stands at path */
} settings[] = {
    {"train.epochs=5", "train", "{epochs: 5}"},
    {"train.batch_size=128", "train", "{epochs: 3, batch_size: 128}"},
    {"loss=mse", "loss", "mse"},
    {"loss=", "loss", "null"},
    {"loss={a: {b: [1, 2]}}", "loss", "{a: {b: [1, 2]}}"},
    {"loss=\"a=b\"", "loss", "\"a=b\""},
    {"loss.hinge.margin=2", "loss", "{hinge: {margin: 2}}"},
    {"loss.hinge={margin: 2}", "loss", "{hinge: {margin: 2}}"},
    {"loss.focal.gamma=2", "loss", "{focal: {gamma: 2}}"},
    {"optimizer.adam.beta=.9", "optimizer", "{adam: {learning_rate: 0.1, beta: 0.9}}"},
    {"optimizer.sgd.momentum=0.9", "optimizer", "{sgd: {momentum: 0.9}}"},
    {"schedule.step.every=3", "schedule", "{step: {every: 3}}"},
    {"data.test.idx.path=b", "data",
     "{train: {idx: {path: a}}, validation: 0.1, test: {idx: {path: b}}}"},
    {"data.train.synthetic.count=5", "data", "{train: {synthetic: {count: 5}}, validation: 0.1}"},
    {"data.validation.idx.path=v", "data",
     "{train: {idx: {path: a}}, validation: {idx: {path: v}}}"},
    {"network.layers.0.flatten.name=f", "network",
     "{initializer: zeros, layers: [{flatten: {name: f}}, {dense: {units: 3}}]}"},
    {"network.layers.1.dense.units=9", "network",
     "{initializer: zeros, layers: [flatten, {dense: {units: 9}}]}"},
    {"network.layers.1.conv2d.filters=9", "network",
     "{initializer: zeros, layers: [flatten, {conv2d: {filters: 9}}]}"},
    {"network.layers.0=relu", "network",
     "{initializer: zeros, layers: [relu, {dense: {units: 3}}]}"},
    {"wrap.schedule.warmup.then.cosine.floor=1", "wrap",
     "{schedule: {warmup: {then: {cosine: {steps: 3, floor: 1}}}}}"},
    {"wrap.schedule.warmup.then.step.every=1", "wrap",
     "{schedule: {warmup: {then: {step: {every: 1}}}}}"},
    {"wrap.schedule.warmup.steps=5", "wrap",
     "{schedule: {warmup: {then: {cosine: {steps: 3}}, steps: 5}}}"},
    {"wrap.schedule.warmup.then.warmup.then.step.every=1", "wrap",
     "{schedule: {warmup: {then: {warmup: {then: {step: {every: 1}}}}}}}"},
    {"weigh.loss.weighted.weights.dog=3", "weigh",
     "{loss: {weighted: {weights: {cat: 2, dog: 3}}}}"},
    {"new.one.is=made", "new", "{one: {is: made}}"},
};

START_TEST(sets_what_the_path_names)
{
    for (size_t i = 0; i < COUNT(settings); i++) {
        cnn_yaml *root = tree_of(base), *expected = tree_of(settings[i].expected);
        cnn_report report = {0};
        ck_assert(set(root, settings[i].assignment, "--set", &report));
        char *written = cnn_yaml_emit(root);
        ck_assert_msg(trees_equal(cnn_yaml_get(root, settings[i].path), expected), "%s: %s",
                      settings[i].assignment, written);
        ck_assert_uint_eq(root->count, i + 1 < COUNT(settings) ? 8 : 9);
        free(written);
        cnn_yaml_free(root);
        cnn_yaml_free(expected);
    }
}
END_TEST

static const struct {
    const char *assignment;
    int code;
    const char *line;
} refused[] = {
    {"a..b=1", 3, "--set: the path must be up to 64 names joined by dots, each of 1 to 128 bytes"},
    {"a.=1", 3, "--set: the path must be up to 64 names joined by dots, each of 1 to 128 bytes"},
    {"network.layers.2=x", 3,
     "--set: '2' is no item of a list of 2 items; they are counted from 0"},
    {"network.layers.x=x", 3,
     "--set: 'x' is no item of a list of 2 items; they are counted from 0"},
    {"network.layers.-1=x", 3,
     "--set: '-1' is no item of a list of 2 items; they are counted from 0"},
    {"network.layers.99999999999999999999=x", 3,
     "--set: '99999999999999999999' is no item of a list of 2 items; they are counted from 0"},
    {"train.epochs.x=1", 3, "--set: epochs is 3, so it has no 'x'"},
    {"loss.from_logits=true", 3,
     "--set: 'from_logits' stands where a plugin's name must; a parameter of 'hinge' is set by "
     "loss.hinge.from_logits"},
    {"network.layers.1.units=5", 3,
     "--set: 'units' stands where a plugin's name must; a parameter of 'dense' is set by "
     "network.layers.1.dense.units"},
    {"loss=[1", 3,
     "--set: not YAML: did not find expected ',' or ']' while parsing a flow sequence that begins "
     "at line 1"},
    {"loss={a: 1, a: 2}", 3, "--set: key 'a' stands twice in one map; the first one is at 1:2"},
};

START_TEST(says_why_it_cannot_set)
{
    for (size_t i = 0; i < COUNT(refused); i++) {
        cnn_yaml *root = tree_of(base);
        cnn_report report = {0};
        ck_assert_msg(!set(root, refused[i].assignment, "--set", &report), "%s",
                      refused[i].assignment);
        ck_assert_int_eq(cnn_report_code(&report), refused[i].code);
        char *line = cnn_report_line(&report, 0);
        ck_assert_str_eq(line, refused[i].line);
        free(line);
        cnn_report_free(&report);
        cnn_yaml_free(root);
    }
}
END_TEST

START_TEST(bounds_the_depth_of_paths)
{
    cnn_yaml *root = tree_of("");
    cnn_report report = {0};
    cnn_text path = {0};
    cnn_text_add(&path, "a");
    for (int i = 1; i < 64; i++)
        cnn_text_add(&path, ".a");
    char *fits = cnn_format("%s=1", path.data), *deep = cnn_format("%s.a=1", path.data);
    ck_assert(set(root, fits, "x", &report));
    ck_assert(!set(root, deep, "x", &report));
    cnn_report_free(&report);
    cnn_text_free(&path);
    free(fits);
    free(deep);
    cnn_yaml_free(root);
}
END_TEST

START_TEST(marks_new_nodes_with_their_origin)
{
    cnn_yaml *root = tree_of(base);
    cnn_report report = {0};
    ck_assert(set(root, "loss.hinge.margin={a: 1}", "--set loss", &report));
    const cnn_yaml *loss = cnn_yaml_get(root, "loss"), *hinge = cnn_yaml_get(loss, "hinge"),
                   *margin = cnn_yaml_get(hinge, "margin");
    ck_assert_int_eq(loss->mark.line, 1); /* these stand in the file still */
    ck_assert_int_eq(loss->keys[0]->mark.line, 1);
    const cnn_mark marks[] = {hinge->keys[0]->mark, margin->mark, margin->keys[0]->mark,
                              margin->items[0]->mark};
    for (size_t i = 0; i < COUNT(marks); i++) {
        ck_assert_str_eq(marks[i].file, "--set loss");
        ck_assert_int_eq(marks[i].line, 0);
    }
    cnn_yaml_free(root);
}
END_TEST

START_TEST(keeps_settings_to_apply_and_to_type_again)
{
    cnn_yaml *root = tree_of(base);
    cnn_report report = {0};
    cnn_settings given = {0};
    cnn_text line = {0};
    ck_assert(!cnn_settings_add(&given, "loss", NULL));
    ck_assert(!cnn_settings_add(&given, "=1", NULL));
    cnn_settings_add_last(&given, "--epochs", "train.epochs", "7");
    ck_assert(cnn_settings_add(&given, "train.epochs=5", NULL));
    ck_assert(cnn_settings_add(&given, "name=a=b c", NULL));
    ck_assert(cnn_settings_apply(&given, CNN_SETTING_FIRST, root, &report));
    ck_assert_int_eq(cnn_yaml_get(cnn_yaml_get(root, "train"), "epochs")->integer, 5);
    ck_assert_str_eq(cnn_yaml_get(root, "name")->text, "a=b c");
    ck_assert(cnn_settings_apply(&given, CNN_SETTING_LAST, root, &report));
    const cnn_yaml *epochs = cnn_yaml_get(cnn_yaml_get(root, "train"), "epochs");
    ck_assert_int_eq(epochs->integer, 7);
    ck_assert_str_eq(epochs->mark.file, "--epochs 7");
    cnn_settings_write(&given, &line);
    ck_assert_str_eq(line.data, " --epochs 7 --set train.epochs=5 --set 'name=a=b c'");
    cnn_text_free(&line);
    cnn_yaml_free(root);
    cnn_settings_free(&given);
}
END_TEST

UNIT_MAIN("yaml_set", sets_what_the_path_names, says_why_it_cannot_set, bounds_the_depth_of_paths,
          marks_new_nodes_with_their_origin, keeps_settings_to_apply_and_to_type_again)
