/* test_page.c - report.html: of runs good and bad, of several runs, of an experiment, after
 * training.
 *
 * tests/page/ holds folders of runs named after what is wrong with them. They have no checkpoint,
 * so what the network itself would show is missing there; one test trains. Where gnuplot is not
 * installed, plots are not looked at, and the page must say what to install. */
#include "run_outside.h"

#define LARGEST_PAGE (5u << 20)

static bool has_gnuplot(void)
{
    static int known = -1;
    if (known < 0)
        known = system("gnuplot --version >/dev/null 2>&1") == 0;
    if (!known)
        puts("gnuplot is not installed: plots are not tested");
    return known;
}

static void has(const char *page, const char *part)
{
    ck_assert_msg(strstr(page, part) != NULL, "'%s' is not in the page:\n%.3000s", part, page);
}

static void lacks(const char *page, const char *part)
{
    const char *found = strstr(page, part);
    ck_assert_msg(!found, "'%s' is in the page: %.200s", part, found);
}

static size_t count(const char *page, const char *part)
{
    size_t found = 0;
    for (const char *at = page; (at = strstr(at, part)) != NULL; at++)
        found++;
    return found;
}

/* Tags that open must close: as many of the one as of the other. */
static void is_balanced(const char *page)
{
    static const char *const tags[] = {"main", "section", "div",     "table", "tbody", "tr", "ul",
                                       "li",   "figure",  "details", "pre",   "svg",   "g",  "dl"};
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        const size_t opened =
            count(page, run_text("<%s>", tags[i])) + count(page, run_text("<%s ", tags[i]));
        ck_assert_msg(opened == count(page, run_text("</%s>", tags[i])), "<%s> is not balanced",
                      tags[i]);
    }
}

/* What holds for every page: it stands alone, is not too large, and no number in it is a nan. */
static char *check_page(const char *dir, const char *name)
{
    size_t size;
    char *page = run_file(dir, name, &size);
    ck_assert_uint_lt(size, LARGEST_PAGE);
    ck_assert_int_eq(strncmp(page, "<!DOCTYPE html>", 15), 0);
    has(page, "</html>");
    lacks(page, "http://");
    lacks(page, "https://");
    lacks(page, "gnuplot_plot");
    lacks(page, "nan,");
    lacks(page, ",nan");
    lacks(page, "(nan");
    is_balanced(page);
    return page;
}

/* Copies a folder of tests/page, and gives the page that report makes of it. */
static char *page_of(const char *name)
{
    if (strstr(unit_folder_path, "XXXXXX"))
        unit_folder();
    ck_assert_int_eq(system(run_text("cp -r tests/page/%s %s/", name, unit_folder_path)), 0);
    const char *dir = run_text("%s/%s", unit_folder_path, name);
    const run_result result = run_cnnrun("report %s", dir);
    run_exits(result, 0);
    ck_assert_str_eq(result.out, run_text("%s/report.html\n", dir));
    ck_assert_str_eq(result.err, "");
    return check_page(dir, "report.html");
}

START_TEST(shows_figures_and_scores)
{
    const char *page = page_of("good");
    has(page, "<h1>good <span class=\"badge completed\">");
    has(page, "<dd>0.9876</dd>");
    has(page, "<dd>1&#8239;234&#8239;567</dd>");
    has(page, "1 <small>min</small> 15 <small>s</small>");
    has(page, "Validation is measured on the test data");
    has(page, ">17</td>");     /* the confusion matrix */
    has(page, ">0.8696</td>"); /* precision of class 0: 20 of 23 */
    has(page, "<b>1</b> taken for <b>0</b> <span class=\"count\">3×");
    has(page, "There are no images of the mistakes: ");
    has(page, "synthetic_digits: {samples: 200, size: 12}");
    has(page, "cdcdcdcd");
}
END_TEST

START_TEST(draws_plots)
{
    const char *page = page_of("good"), *dir = run_text("%s/good/plots", unit_folder_path);
    has(run_file(dir, "loss.dat", NULL), "\n3 0.10000000000000001\n");
    if (!has_gnuplot()) {
        has(page, "apt-get install gnuplot-nox");
        return;
    }
    lacks(page, "Plots are missing");
    ck_assert_uint_eq(count(page, "<svg role=\"img\""), 2);
    ck_assert_str_eq(run_listing(dir),
                     "accuracy.dat accuracy.png accuracy.svg loss.dat loss.png loss.svg plots.gp ");
    ck_assert_int_eq(memcmp(run_file(dir, "loss.png", NULL), "\x89PNG", 4), 0);
    has(run_file(dir, "accuracy.svg", NULL), "</svg>");
}
END_TEST

/* No gnuplot on the path: the page is there without pictures, with the data, and says why. */
START_TEST(does_without_gnuplot)
{
    ck_assert_int_eq(setenv("PATH", "/nonexistent", 1), 0);
    run_exits(run_cnnrun("report tests/page/good -o %s/x.html", unit_folder()), 0);
    const char *page = check_page(unit_folder_path, "x.html");
    has(page, "apt-get install gnuplot-nox");
    has(page, "<dd>0.9876</dd>");
    has(run_file(run_text("%s/x-plots", unit_folder_path), "loss.dat", NULL), "# epoch, loss");
    ck_assert_int_eq(setenv("PATH", "/usr/bin:/bin", 1), 0);
}
END_TEST

/* Copies a good run to FOLDER/run, beside a folder with a file that must stay as it is. */
static const char *make_target(void)
{
    run_shell(
        run_text("cp -r tests/page/good %s/run && mkdir %s/else && echo kept >%s/else/loss.svg",
                 unit_folder(), unit_folder_path, unit_folder_path));
    return run_text("%s/run", unit_folder_path);
}

static void is_kept(void)
{
    const char *folder = run_text("%s/else", unit_folder_path);
    ck_assert_str_eq(run_listing(folder), "loss.svg ");
    ck_assert_str_eq(run_file(folder, "loss.svg", NULL), "kept\n");
}

/* Whoever can write into a run's folder must not thereby write where the user can. */
START_TEST(follows_no_link)
{
    const char *dir = make_target();
    static const char *const names[] = {"plots", "plots.tmp"};
    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(symlink("../else", run_text("%s/%s", dir, names[i])), 0);
        run_exits(run_cnnrun("report %s", dir), 0);
        is_kept();
        const char *page = check_page(dir, "report.html");
        has(page, run_text("Plots are missing</b>%s/%s: must be a folder, and is a link.", dir,
                           names[i]));
        lacks(page, "plots/loss.dat");
        ck_assert_int_eq(unlink(run_text("%s/%s", dir, names[i])), 0);
    }
    if (!has_gnuplot())
        return;
    static const char *const files[] = {"loss.svg", "loss.png", "loss.dat", "plots.gp",
                                        "loss.inline.svg"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        run_shell(run_text("mkdir -p %s/plots && ln -sf ../../else/loss.svg %s/plots/%s", dir, dir,
                           files[i]));
    run_exits(run_cnnrun("report %s", dir), 0);
    is_kept();
    lacks(check_page(dir, "report.html"), "Plots are missing");
    has(run_file(dir, "plots/loss.svg", NULL), "</svg>");
}
END_TEST

START_TEST(sweeps_what_a_killed_one_left)
{
    const char *dir = make_target();
    run_shell(
        run_text("mkdir %s/plots.tmp && cd %s/plots.tmp && touch loss.dat.tmp old.inline.svg && "
                 "ln -s ../../else/loss.svg loss.svg",
                 dir, dir));
    run_exits(run_cnnrun("report %s", dir), 0);
    is_kept();
    ck_assert(!run_holds(dir, "plots.tmp"));
    run_shell(run_text("mkdir %s/plots.tmp && touch %s/plots.tmp/thesis.doc", dir, dir));
    run_exits(run_cnnrun("report %s", dir), 0);
    has(check_page(dir, "report.html"), "plots.tmp/thesis.doc: is in the way of the plots");
    ck_assert(run_holds(dir, "plots.tmp/thesis.doc"));
}
END_TEST

/* A gnuplot that does this instead of drawing leaves the pictures that were there. */
static void breaks(const char *dir, const char *script, const char *trouble)
{
    FILE *file = fopen(run_text("%s/bin/gnuplot", unit_folder_path), "w");
    ck_assert_ptr_nonnull(file);
    fprintf(file, "#!/bin/sh\n%s\n", script);
    ck_assert_int_eq(fclose(file), 0);
    run_shell(run_text("chmod +x %s/bin/gnuplot", unit_folder_path));
    run_exits(run_cnnrun("report %s", dir), 0);
    const char *page = check_page(dir, "report.html");
    has(page, trouble);
    has(page, "plots/loss.dat");
    lacks(page, "plots/loss.svg");
    ck_assert_str_eq(run_file(dir, "plots/loss.svg", NULL), "<svg>old</svg>\n");
    ck_assert_str_eq(run_listing(run_text("%s/plots", dir)),
                     "accuracy.dat loss.dat loss.svg plots.gp ");
    ck_assert(!run_holds(dir, "plots.tmp"));
}

START_TEST(keeps_no_broken_picture)
{
    const char *dir = make_target();
    run_shell(run_text("mkdir %s/bin %s/plots && echo '<svg>old</svg>' >%s/plots/loss.svg",
                       unit_folder_path, dir, dir));
    ck_assert_int_eq(setenv("PATH", run_text("%s/bin:/usr/bin:/bin", unit_folder_path), 1), 0);
    breaks(dir, "echo '<svg>' >loss.svg; kill -9 $$", "gnuplot was ended by signal 9");
    breaks(dir, "echo '<svg>' >loss.svg; echo '\"plots.gp\" line 7: no pngcairo'; exit 1",
           "line 7: no pngcairo");
    breaks(dir, "echo 'no library can be loaded' >&2; exit 127",
           "gnuplot failed: no library can be loaded");
    breaks(dir, "echo '<svg>' >loss.svg; exit 0",
           "plots.tmp/loss.svg: gnuplot did not write it to its end");
    breaks(dir, "exit 0", "plots.tmp/loss.svg: cannot be read: No such file");
    ck_assert_int_eq(setenv("PATH", "/usr/bin:/bin", 1), 0);
}
END_TEST

START_TEST(shows_a_run_that_diverged_at_once)
{
    const char *page = page_of("diverged");
    has(page, "badge diverged");
    has(page, "the output of layer &lt;&#39;dense&#39;&gt; &amp; its weights are not finite");
    has(page, "No epoch was finished");
    lacks(page, "What could not be read");
    lacks(page, "<svg role");
}
END_TEST

START_TEST(shows_nan_and_infinity)
{
    const char *page = page_of("nan");
    has(page, "There is no finite value to draw");
    has(page, "∞");
    if (has_gnuplot())
        ck_assert_uint_eq(count(page, "<svg role=\"img\""), 1);
}
END_TEST

START_TEST(shows_negative_losses_and_single_epochs)
{
    const char *negative = page_of("negative"), *one = page_of("one_epoch");
    has(negative, "<dd>-0.9500</dd>");
    if (!has_gnuplot())
        return;
    ck_assert_uint_eq(count(negative, "<svg role=\"img\""), 2);
    ck_assert_uint_eq(count(one, "<svg role=\"img\""), 2);
    has(strstr(one, "<svg role"), "<use xlink:href='#gpPt6'"); /* a point */
}
END_TEST

START_TEST(says_what_is_damaged)
{
    const char *page = page_of("damaged_json");
    has(page, "badge unfinished");
    has(page, "summary.json: line 16: ");
    has(page_of("truncated_csv"), "metrics.csv: line 5 is damaged or cut off, and is left out");
    page = page_of("odd");
    has(page, "summary.json: this is no JSON object");
    has(page, "pipeline.yaml:2:1: ");
    has(page, "metrics.csv: there is no column &#39;val_loss&#39;");
}
END_TEST

/* What is there and cannot be read is not "not there". */
START_TEST(tells_why_a_file_cannot_be_read)
{
    const char *dir = run_text("%s/run", unit_folder());
    run_shell(run_text("cp -r tests/page/good %s && cd %s && rm *.json *.csv *.yaml && ln -s "
                       "summary.json summary.json && "
                       "ln -s metrics.csv metrics.csv && mkdir pipeline.yaml",
                       dir, dir));
    run_exits(run_cnnrun("report %s", dir), 0);
    const char *page = check_page(dir, "report.html");
    has(page, "summary.json: cannot be read: Too many levels of symbolic links");
    has(page, "metrics.csv: cannot be read: Too many levels of symbolic links");
    has(page, "pipeline.yaml: must be a regular file");
    lacks(page, "is not there");
    lacks(page, "was killed");
}
END_TEST

/* With few descriptors there is the whole page, or one that says what could not be read and why, or
 * none. */
START_TEST(tells_that_descriptors_are_too_few)
{
    const char *dir = run_train("run", SMALL, "--epochs 1");
    run_exits(run_cnnrun("report %s", dir), 0);
    const char *whole = check_page(dir, "report.html");
    size_t noted = 0, refused = 0;
    for (int i = 4; i < 16; i++) {
        run_shell(run_text("rm -f %s/report.html", dir));
        const char *line = run_text("ulimit -n %d; exec \"$0\" report %s", i, dir);
        const run_result r =
            run_wait(run_spawn("/bin/sh", (const char *const[]){"-c", line, run_program(), NULL}));
        if (r.code != 0) {
            refused++;
            ck_assert(r.code == 1 || r.code == 7 || r.code == 127);
            ck_assert_msg(strstr(r.err, "Too many open files") || r.code == 127, "%s", r.err);
            ck_assert(!run_holds(dir, "report.html"));
            continue;
        }
        const char *page = check_page(dir, "report.html");
        lacks(page, "is not there");
        lacks(page, "was killed");
        noted += strstr(page, "Too many open files") != NULL;
        if (!strstr(page, "Too many open files") && !strstr(page, "Plots are missing"))
            ck_assert_str_eq(page, whole);
    }
    ck_assert_msg(noted + refused > 0, "descriptors never were too few");
}
END_TEST

START_TEST(escapes_everything)
{
    const char *page = page_of("markup");
    has(page, "<title>&lt;script&gt;alert(1)&lt;/script&gt;</title>");
    has(page, "&lt;/pre&gt;&lt;img src=x onerror=alert(2)&gt;");
    has(page, "&lt;b&gt;&quot;bold&quot; &amp; &#39;quoted&#39;&lt;/b&gt;");
    lacks(page, "<script>alert");
    lacks(page, "<img src=x");
    lacks(page, "<b>\"bold");
    lacks(page, "<i>x");
    lacks(page, "<u>");
}
END_TEST

/* A folder's name goes into gnuplot's script, and bytes that are no UTF-8 into the page. */
START_TEST(takes_names_that_are_no_names)
{
    const char *dir = run_text("%s/a'b`id`%%s\"<i>\xff", unit_folder());
    ck_assert_int_eq(system(run_text("cp -r tests/page/good %s/", unit_folder_path)), 0);
    ck_assert_int_eq(rename(run_text("%s/good", unit_folder_path), dir), 0);
    const char *words[] = {
        "report", dir, "tests/page/nan", "-o", run_text("%s/x.html", unit_folder_path), NULL};
    run_exits(run_wait(run_spawn(run_program(), words)), 0);
    const char *page = check_page(unit_folder_path, "x.html");
    has(page, "a&#39;b`id`%s&quot;&lt;i&gt;\xEF\xBF\xBD");
    lacks(page, "<i>");
    if (has_gnuplot())
        lacks(page, "Plots are missing");
}
END_TEST

START_TEST(compares_runs)
{
    run_exits(
        run_cnnrun("report tests/page/good tests/page/nan tests/page/diverged tests/page/negative "
                   "-o %s/all.html",
                   unit_folder()),
        0);
    const char *page = check_page(unit_folder_path, "all.html");
    has(page, "4 runs, 4 trainings");
    has(page, "data-h=\"Best accuracy\" data-v=\"0.985\"");
    has(page, "data-h=\"Epochs to 95 %\" data-v=\"2\"");
    has(page, "data-h=\"Epochs to 98 %\" data-v=\"3\"");
    has(page, "data-h=\"Final loss\" data-v=\"\""); /* of the run that diverged */
    if (has_gnuplot())
        ck_assert_uint_eq(count(page, "<svg role=\"img\""), 6 + 2 * 4 - 3);
    has(run_file(run_text("%s/all-plots", unit_folder_path), "bars-loss.dat", NULL),
        "\"no value\" \"diverged\"");
}
END_TEST

/* One that learnt nothing, and one of which metrics.csv is lost. */
START_TEST(tells_chance_from_learning)
{
    const char *dir = run_text("%s/chance", unit_folder());
    run_shell(
        run_text("mkdir -p %s && cp -r tests/page/good %s/a && cp -r tests/page/good %s/b && "
                 "sed -i 's/\"findings\": \\[\\]/\"findings\": [\"val_accuracy 0.1 is chance: "
                 "naming\"]/' %s/a/summary.json && rm %s/b/metrics.csv",
                 dir, dir, dir, dir, dir));
    run_exits(run_cnnrun("report %s/a %s/b -o %s/two.html", dir, dir, dir), 0);
    const char *page = check_page(dir, "two.html");
    has(page, "badge at chance\">at chance<");
    has(page, "badge completed\">completed<");
    ck_assert_uint_eq(count(page, "data-h=\"Final accuracy\" data-v=\"0.985\""), 2);
}
END_TEST

START_TEST(shows_the_network_after_training)
{
    const char *dir = run_train("run", SMALL, "--epochs 1");
    const char *page = check_page(dir, "report.html");
    has(page, "First-layer filters");
    ck_assert_uint_eq(count(page, "alt=\"filter "), 4);
    has(page, "alt=\"test image ");
    has(page, "src=\"data:image/png;base64,iVBOR");
    lacks(page, "What could not be read");
    ck_assert_int_eq(remove(run_text("%s/checkpoint.safetensors", dir)), 0);
    run_exits(run_cnnrun("report %s", dir), 0);
    page = check_page(dir, "report.html");
    has(page, "There are no images of the mistakes");
    lacks(page, "First-layer filters");
}
END_TEST

/* Means over seeds stand in the experiment's page, links to the runs' own pages too. */
#define GRAPH "tests/pipelines/graph.yaml"

static bool has_dot(void)
{
    const bool there = system("dot -V >/dev/null 2>&1") == 0;
    if (!there)
        puts("dot of graphviz is not installed: its drawing is not tested");
    return there;
}

START_TEST(draws_a_network_that_branches)
{
    const char *dir = run_train("run", GRAPH, "--epochs 1");
    run_exits(run_cnnrun("report %s", dir), 0);
    const char *page = check_page(dir, "report.html");
    has(page, "<th scope=\"row\">add</th><td class=\"text\">deep, conv2d_3</td><td "
              "class=\"text\">add + relu</td><td>6 × 6 × 10</td><td>0</td>");
    has(page, "<td class=\"text\">images</td><td class=\"text\">conv2d + relu</td>");
    if (!has_dot())
        return;
    has(page, "<div class=\"graph scroll\"><svg role=\"img\" aria-label=\"The network\"");
    has(page, ">add + relu, 6 × 6 × 10</text>");
    lacks(page, "<title>images");
    lacks(page, "#5b6168\""); /* the page's colours, which light and dark set */
    lacks(page, "graphviz");
    has(run_file(run_text("%s/plots", dir), "network.svg", NULL), "</svg>");
    has(run_file(run_text("%s/plots", dir), "network.dot", NULL), "n8 -> n12;\n");
}
END_TEST

START_TEST(says_who_feeds_whom_without_dot)
{
    const char *dir = run_train("run", GRAPH, "--epochs 1");
    ck_assert_int_eq(setenv("PATH", "/nonexistent", 1), 0);
    const run_result result = run_cnnrun("report %s", dir);
    run_exits(result, 0);
    ck_assert_str_eq(result.err, "");
    const char *page = check_page(dir, "report.html");
    has(page, "is not drawn: the drawing is made by graphviz, which is not installed. On Debian: "
              "<code>apt-get install graphviz</code>");
    has(page, "<details open><summary>All layers");
    has(page, "<td class=\"text\">left, larger, right</td>");
    const char *chain = run_train("chain", SMALL, "--epochs 1");
    run_exits(run_cnnrun("report %s", chain), 0);
    lacks(check_page(chain, "report.html"), "graphviz");
    ck_assert_int_eq(setenv("PATH", "/usr/bin:/bin", 1), 0);
}
END_TEST

/* The page made with a dot that does this instead of drawing. */
static const char *page_with_dot(const char *dir, const char *script)
{
    FILE *file = fopen(run_text("%s/bin/dot", unit_folder_path), "w");
    ck_assert_ptr_nonnull(file);
    fprintf(file, "#!/bin/sh\n%s\n", script);
    ck_assert_int_eq(fclose(file), 0);
    run_shell(run_text("chmod +x %s/bin/dot", unit_folder_path));
    run_exits(run_cnnrun("report %s", dir), 0);
    return check_page(dir, "report.html");
}

START_TEST(trusts_no_dot)
{
    const char *dir = run_train("run", GRAPH, "--epochs 1");
    run_shell(run_text("mkdir %s/bin", unit_folder_path));
    ck_assert_int_eq(setenv("PATH", run_text("%s/bin:/usr/bin:/bin", unit_folder_path), 1), 0);
    has(page_with_dot(dir, "echo no library >&2; exit 1"), "not drawn: dot failed: no library.");
    has(page_with_dot(dir, "exit 0"), "network.svg: cannot be read: No such file");
    has(page_with_dot(dir, "echo '<svg>' >network.svg"), "dot did not write it to its end");
    has(page_with_dot(dir, "exec yes >network.svg"),
        "dot was ended, since it wrote a file that is too large");
    const char *page = page_with_dot(
        dir, "cat >network.svg <<'end'\n<svg viewBox=\"0 0 7 7\"\n><g id=\"graph0\">\n"
             "<script>alert(1)</script>\n<path d=\"M1 2\"/>\n<text x=\"1\">a<script>b"
             "</script></text>\n<path d=\"\"/><script>alert(2)</script>\n<image href=\"x\"/>\n"
             "</g>\n</svg>\nend");
    has(page, "<g id=\"graph0\">\n<path d=\"M1 2\"/>\n</g>\n</svg>");
    ck_assert_int_eq(setenv("PATH", "/usr/bin:/bin", 1), 0);
}
END_TEST

START_TEST(shows_an_experiment)
{
    char here[2048];
    ck_assert_ptr_nonnull(getcwd(here, sizeof here));
    const char *path = run_text("%s/e.yaml", unit_folder()),
               *dir = run_text("%s/e", unit_folder_path);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fprintf(file,
            "base: %s/" SMALL
            "\nrepeat: 2\nruns:\n  plain: {}\n  zeros: {network.initializer: zeros}\n",
            here);
    ck_assert_int_eq(fclose(file), 0);
    run_exits(run_cnnrun("%s --quiet --out %s", path, dir), 0);
    const char *page = check_page(dir, "report.html");
    has(page, "2 runs, 4 trainings");
    has(page, "<small>± ");
    has(page, "<a href=\"plain/2/report.html\">2</a>");
    has(page, "Confusion matrix, summed over 2 seeds");
    has(page, "(seed 1, 2)</small>");
    has(page, "network.initializer: zeros");
    check_page(run_text("%s/plain/2", dir), "report.html");
}
END_TEST

/* An experiment of three runs, two with seeds, of which the seeds of one are at different points.
 */
static const char *make_study(void)
{
    const char *dir = run_text("%s/study", unit_folder());
    run_shell(run_text(
        "mkdir -p %s/a %s/b/1 && cd tests/page && cp -r good %s/a/1 && cp -r good %s/a/2 && "
        "cp -r one_epoch %s/a/3 && cp -r diverged %s/c && cp good/pipeline.yaml %s/b/1 && "
        "cd %s && sed -i s/,0.91,/,0.51,/ a/3/metrics.csv && mkdir a/4 && cp b/1/pipeline.yaml a/4 "
        "&& echo run >results.csv && "
        "sed -i s/completed/interrupted/ a/3/summary.json && sed -i s/diverged/failed/ "
        "c/summary.json && "
        "echo 'name: trial\nruns: {a: {}, b: {}, c: {}, d: {}}' >experiment.yaml",
        dir, dir, dir, dir, dir, dir, dir, dir));
    return dir;
}

START_TEST(takes_means_of_seeds_that_completed)
{
    const char *dir = make_study();
    run_exits(run_cnnrun("report %s", dir), 0);
    const char *page = check_page(dir, "report.html");
    has(page, ">2 completed, 1 interrupted, 1 not started<");
    has(page, "data-h=\"Final accuracy\" data-v=\"0.985\"><span>0.9850 <small>± 0.0000</small> "
              "<small>(2 of 4)</small>");
    has(page, "only they count: a (2 of 4).");
    lacks(page, "At later epochs");
    has(run_file(run_text("%s/plots", dir), "all-accuracy.dat", NULL), "\n1 0.91000000000000003\n");
    run_shell(
        run_text("cd %s/a && sed -i s/completed/interrupted/ 1/summary.json 2/summary.json", dir));
    run_exits(run_cnnrun("report %s/", dir), 0);
    page = check_page(dir, "report.html");
    has(page, "<small>(3 of 4)</small>");
    has(page, "counts as far as it got: a.");
    has(page, "At later epochs the mean is only over the seeds that got there: a.");
}
END_TEST

/* Neither looks like damage. */
START_TEST(tells_what_never_started_or_failed)
{
    const char *dir = make_study();
    run_exits(run_cnnrun("report %s", dir), 0);
    const char *page = check_page(dir, "report.html");
    ck_assert_uint_eq(count(page, "<span class=\"badge not started\">"), 4); /* b and d, twice */
    has(page, "<span class=\"badge failed\">");
    lacks(page, "is not there");
    run_exits(run_cnnrun("report %s/c", dir), 0);
    page = check_page(run_text("%s/c", dir), "report.html");
    has(page, "<b>Why it failed</b><ul>\n<li>failed in epoch 1");
    lacks(page, "What could not be read");
    run_exits(run_cnnrun("report %s/b/1", dir), 0);
    lacks(check_page(run_text("%s/b/1", dir), "report.html"), "What could not be read");
    ck_assert_int_eq(remove(run_text("%s/a/1/metrics.csv", dir)), 0); /* this is damage */
    run_exits(run_cnnrun("report %s/a/1", dir), 0);
    has(check_page(run_text("%s/a/1", dir), "report.html"), "metrics.csv is not there");
}
END_TEST

START_TEST(names_runs_by_their_experiment)
{
    const char *dir = make_study();
    run_exits(run_cnnrun("report %s/a/2", dir), 0);
    const char *page = check_page(run_text("%s/a/2", dir), "report.html");
    has(page, "<title>a, seed 2</title>");
    has(page, "of the experiment <b>trial</b>");
    run_exits(run_cnnrun("report %s/c", dir), 0);
    has(check_page(run_text("%s/c", dir), "report.html"), "<h1>c <span");
    run_exits(run_cnnrun("report %s/a/1 %s/a/2 -o %s/x.html", dir, dir, dir), 0);
    page = check_page(dir, "x.html");
    has(page, "<th scope=\"row\">a/1</th>");
    has(page, "<th scope=\"row\"><a href=\"a/2/report.html\">a/2</a></th>");
    run_shell(run_text("mkdir %s/p && cp -r tests/page/good %s/p", dir, dir));
    run_exits(run_cnnrun("report tests/page/good tests/page/nan %s/p/good -o %s/x.html", dir, dir),
              0);
    page = check_page(dir, "x.html");
    has(page, "<th scope=\"row\">page/good</th>");
    has(page, "<th scope=\"row\">page/nan</th>");
    has(page, "<th scope=\"row\">p/good</th>");
}
END_TEST

/* A page elsewhere names the path instead. */
START_TEST(links_to_what_lies_below_the_page)
{
    const char *dir = make_study(), *run = run_text("%s/a/1", dir);
    const char *out = run_text("%s/elsewhere", unit_folder_path);
    run_shell(run_text("mv %s '%s/c #1'", run_text("%s/c", dir), dir));
    run_exits(run_cnnrun("report %s", run), 0);
    has(check_page(run, "report.html"), "<a href=\"metrics.csv\">metrics.csv</a>");
    run_shell(run_text("echo >'%s/c #1/report.html'", dir));
    run_exits(run_cnnrun("report %s", dir), 0);
    const char *page = check_page(dir, "report.html");
    has(page, "<a href=\"a/1/report.html\">1</a>");
    has(page, "<a href=\"c%20%231/report.html\">c #1</a>");
    has(page, "<a href=\"results.csv\">results.csv</a>");
    run_exits(run_cnnrun("report %s -o %s/x.html", dir, out), 0);
    page = check_page(out, "x.html");
    lacks(page, "report.html\"");
    lacks(page, "href=\"results.csv");
    has(page, run_text("<code>%s/results.csv</code>", dir));
    run_exits(run_cnnrun("report %s -o %s/y.html", run, out), 0);
    page = check_page(out, "y.html");
    lacks(page, "href=\"metrics.csv");
    has(page, run_text("<code>%s/metrics.csv</code>", run));
}
END_TEST

/* Weights that are very large, and weights that are no numbers. */
START_TEST(shows_weights_beyond_measure)
{
    const char *words[] = {SMALL,   "--quiet", "--epochs", "1",
                           "--set", NULL,      "--set",    "train.on_nonfinite=continue",
                           "--out", NULL,      NULL};
    const char *dir = words[9] = run_text("%s/large", unit_folder());
    words[5] = "network.initializer={random_uniform: {minval: -1e8, maxval: 1e8}}";
    run_exits(run_wait(run_spawn(run_program(), words)), 0);
    has(check_page(dir, "report.html"), "(blue) over 0 (white) to 9.9");
    has(check_page(dir, "report.html"), "e+07 (vermilion).");
    dir = words[9] = run_text("%s/nan", unit_folder_path);
    words[5] = "optimizer.adam.learning_rate=1e38";
    run_exits(run_wait(run_spawn(run_program(), words)), 0);
    const char *page = check_page(dir, "report.html");
    has(page, "<span class=\"badge not finite\">");
    has(page, "No image was classified");
    has(page, "no weight is a finite number other than 0.");
    lacks(page, "No image was taken");
}
END_TEST

/* Losses across three powers of ten, one that is negative, errors that are close together. */
START_TEST(draws_axes_that_can_be_read)
{
    const char *dir = run_text("%s/axes", unit_folder());
    run_shell(
        run_text("mkdir -p %s/n && cp -r tests/page/good %s/a && cp -r tests/page/good %s/b && "
                 "cp -r tests/page/negative %s/n/1 && cp -r tests/page/negative %s/n/2 && cd %s && "
                 "sed -i s/0.2,0.95,0.1,/0.2,0.95,14.7,/ b/metrics.csv && "
                 "sed -i s/,-0.95,0.96,/,-0.75,0.97,/ n/2/metrics.csv",
                 dir, dir, dir, dir, dir, dir));
    run_exits(run_cnnrun("report %s/a %s/b -o %s/log.html", dir, dir, dir), 0);
    const char *script =
        strstr(run_file(run_text("%s/log-plots", dir), "plots.gp", NULL), "# bars-loss");
    has(script, "set xrange [0.01:");
    has(script, "set xtics (0.01, 0.1, 1, 10)\n");
    run_exits(run_cnnrun("report %s", dir), 0);
    script = run_file(run_text("%s/plots", dir), "plots.gp", NULL);
    const char *bars = strstr(script, "# bars-loss"), *left = strstr(bars, "set xrange [");
    ck_assert(strtod(left + 12, NULL) < -0.85 - 0.1414 - 0.01); /* the whisker, and some room */
    const char *error = strstr(script, "# all-error");
    has(error, "set ytics (0.01, 0.02, 0.05, 0.1)\n");
    run_shell(run_text("cd %s && sed -i 's/,0.9[18][05]*,/,0.96,/' a/metrics.csv", dir));
    run_exits(run_cnnrun("report %s/a %s/a -o %s/near.html", dir, dir, dir), 0);
    has(check_page(dir, "near.html"), "<th scope=\"row\">a</th>"); /* a folder given twice */
    script = run_file(run_text("%s/near-plots", dir), "plots.gp", NULL);
    has(strstr(script, "# all-error"), "set ytics (0.03, 0.04, 0.05, 0.06)\n");
    run_shell(run_text("cd %s && sed -i 's/,0[.][0-9]*,0.001,/,0,0.001,/' a/metrics.csv", dir));
    run_exits(run_cnnrun("report %s/a", dir), 0);
    script = run_file(run_text("%s/a/plots", dir), "plots.gp", NULL);
    has(strstr(script, "# accuracy"), "set yrange [0:");
}
END_TEST

START_TEST(refuses_what_is_no_run)
{
    run_result result = run_cnnrun("report %s", unit_folder());
    run_exits(result, 7);
    has(result.err, "there is neither a run nor an experiment");
    result = run_cnnrun("report tests/page/good -o tests/page/good/summary.json/x.html");
    run_exits(result, 7);
    run_exits(run_cnnrun("report"), 2);
}
END_TEST

UNIT_MAIN("page", shows_figures_and_scores, draws_plots, does_without_gnuplot, follows_no_link,
          sweeps_what_a_killed_one_left, keeps_no_broken_picture, shows_a_run_that_diverged_at_once,
          shows_nan_and_infinity, shows_negative_losses_and_single_epochs, says_what_is_damaged,
          escapes_everything, tells_why_a_file_cannot_be_read, tells_that_descriptors_are_too_few,
          takes_names_that_are_no_names, compares_runs, tells_chance_from_learning,
          shows_the_network_after_training, draws_a_network_that_branches,
          says_who_feeds_whom_without_dot, trusts_no_dot, shows_an_experiment,
          takes_means_of_seeds_that_completed, tells_what_never_started_or_failed,
          names_runs_by_their_experiment, links_to_what_lies_below_the_page,
          shows_weights_beyond_measure, draws_axes_that_can_be_read, refuses_what_is_no_run)
