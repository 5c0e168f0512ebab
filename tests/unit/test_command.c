/* test_command.c - the commands beside training, the exit codes, and output that cannot be written.
 */
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "run_folder.h"
#include "run_outside.h"

static void says(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) != NULL, "'%s' is not in:\n%s", part, text);
}

/* The command fails with this one line on stderr and prints nothing. */
static void fails(run_result r, int code, const char *line)
{
    run_exits(r, code);
    ck_assert_str_eq(r.err, run_text("%s\n", line));
    ck_assert_str_eq(r.out, "");
}

/* ---- usage ---------------------------------------------------------------------------------- */

START_TEST(explains_itself)
{
    const run_result help = run_cnnrun("--help");
    run_exits(help, 0);
    says(help.out, "usage: cnnrun PIPELINE.yaml");
    ck_assert_str_eq(help.err, "");
    ck_assert_str_eq(run_cnnrun("-h").out, help.out);
    ck_assert_str_eq(run_cnnrun("help").out, help.out);
    /* Of each command its first lines, as it prints them itself. */
    static const char *const commands[] = {"build",   "check",   "evaluate", "new",
                                           "plugins", "predict", "report"};
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        const run_result own = run_cnnrun("%s --help", commands[i]);
        run_exits(own, 0);
        ck_assert_str_eq(own.err, "");
        ck_assert_str_eq(run_cnnrun("%s -h", commands[i]).out, own.out);
        says(own.out, run_text("usage: cnnrun %s ", commands[i]));
        const size_t usage = strlen("usage: ");
        says(help.out,
             run_text("       %.*s\n", (int)(strstr(own.out, "\n") - own.out - (int)usage),
                      own.out + usage));
    }
    says(run_cnnrun("evaluate --help").out, "\n  --data SPLIT ");
    says(run_cnnrun("predict --help").out, "\n  --invert ");
    const run_result version = run_cnnrun("--version");
    run_exits(version, 0);
    int major, minor, patch, end = 0;
    ck_assert_int_eq(sscanf(version.out, "cnnrun %d.%d.%d\n%n", &major, &minor, &patch, &end), 3);
    ck_assert_str_eq(version.out + end, "");
}
END_TEST

START_TEST(refuses_what_it_does_not_know)
{
    fails(run_cnnrun(" "), 2, "cnnrun: training takes one PIPELINE.yaml; see: cnnrun --help");
    fails(run_cnnrun(SMALL " " SMALL), 2,
          "cnnrun: training takes one PIPELINE.yaml; see: cnnrun --help");
    fails(
        run_cnnrun("plugin"), 2,
        "cnnrun: 'plugin' is no command and no file; did you mean 'plugins'?; see: cnnrun --help");
    fails(run_cnnrun("buid mine.c"), 2,
          "cnnrun: 'buid' is no command and no file; did you mean 'build'?; see: cnnrun --help");
    fails(run_cnnrun("train " SMALL), 2,
          "cnnrun: training needs no command word; write: cnnrun " SMALL "; see: cnnrun --help");
    fails(run_cnnrun("train"), 2,
          "cnnrun: training needs no command word; write: cnnrun PIPELINE.yaml; see: cnnrun "
          "--help");
    fails(run_cnnrun("evaluate"), 2,
          "cnnrun: evaluate takes the folder of a run; see: cnnrun --help");
    fails(run_cnnrun("plugins --quiet"), 2,
          "cnnrun: plugins does not take --quiet; see: cnnrun --help");
    fails(run_cnnrun(SMALL " --json"), 2, "cnnrun: --json goes with --dry-run; see: cnnrun --help");
    fails(run_cnnrun("--set"), 2,
          "cnnrun: option '--set' requires an argument; see: cnnrun --help");
    fails(run_cnnrun("plugins --none"), 2,
          "cnnrun: unrecognized option '--none'; see: cnnrun --help");
    fails(run_cnnrun("--epoch 3"), 2, /* options are never abbreviated */
          "cnnrun: unrecognized option '--epoch'; did you mean '--epochs'?; see: cnnrun --help");
    fails(run_cnnrun(SMALL " --epoch=3"), 2,
          "cnnrun: unrecognized option '--epoch=3'; did you mean '--epochs'?; see: cnnrun --help");
    fails(run_cnnrun("plugins --js"), 2,
          "cnnrun: unrecognized option '--js'; did you mean '--json'?; see: cnnrun --help");
    fails(run_cnnrun("check --explai LOSS-1"), 2,
          "cnnrun check: unrecognized option '--explai'; did you mean '--explain'?; see: cnnrun "
          "check --help");
    fails(run_cnnrun("check --none"), 2,
          "cnnrun check: unrecognized option '--none'; see: cnnrun check --help");
    const char *const as_called[] = {"-c", "exec -a some/where \"$0\" --none", run_program(), NULL};
    fails(run_wait(run_spawn("/bin/bash", as_called)), 2,
          "cnnrun: unrecognized option '--none'; see: cnnrun --help");
    fails(run_cnnrun(SMALL " --threads 2x"), 2,
          "cnnrun: --threads is '2x'; it must be an integer from 1 to 1024; see: cnnrun --help");
    fails(run_cnnrun("plugins --plugin-path /nonexistent"), 2,
          "cnnrun: --plugin-path '/nonexistent' is no folder; it must be one");
    fails(run_wait(run_spawn(run_program(), (const char *const[]){"evaluate", "", NULL})), 2,
          "cnnrun: argument 1 is empty; evaluate takes the folder of a run; see: cnnrun --help");
    fails(run_cnnrun(SMALL " --out="), 2,
          "cnnrun: --out is empty; it must have a value; see: cnnrun --help");
    setenv("CNNRUN_ISA", "sse", 1);
    fails(run_cnnrun("plugins"), 2,
          "cnnrun: CNNRUN_ISA is 'sse'; it must be baseline, avx2 or avx512");
}
END_TEST

START_TEST(options_may_stand_before_the_command)
{
    const run_result plain = run_cnnrun("plugins loss --json");
    run_exits(plain, 0);
    ck_assert_str_eq(run_cnnrun("--json plugins loss").out, plain.out);
    ck_assert_str_eq(run_cnnrun("--plugin-path %s --json plugins loss", unit_folder()).out,
                     plain.out);
    ck_assert_str_eq(run_cnnrun("--plugin-path=%s plugins --json loss", unit_folder_path).out,
                     plain.out);
    run_exits(run_cnnrun("--plugin-path %s check hinge --only LOSS-1", unit_folder_path), 0);
    fails(run_cnnrun("--quiet plugins"), 2,
          "cnnrun: plugins does not take --quiet; see: cnnrun --help");
    fails(run_cnnrun("--data plugins"), 2, /* the word is the option's */
          "cnnrun: training does not take --data; see: cnnrun --help");
}
END_TEST

/* ---- commands are programs ------------------------------------------------------------------ */

/* A script as the command NAME of the test's folder. */
static const char *drop_in(const char *name, const char *script)
{
    run_shell(run_text("mkdir -p %s/command && printf '%%s\\n' '#!/bin/sh' '%s' >%s/command/%s && "
                       "chmod 755 %s/command/%s",
                       unit_folder_path, script, unit_folder_path, name, unit_folder_path, name));
    return run_text("%s/command/%s", unit_folder_path, name);
}

START_TEST(a_script_can_be_a_command)
{
    unit_folder();
    drop_in("hello", "echo \"hello $*\"; \"$CNNRUN_PROGRAM\" --version; exit 3");
    run_result r = run_cnnrun("hello a b --plugin-path %s", unit_folder_path);
    run_exits(r, 3);
    says(r.out, run_text("hello a b --plugin-path %s\ncnnrun ", unit_folder_path));
    r = run_cnnrun("--plugin-path=%s hello c", unit_folder_path);
    run_exits(r, 3);
    says(r.out, run_text("hello --plugin-path=%s c\n", unit_folder_path));
    fails(run_cnnrun("hello"), 2,
          "cnnrun: 'hello' is no command and no file; known: build, check, evaluate, experiment, "
          "new, plugins, predict, report, help; see: cnnrun --help");
    setenv("CNNRUN_PLUGIN_PATH", unit_folder_path, 1);
    run_exits(run_cnnrun("hello"), 3);
    fails(run_cnnrun("hellp"), 2,
          "cnnrun: 'hellp' is no command and no file; did you mean 'hello'?; see: cnnrun --help");
    const run_result help = run_cnnrun("help"); /* lists it, and does not start it */
    says(help.out, "\n       cnnrun hello\n");
    ck_assert_ptr_null(strstr(help.out, "hello a"));
    says(run_cnnrun("plugins").out, "\n  hinge "); /* where plugins are looked for, it is none */
}
END_TEST

START_TEST(what_is_installed_cannot_be_replaced)
{
    const run_result plain = run_cnnrun("plugins loss --json");
    unit_folder();
    drop_in("plugins", "echo replaced");
    setenv("CNNRUN_PLUGIN_PATH", unit_folder_path, 1);
    ck_assert_str_eq(run_cnnrun("plugins loss --json").out, plain.out);
    ck_assert_str_eq(run_cnnrun("plugins loss --json --plugin-path %s", unit_folder_path).out,
                     plain.out);
    /* Nor is it hidden by a file of its name. */
    run_shell(run_text("touch %s/evaluate %s/train", unit_folder_path, unit_folder_path));
    run_shell(run_text("printf 'x: 1\\n' >%s/plain", unit_folder_path));
    const char *const there[] = {"-c", run_text("cd %s && exec \"$0\" evaluate", unit_folder_path),
                                 run_program(), NULL};
    fails(run_wait(run_spawn("/bin/sh", there)), 2,
          "cnnrun: evaluate takes the folder of a run; see: cnnrun --help");
    const char *const file[] = {"-c", run_text("cd %s && exec \"$0\" plain", unit_folder_path),
                                run_program(), NULL};
    run_exits(run_wait(run_spawn("/bin/sh", file)),
              3); /* a file that is no command is a pipeline */
}
END_TEST

START_TEST(a_command_that_everyone_may_write_is_refused)
{
    unit_folder();
    const char *path = drop_in("hello", "echo hello");
    setenv("CNNRUN_PLUGIN_PATH", unit_folder_path, 1);
    ck_assert_int_eq(chmod(path, 0757), 0);
    fails(
        run_cnnrun("hello"), 5,
        run_text("cnnrun: %s: it is writable by everyone, who could all put code there; chmod o-w "
                 "'%s'",
                 path, path));
    ck_assert_int_eq(chmod(path, 0755), 0);
    ck_assert_int_eq(chmod(run_text("%s/command", unit_folder_path), 0777), 0);
    fails(run_cnnrun("hello"), 5,
          run_text("cnnrun: %s: its folder is writable by everyone, who could all put code there; "
                   "chmod o-w '%s/command', or move the plugin to a folder of your own",
                   path, unit_folder_path));
}
END_TEST

START_TEST(a_dry_run_shows_pipeline_and_network_and_leaves_nothing)
{
    const char *dir = run_text("%s/run", unit_folder());
    const run_result r = run_cnnrun(SMALL " --dry-run --out %s --seed 7", dir);
    run_exits(r, 0);
    ck_assert_str_eq(r.err, "");
    says(r.out, "name: small\nseed: 7\n");
    says(r.out,
         "layer                                output             parameters    FLOPs/image\n");
    says(r.out, "\ntotal                                                         1826 ");
    ck_assert(!run_holds(dir, ""));
    /* What it shows is a pipeline. */
    FILE *file = fopen(run_text("%s/shown.yaml", unit_folder_path), "w");
    ck_assert_int_gt(fprintf(file, "%.*s", (int)(strstr(r.out, "\n\n") - r.out), r.out), 0);
    fclose(file);
    const run_result again = run_cnnrun("--dry-run %s/shown.yaml", unit_folder_path);
    run_exits(again, 0);
    ck_assert_str_eq(again.out, r.out);
}
END_TEST

START_TEST(a_dry_run_takes_no_memory_for_weights)
{
    struct rusage usage;
    const run_result r = run_cnnrun(SMALL " --dry-run --set network.layers.4.dense.units=16777216");
    run_exits(r, 0);
    says(r.out, " 1694498816 "); /* 100 * 16777216 + 16777216 */
    getrusage(RUSAGE_CHILDREN, &usage);
    ck_assert_int_lt(usage.ru_maxrss, 1 << 20); /* the weights alone take 7 GB */
}
END_TEST

/* ---- plugins -------------------------------------------------------------------------------- */

START_TEST(lists_what_is_installed)
{
    static const char *const some[] = {"\n  conv2d ", "\n  idx ", "\n  hinge ", "\n  adadelta ",
                                       "\n  he_normal "};
    const run_result all = run_cnnrun("plugins"), losses = run_cnnrun("plugins loss");
    run_exits(all, 0);
    run_exits(losses, 0);
    for (size_t i = 0; i < sizeof some / sizeof some[0]; i++)
        says(all.out, some[i]);
    says(all.out, losses.out);
    ck_assert_ptr_null(strstr(losses.out, "conv2d"));
}
END_TEST

START_TEST(explains_a_plugin)
{
    const run_result r = run_cnnrun("plugins loss/pair_weighted_crossentropy");
    run_exits(r, 0);
    says(r.out, "loss/pair_weighted_crossentropy - ");
    says(r.out, "\n  weight: a real of 0 or more; default 1.3\n");
    const char *snippet =
        strstr(r.out, "\nin a pipeline\n  loss: {pair_weighted_crossentropy: {pairs: ");
    ck_assert_msg(snippet && strstr(snippet, "}}\n") == r.out + strlen(r.out) - 3, "%s", r.out);
    ck_assert_str_eq(run_cnnrun("plugins pair_weighted_crossentropy").out, r.out);
    const run_result both = run_cnnrun("plugins constant"); /* a schedule and an initializer */
    run_exits(both, 0);
    says(both.out, "schedule/constant - ");
    says(both.out, "initializer/constant - ");
    fails(run_cnnrun("plugins hingee"), 5,
          "cnnrun: no kind and no plugin is called 'hingee'; did you mean 'hinge'?");
    fails(run_cnnrun("plugins layer/hinge"), 5,
          "cnnrun: no layer is called 'hinge'; did you mean 'loss/hinge'?");
    fails(run_cnnrun("plugins loss/hingee"), 5,
          "cnnrun: no loss is called 'hingee'; did you mean 'loss/hinge'?");
    fails(run_cnnrun("plugins layer/hingee"), 5,
          "cnnrun: no layer is called 'hingee'; 'cnnrun plugins' lists them");
}
END_TEST

START_TEST(explains_plugins_as_json)
{
    const run_result r = run_cnnrun("plugins --json");
    run_exits(r, 0);
    json_t *list = json_loads(r.out, 0, NULL), *one;
    const json_t *plugin;
    size_t i;
    ck_assert_uint_ge(json_array_size(list), 28);
    json_array_foreach (list, i, plugin) {
        const char *kind, *name;
        ck_assert_int_eq(
            json_unpack(json_array_get(list, i), "{s:s, s:s}", "kind", &kind, "name", &name), 0);
        one = json_loads(run_cnnrun("plugins --json %s/%s", kind, name).out, 0, NULL);
        ck_assert_uint_eq(json_array_size(one), 1);
        ck_assert(json_equal(json_array_get(one, 0), plugin));
        json_decref(one);
    }
    json_decref(list);
}
END_TEST

/* ---- evaluate ------------------------------------------------------------------------------- */

START_TEST(evaluates_as_the_run_did)
{
    const char *run = run_train("run", SMALL, "");
    const run_result json = run_cnnrun("evaluate --json --threads 3 %s", run);
    run_exits(json, 0);
    json_t *root = json_loads(json.out, 0, NULL), *summary = run_summary(run);
    ck_assert_str_eq(json_string_value(json_object_get(root, "split")), "test");
    ck_assert_int_eq(json_integer_value(json_object_get(root, "samples")), 60);
    ck_assert(json_equal(json_object_get(root, "loss"), json_object_get(summary, "test_loss")));
    ck_assert(
        json_equal(json_object_get(root, "accuracy"), json_object_get(summary, "test_accuracy")));
    const json_t *matrix = json_object_get(root, "confusion_matrix"), *row, *cell;
    ck_assert(json_equal(matrix, json_object_get(summary, "confusion_matrix")));
    long long all = 0, right = 0;
    size_t r, c;
    json_array_foreach (matrix, r, row)
        json_array_foreach (row, c, cell) {
            all += json_integer_value(cell);
            right += r == c ? json_integer_value(cell) : 0;
        }
    ck_assert_int_eq(all, 60);
    ck_assert_double_eq((double)right / 60, run_number(run, "test_accuracy"));
    const run_result text = run_cnnrun("evaluate %s", run);
    run_exits(text, 0);
    says(text.out, run_text("test: 60 images  loss %.6f  accuracy %.4f  mean_squared_error %.6f  ",
                            run_number(run, "test_loss"), run_number(run, "test_accuracy"),
                            json_real_value(json_object_get(root, "mean_squared_error"))));
    says(text.out, "confusion matrix (rows: true class, columns: predicted)");
    json_decref(root);
    json_decref(summary);
}
END_TEST

START_TEST(evaluates_only_what_is_there)
{
    const char *run = run_train("run", SMALL, "");
    says(run_cnnrun("evaluate --data train %s", run).out, "train: 200 images  loss ");
    fails(run_cnnrun("evaluate --data validation %s", run), 2,
          "cnnrun: --data is 'validation'; it must be train, validation or test, and the run's "
          "pipeline must "
          "have it");
    run_exits(run_cnnrun("evaluate --data all %s", run), 2);
    fails(run_cnnrun("evaluate /nonexistent"), 7,
          "cnnrun: /nonexistent: this is no run's folder; there is no pipeline.yaml in it");
    ck_assert_int_eq(truncate(run_text("%s/checkpoint.safetensors", run), 1000), 0);
    const run_result r = run_cnnrun("evaluate %s", run); /* of the checkpoint before */
    run_exits(r, 0);
    says(r.err, "cnnrun: warning: ");
    ck_assert_int_eq(unlink(run_text("%s/checkpoint.safetensors", run)), 0);
    ck_assert_int_eq(unlink(run_text("%s/checkpoint.previous.safetensors", run)), 0);
    fails(run_cnnrun("evaluate %s", run), 7,
          run_text("cnnrun: %s: there is no checkpoint.safetensors yet", run));
}
END_TEST

/* ---- going on ------------------------------------------------------------------------------- */

START_TEST(says_what_to_type_to_go_on)
{
    const char *dir = run_text("%s/it's", unit_folder());
    const run_child child = run_start(SMALL " --set train.batch_size=20 --seed 3 --epochs 100000 "
                                            "--plugin-path %s --threads 2 --out %s",
                                      unit_folder_path, dir);
    for (int i = 0; i < RUN_SECONDS * 1000 && !run_holds(dir, "metrics.csv"); i++)
        run_pause();
    kill(child.pid, SIGINT);
    const run_result r = run_wait(child);
    run_exits(r, 130);
    says(r.out, run_text("; go on with: cnnrun " SMALL " --set train.batch_size=20 --seed 3 "
                         "--epochs 100000 --plugin-path %s --threads 2 --resume --out "
                         "'%s/it'\\''s'\n",
                         unit_folder_path, unit_folder_path));
}
END_TEST

/* ---- output that cannot be written ---------------------------------------------------------- */

START_TEST(a_file_in_place_of_the_folder_is_refused)
{
    const char *path = run_text("%s/file", unit_folder());
    fclose(fopen(path, "w"));
    fails(run_cnnrun(SMALL " --out %s", path), 7,
          run_text("cnnrun: %s: cannot be made a folder: Not a directory", path));
    fails(run_cnnrun(SMALL " --out %s/run", path), 7,
          run_text("cnnrun: %s: cannot be made a folder: Not a directory", path));
    fails(run_cnnrun(SMALL " --out /proc/run"), 7,
          "cnnrun: /proc/run: cannot be made a folder: No such file or directory");
}
END_TEST

/* No file may grow beyond the bytes given, as on a full disk. */
static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    signal(SIGXFSZ, SIG_DFL);
}

START_TEST(a_full_disk_leaves_nothing_half_written)
{
    const char *dir = run_text("%s/run", unit_folder());
    limit_files(16384);
    fails(run_cnnrun(SMALL " --quiet --out %s", dir), 7,
          run_text("cnnrun: %s/checkpoint.safetensors: cannot be written: File too large", dir));
    ck_assert_str_eq(run_listing(dir), "metrics.csv pipeline.yaml summary.json ");
    run_says(dir, "status", "\"failed\"");
    limit_files(RLIM_INFINITY);
    run_exits(run_cnnrun(SMALL " --quiet --resume --out %s", dir), 0);
    run_same(dir, run_train("whole", SMALL, ""));
}
END_TEST

START_TEST(a_full_disk_keeps_the_checkpoint_that_is_there)
{
    const char *dir = run_train("run", SMALL, "--epochs 1"),
               *whole = run_train("whole", SMALL, "--epochs 3");
    limit_files(16384);
    run_exits(run_cnnrun(SMALL " --quiet --resume --epochs 3 --out %s", dir), 7);
    limit_files(RLIM_INFINITY);
    run_exits(run_cnnrun("evaluate %s", dir), 0);
    run_exits(run_cnnrun(SMALL " --quiet --resume --epochs 3 --out %s", dir), 0);
    run_same(dir, whole);
}
END_TEST

/* `words` are what a shell reads; standard output goes where `to` says. */
static run_result run_into(const char *to, const char *words)
{
    const char *const line[] = {"-c", run_text("exec \"$0\" %s %s", words, to), run_program(),
                                NULL};
    return run_wait(run_spawn("/bin/sh", line));
}

#define NOT_WRITTEN "standard output: cannot be written: "

START_TEST(standard_output_that_is_full_is_said)
{
    static const char full[] = "cnnrun: " NOT_WRITTEN "No space left on device";
    const char *dir = run_train("run", SMALL, "--epochs 1");
    const char *folder = run_text("%s/new", unit_folder_path);
    const char *image = run_text("%s/one.idx", unit_folder_path); /* 12 x 12 black pixels */
    ck_assert_int_eq(
        system(run_text("(printf '\\0\\0\\010\\3\\0\\0\\0\\1\\0\\0\\0\\014\\0\\0\\0\\014'; "
                        "head -c 144 /dev/zero) >%s",
                        image)),
        0);
    const char *const lines[] = {"--dry-run " SMALL,
                                 "plugins",
                                 "plugins --json",
                                 "--help",
                                 "--version",
                                 run_text("report %s", dir),
                                 run_text("evaluate %s", dir),
                                 run_text("evaluate %s --json", dir),
                                 run_text("predict %s %s:0", dir, image),
                                 run_text("new loss mine %s", folder),
                                 run_text("build %s/mine.c", folder)};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        fails(run_into(">/dev/full", lines[i]), 7, full);
    fails(run_into(">&-", "plugins"), 7, "cnnrun: " NOT_WRITTEN "Bad file descriptor");
    fails(run_into(">/dev/full", "check --list"), 7,
          "cnnrun check: " NOT_WRITTEN "No space left on device");
    /* A training's result is its folder. */
    const run_result r =
        run_into(">/dev/full", run_text(SMALL " --epochs 1 --out %s/full", unit_folder_path));
    run_exits(r, 0);
    ck_assert_str_eq(r.err, "cnnrun: warning: standard output: cannot be written\n");
    run_same(run_text("%s/full", unit_folder_path), dir);
}
END_TEST

UNIT_MAIN("command", explains_itself, refuses_what_it_does_not_know,
          options_may_stand_before_the_command, a_script_can_be_a_command,
          what_is_installed_cannot_be_replaced, a_command_that_everyone_may_write_is_refused,
          a_dry_run_shows_pipeline_and_network_and_leaves_nothing,
          a_dry_run_takes_no_memory_for_weights, lists_what_is_installed, explains_a_plugin,
          explains_plugins_as_json, evaluates_as_the_run_did, evaluates_only_what_is_there,
          says_what_to_type_to_go_on, a_file_in_place_of_the_folder_is_refused,
          a_full_disk_leaves_nothing_half_written, a_full_disk_keeps_the_checkpoint_that_is_there,
          standard_output_that_is_full_is_said)
