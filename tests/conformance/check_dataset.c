/* check_dataset.c - rules on datasets: what the view promises, and files that are not what they
 * claim. */
#define _GNU_SOURCE
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "dataset.h"
#include "shared.h"

#define MOST_BYTES (1u << 20) /* of a file that is damaged in copies */

static const kit_layout plain = {.side = KIT_RIGHT, .salt = 31};

static void test_labels(const cnn_dataset_view *view)
{
    uint64_t *seen = cnn_alloc(view->classes, sizeof *seen), kinds = 0;
    for (uint64_t i = 0; view->classes && i < view->samples; i++) {
        if (view->labels[i] < 0 || (uint64_t)view->labels[i] >= view->classes)
            kit_fail("labels[%llu] is %d; it must be from 0 to %llu", (unsigned long long)i,
                     view->labels[i], (unsigned long long)view->classes - 1);
        kinds += seen[view->labels[i]]++ == 0;
    }
    if (kinds == 1)
        kit_warn("all %llu labels are the same class", (unsigned long long)view->samples);
    free(seen);
}

static void test_finite(const float *x, uint64_t count, const char *name)
{
    for (uint64_t i = 0; x && i < count; i++)
        if (!isfinite(x[i]))
            kit_fail("%s[%llu] is %g; floats must be finite", name, (unsigned long long)i,
                     (double)x[i]);
}

static void check_view(kit_case *c)
{
    const cnn_dataset_view *view = &kit_make_any(c, &plain, NULL)->view;
    if (view->element == CNN_ELEMENT_F32)
        test_finite(view->images, view->samples * cnn_shape_count(&view->shape), "images");
    test_finite(view->targets, view->samples * view->target_size, "targets");
    test_labels(view);
}

static void check_weights(kit_case *c)
{
    const cnn_dataset_view *view = &kit_make_any(c, &plain, NULL)->view;
    double sum = 0;
    if (!view->weights)
        kit_skip("its samples have no weights");
    for (uint64_t i = 0; i < view->samples; i++) {
        if (!(view->weights[i] >= 0 && isfinite(view->weights[i])))
            kit_fail("weights[%llu] is %g; it must be finite and 0 or more", (unsigned long long)i,
                     (double)view->weights[i]);
        sum += (double)view->weights[i];
    }
    if (sum == 0)
        kit_warn("all weights are 0; nothing would be learnt");
}

static void check_names(kit_case *c)
{
    const cnn_dataset_view *view = &kit_make_any(c, &plain, NULL)->view;
    if (!view->names)
        kit_skip("its classes have no names");
    for (uint64_t i = 0; i < view->classes; i++) {
        const char *name = view->names[i];
        if (!name || !*name || strnlen(name, 256) > 255)
            kit_fail("names[%llu] must have 1 to 255 bytes", (unsigned long long)i);
        char *shown = cnn_printable(name, "");
        if (strcmp(shown, name) != 0)
            kit_fail("names[%llu] is '%s'; it must be printable UTF-8", (unsigned long long)i,
                     shown);
        free(shown);
        for (uint64_t k = 0; k < i; k++)
            if (strcmp(name, view->names[k]) == 0)
                kit_fail("classes %llu and %llu are both called '%s'", (unsigned long long)k,
                         (unsigned long long)i, name);
    }
}

/* Image and target together, and each alone. */
static void check_parts(kit_case *c)
{
    const kit_instance *dataset = kit_make_any(c, &plain, NULL);
    const kit_part parts = kit_dataset_missing(&dataset->view);
    if (!dataset->file->dataset.sample)
        kit_skip("it has no function sample");
    if (!parts)
        kit_warn("it has a function sample, but the view leaves nothing out: it is not called");
    for (uint64_t k = 0; parts && k < 8; k++) {
        kit_bytes whole = {0}, alone = {0};
        const uint64_t i = kit_below(c, dataset->view.samples);
        kit_dataset_sample(dataset, &plain, i, parts, &whole);
        kit_dataset_sample(dataset, &plain, i, parts & KIT_IMAGE, &alone);
        kit_dataset_sample(dataset, &plain, i, parts & KIT_TARGET, &alone);
        kit_expect_same(&whole, &alone, "image and target are asked for one by one");
        kit_bytes_free(&whole);
        kit_bytes_free(&alone);
    }
}

static void check_twice(kit_case *c)
{
    kit_bytes a = {0}, b = {0};
    kit_instance *first = kit_make_any(c, &plain, NULL), *second = kit_make_any(c, &plain, NULL);
    kit_run(first, &plain, &a);
    kit_unmake(first);
    kit_run(second, &plain, &b);
    kit_expect_same(&a, &b, "opened again with the same stream");
}

/* ---- paths and files ------------------------------------------------------------------------ */

static const cnn_param *path_param(const kit_case *c)
{
    const cnn_param *p;
    for (size_t i = 0; (p = cnn_param_at(&c->file->head, i)); i++)
        if (p->type == CNN_STRING && p->flags & CNN_PATH)
            return p;
    kit_skip("it has no path");
}

/* A folder of the check's own; the parent removes it, however the check ends. */
static char *make_folder(void)
{
    char *folder = cnn_strdup("/tmp/cnnrun-check-XXXXXX");
    if (!mkdtemp(folder))
        kit_tool_error("no folder in /tmp");
    snprintf(kit_page->folder, sizeof kit_page->folder, "%s", folder);
    return folder;
}

/* True if it opens. A refusal must name the folder. */
static bool try_path(kit_case *c, const cnn_param *p, const char *path, bool must_name)
{
    /* What is required beside the path is guessed; what the user gave for it counts no more. */
    kit_options others = *c->options;
    const char *given[64];
    kit_case here = *c;
    cnn_error refusal = {0};
    others.given = given;
    others.given_count = 0;
    char *assignment = cnn_format("%s=%s", p->name, path);
    const size_t length = strlen(p->name);
    for (size_t i = 0; i < c->options->given_count && others.given_count < 63; i++)
        if (strncmp(c->options->given[i], assignment, length + 1) != 0)
            given[others.given_count++] = c->options->given[i];
    given[others.given_count++] = assignment;
    here.options = &others;
    kit_instance *dataset = kit_make(&here, &plain, NULL, 0, &refusal);
    if (!dataset && must_name && !strstr(refusal.text, path))
        kit_fail("the refusal of %s does not name it: %s", path, refusal.text);
    const bool opened = dataset != NULL;
    if (opened) { /* then it must be whole: read all of it */
        kit_bytes ignored = {0};
        kit_run(dataset, &plain, &ignored);
        kit_bytes_free(&ignored);
    }
    kit_unmake(dataset);
    kit_arena_reset(0);
    free(assignment);
    return opened;
}

static void check_missing(kit_case *c)
{
    const cnn_param *p = path_param(c);
    char *folder = make_folder();
    unsetenv("CNNRUN_DATA");
    static const char *const wrong[] = {"/nonexistent/folder", "/dev/null", "/proc/self/exe"};
    kit_where("%s: %s", p->name, folder);
    if (try_path(c, p, folder, true))
        kit_fail("it opens an empty folder; it must refuse that, with the file that is missing");
    for (size_t i = 0; i < 3; i++) {
        kit_where("%s: %s", p->name, wrong[i]);
        if (try_path(c, p, wrong[i], true))
            kit_fail("it opens %s; it must refuse that", wrong[i]);
    }
    kit_where("%s", "");
}

static const char *given_path(const kit_case *c, const cnn_param *p)
{
    const size_t length = strlen(p->name);
    for (size_t i = 0; i < c->options->given_count; i++)
        if (strncmp(c->options->given[i], p->name, length) == 0 &&
            c->options->given[i][length] == '=')
            return c->options->given[i] + length + 1;
    kit_skip("no data to damage; give it with --set %s=FOLDER", p->name);
}

/* The files of a folder, each whole in memory. */
typedef struct data_file {
    char *name, *bytes;
    uint64_t size;
} data_file;

static size_t read_folder(const char *folder, data_file files[16])
{
    size_t count = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir && count < 16 && (entry = readdir(dir));) {
        cnn_report report = {0};
        char *path = cnn_path_join(folder, entry->d_name);
        data_file *f = &files[count];
        if (entry->d_name[0] != '.' &&
            cnn_file_read(path, MOST_BYTES, CNN_EXIT_DATA, &f->bytes, &f->size, &report)) {
            f->name = cnn_strdup(entry->d_name);
            count++;
        }
        cnn_report_free(&report);
        free(path);
    }
    if (dir)
        closedir(dir);
    return count;
}

static void write_file(const char *folder, const char *name, const char *bytes, uint64_t size)
{
    char *path = cnn_path_join(folder, name);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, size, file) != size || fclose(file) != 0)
        kit_tool_error("%s cannot be written", path);
    free(path);
}

/* Cut at 16 lengths, and with bits flipped among the first bytes and elsewhere. */
static void damage(kit_case *c, const cnn_param *p, const char *folder, const data_file *f)
{
    char *bytes = cnn_alloc(f->size + 1, 1);
    for (uint64_t k = 0; k < 16; k++) {
        kit_where("%s cut to %llu of %llu bytes", f->name, (unsigned long long)(f->size * k / 16),
                  (unsigned long long)f->size);
        write_file(folder, f->name, f->bytes, f->size * k / 16);
        (void)try_path(c, p, folder, true);
    }
    for (uint64_t k = 0; k < 64 && f->size > 0; k++) {
        const uint64_t at = k < 32 ? k % f->size : kit_below(c, f->size);
        kit_where("%s with byte %llu changed", f->name, (unsigned long long)at);
        memcpy(bytes, f->bytes, f->size);
        bytes[at] = (char)(bytes[at] ^ (k < 16 ? 0xFF : 1 << (k % 8)));
        write_file(folder, f->name, bytes, f->size);
        (void)try_path(c, p, folder, true);
    }
    write_file(folder, f->name, f->bytes, f->size);
    free(bytes);
}

static void check_damaged(kit_case *c)
{
    const cnn_param *p = path_param(c);
    data_file files[16];
    const size_t count = read_folder(given_path(c, p), files);
    if (count == 0)
        kit_skip("there is no file of 1 MiB or less to damage in %s", given_path(c, p));
    char *folder = make_folder();
    unsetenv("CNNRUN_DATA");
    for (size_t i = 0; i < count; i++)
        write_file(folder, files[i].name, files[i].bytes, files[i].size);
    kit_where("a copy of the data");
    if (!try_path(c, p, folder, false))
        kit_skip("it does not open a copy of the files of 1 MiB or less");
    for (size_t i = 0; i < count; i++)
        damage(c, p, folder, &files[i]);
    kit_where("%s", "");
}

/* Names, sizes and times of the folder's files. */
static uint64_t fingerprint(const char *folder)
{
    uint64_t sum = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        struct stat s;
        char *path = cnn_path_join(folder, entry->d_name);
        if (entry->d_name[0] != '.' && stat(path, &s) == 0) {
            uint64_t hash = (uint64_t)s.st_size * 31 + (uint64_t)s.st_mtim.tv_sec * 17 +
                            (uint64_t)s.st_mtim.tv_nsec;
            for (const char *q = entry->d_name; *q; q++)
                hash = (hash ^ (unsigned char)*q) * 1099511628211u;
            sum += hash;
        }
        free(path);
    }
    if (dir)
        closedir(dir);
    return sum;
}

static void check_untouched(kit_case *c)
{
    const char *folder = given_path(c, path_param(c));
    const uint64_t before = fingerprint(folder);
    kit_unmake(kit_make_any(c, &plain, NULL));
    if (fingerprint(folder) != before)
        kit_fail("%s has other files than before; a dataset must only read", folder);
}

const kit_check kit_dataset_checks[] = {
    {"DS-1", "labels in range, floats finite", 3, CNN_KIND_DATASET, 0, check_view},
    {"DS-2", "opened again, the same bits", 3, CNN_KIND_DATASET, 0, check_twice},
    {"DS-4", "a wrong path is refused by name", 3, CNN_KIND_DATASET, 0, check_missing},
    {"DS-5", "damaged files are refused or read whole", 3, CNN_KIND_DATASET, 0, check_damaged},
    {"DS-6", "data are only read", 3, CNN_KIND_DATASET, 0, check_untouched},
    {"DS-7", "a sample's parts, together and alone", 3, CNN_KIND_DATASET, 0, check_parts},
    {"DS-8", "weights of samples are in range", 3, CNN_KIND_DATASET, 0, check_weights},
    {"DS-9", "names of classes differ and can be shown", 3, CNN_KIND_DATASET, 0, check_names},
    {0},
};
