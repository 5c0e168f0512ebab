/* scenario.c - what is walked: commands, and the states that they start from. */
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "walk.h"

#define TRAIN "tiny.yaml --threads 1 --out run"
#define WIDE "wide.yaml --threads 1 --out run"
#define IMAGE 28u /* height and width of synthetic_digits */
#define SMALL 8u  /* of wide.yaml's images */

/* ---- starting states ------------------------------------------------------------------------- */

static void write_file(const world *w, const char *name, const void *bytes, size_t size)
{
    char *path = walk_text("%s/%s", w->here, name);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, size, file) != size || fclose(file) != 0)
        walk_die("%s: cannot be written", path);
    free(path);
}

static void take_pipeline(const world *w, const char *name)
{
    size_t size;
    char *from = walk_text("tests/faults/%s", name), *text = walk_file(from, &size);
    if (!text)
        walk_die("%s: cannot be read; the walk runs in the top folder of the source", from);
    write_file(w, name, text, size);
    free(text);
    free(from);
}

static void need(const world *w, const char *arguments, int code)
{
    outcome o = process_run(w, arguments, NULL);
    if (o.code != code)
        walk_die("preparing: cnnrun %s: exit %d, and not %d: %s", arguments, o.code, code, o.err);
    outcome_free(&o);
}

static void nothing(const world *w)
{
    take_pipeline(w, "tiny.yaml");
}

static void interrupted(const world *w)
{
    nothing(w);
    walk_stop_at = "4"; /* the second step of the second epoch */
    need(w, TRAIN, 128 + 15);
    walk_stop_at = NULL;
}

static void finished(const world *w)
{
    nothing(w);
    need(w, TRAIN, 0);
}

static void experiment(const world *w)
{
    nothing(w);
    take_pipeline(w, "two.yaml");
}

/* COUNT images of noise and their labels, one of three, as the idx dataset takes them. */
static void idx_pair(const world *w, const char *images, const char *labels, unsigned char count)
{
    unsigned char pixels[16 + 64 * SMALL * SMALL] = {0, 0, 8, 3,     0, 0, 0, count,
                                                     0, 0, 0, SMALL, 0, 0, 0, SMALL};
    unsigned char classes[8 + 64] = {0, 0, 8, 1, 0, 0, 0, count};
    const size_t size = 16 + count * SMALL * SMALL;
    unsigned state = count;
    for (size_t i = 16; i < size; i++)
        pixels[i] = (unsigned char)((state = state * 1664525u + 1013904223u) >> 24);
    for (unsigned i = 0; i < count; i++)
        classes[8 + i] = (unsigned char)(i % 3);
    write_file(w, images, pixels, size);
    write_file(w, labels, classes, 8u + count);
}

/* The images lie beside the folders of the workers: a run notes the path, and all runs must note
 * the same. */
static void wide(const world *w)
{
    take_pipeline(w, "wide.yaml");
    idx_pair(w, "train-images-idx3-ubyte", "train-labels-idx1-ubyte", 41);
    idx_pair(w, "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", 17);
    char *command =
        walk_text("cd '%s' && gzip -n train-images* && mkdir -p ../idx && mv *-idx* ../idx"
                  " && sed -i \"s,IDX,$(realpath ../idx),\" wide.yaml",
                  w->here);
    if (system(command) != 0)
        walk_die("%s: failed", command);
    free(command);
}

static void wide_interrupted(const world *w)
{
    wide(w);
    walk_stop_at = "2"; /* of the schedule after the warm-up: in the second epoch */
    need(w, WIDE, 128 + 15);
    walk_stop_at = NULL;
}

/* A stroke on black, as a PNG and as the second image of an IDX file. */
static void images(const world *w)
{
    unsigned char pixels[IMAGE * IMAGE],
        idx[16 + 2 * IMAGE * IMAGE] = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, IMAGE, 0, 0, 0, IMAGE};
    png_image png = {
        .version = PNG_IMAGE_VERSION, .height = IMAGE, .width = IMAGE, .format = PNG_FORMAT_GRAY};
    finished(w);
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = i % IMAGE < 10 || i % IMAGE > 16 ? 0 : (unsigned char)(255 - i / IMAGE);
    memcpy(idx + 16 + sizeof pixels, pixels, sizeof pixels);
    write_file(w, "images.idx", idx, sizeof idx);
    char *path = walk_text("%s/digit.png", w->here);
    if (!png_image_write_to_file(&png, path, 0, pixels, 0, NULL))
        walk_die("%s: %s", path, png.message);
    free(path);
}

/* ---- the scenarios --------------------------------------------------------------------------- */

const scenario scenarios[] = {
    {"train", TRAIN, TRAIN " --resume", "run", nothing, .starts_others = true},
    {"train2", "tiny.yaml --threads 2 --out run", "tiny.yaml --threads 2 --out run --resume", "run",
     nothing, .starts_others = true},
    {"resume", TRAIN " --resume", TRAIN " --resume", "run", interrupted, .starts_others = true},
    {"wide", WIDE, WIDE " --resume", "run", wide, .starts_others = true},
    {"wide_resume", WIDE " --resume", WIDE " --resume", "run", wide_interrupted,
     .starts_others = true},
    {"experiment", "two.yaml --threads 1 --out run", "two.yaml --threads 1 --resume --out run",
     "run", experiment, .experiment = true, .starts_others = true},
    {"report", "report run", NULL, "run", finished, .prints = false},
    {"plots", "report run", NULL, "run", finished, .gnuplot = true},
    {"evaluate", "evaluate run --json --threads 1", NULL, "run", finished, .prints = true},
    {"predict", "predict run --json digit.png images.idx:1", NULL, "run", images, .prints = true},
};
const size_t scenario_count = sizeof scenarios / sizeof scenarios[0];

static void count_calls(const scenario *s, const world *w, bool first, unsigned long calls[])
{
    const fault f = {.class = SHIM_memory, .mode = SHIM_COUNT, .error = "EIO", .first = first};
    outcome o = process_run(w, s->arguments, &f);
    if (o.code != 0 || *o.err)
        walk_die("%s: counted, and exit %d: %s", s->name, o.code, o.err);
    for (size_t c = 0; c < SHIM_CLASSES; c++)
        calls[c] = atomic_load(&w->state->count[c]);
    outcome_free(&o);
}

static void restart(const stage *g, const world *w)
{
    tree_remove(w->here);
    tree_copy(g->start, w->here);
}

stage stage_make(const scenario *s, const world *w)
{
    stage g = {.s = s, .start = walk_text("%s/start-%s", w->root, s->name)};
    char *folder = walk_text("%s/%s", w->here, s->folder);
    walk_gnuplot = false;
    tree_remove(w->here);
    if (mkdir(w->here, 0777) != 0)
        walk_die("%s: cannot be made", w->here);
    s->prepare(w);
    tree_copy(w->here, g.start);
    g.before = print_take(folder);
    g.before_key = print_key(&g.before);
    walk_gnuplot = s->gnuplot;
    outcome o = process_run(w, s->arguments, NULL);
    if (o.code != 0 || *o.err)
        walk_die("%s: untouched, and exit %d: %s", s->name, o.code, o.err);
    g.golden_out = walk_text("%s", o.out);
    outcome_free(&o);
    g.golden = print_take(folder);
    restart(&g, w);
    count_calls(s, w, false, g.calls);
    print again = print_take(folder);
    char *difference = print_difference(&g.golden, &again, NULL);
    if (difference)
        walk_die("%s: two untouched runs differ: %s", s->name, difference);
    restart(&g, w);
    count_calls(s, w, true, g.first_calls);
    print_free(&again);
    free(folder);
    return g;
}
