/* idx.c - images and labels in the IDX format of MNIST, raw or gzip-compressed. */
/* link: -lz */
#define _XOPEN_SOURCE 700 /* realpath */
#include <cnnrun/dataset.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum {
    FIRST_CHUNK = 1 << 20,   /* bytes of memory that compressed data get before they show more */
    LARGEST_PULL = 1 << 30,  /* zlib counts in 32 bits */
    LARGEST_IMAGE = 1 << 24, /* values; the host's limit */
};

typedef struct idx {
    const char *path;
    int64_t classes;
    int32_t split;
    char *found; /* the folder that replaced `path`, or NULL */
    uint8_t *images, *label_bytes;
    int32_t *labels;
} idx;

/* An open file, and what its header says. It is read, not mapped: a mapped file that somebody
 * truncates while training kills the process with SIGBUS, and reading MNIST takes 20 ms. */
typedef struct source {
    cnn_error *error;
    char path[4096];
    int fd; /* -1: not open */
    struct stat stat;
    bool gzip;       /* by its first bytes, whatever its name */
    bool member_end; /* the last inflate() ended a gzip member */
    z_stream z;
    unsigned long long rank, dim[4]; /* samples first */
    uint8_t buffer[1u << 16];
} source;

/* Fails with "FILE: reason"; of a very long path the end is kept, so that the reason is not cut. */
__attribute__((format(printf, 2, 3))) static int bad(const source *s, const char *format, ...)
{
    char reason[256];
    const size_t length = strlen(s->path), kept = length < 600 ? length : 600;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    return cnn_fail(s->error, "%s: %s", s->path + length - kept, reason);
}

/* ---- content: these return -1 by bad(), or CNN_NO_MEMORY
 * --------------------------------------------------- */

/* The next `want` bytes of the file, fewer only at its end; returns their number. */
static int64_t pull_raw(source *s, uint8_t *out, uint64_t want)
{
    uint64_t done = 0;
    while (done < want) {
        const ssize_t got = read(s->fd, out + done, want - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return bad(s, "cannot be read: %s", strerror(errno));
        if (got == 0)
            break;
        done += (uint64_t)got;
    }
    return (int64_t)done;
}

/* The next bytes out of gzip data, which may have several members, one after the other. */
static int64_t pull_gzip(source *s, uint8_t *out, uint32_t want)
{
    s->z.next_out = out;
    s->z.avail_out = want;
    while (s->z.avail_out > 0) {
        if (s->z.avail_in == 0) {
            const int64_t got = pull_raw(s, s->buffer, sizeof s->buffer);
            if (got == 0 && s->member_end)
                break;
            if (got <= 0)
                return got < 0 ? got : bad(s, "the gzip data are cut off");
            s->z.next_in = s->buffer;
            s->z.avail_in = (uInt)got;
        }
        if (s->member_end && (s->z.next_in[0] != 0x1f || inflateReset(&s->z) != Z_OK))
            return bad(s, "bytes that are not gzip data follow the gzip data");
        const int state = inflate(&s->z, Z_NO_FLUSH);
        if (state == Z_MEM_ERROR)
            return cnn_fail_memory(s->error, 1 << 16);
        if (state != Z_OK && state != Z_STREAM_END)
            return bad(s, "the gzip data are corrupt (%s)", s->z.msg ? s->z.msg : zError(state));
        s->member_end = state == Z_STREAM_END;
    }
    return want - s->z.avail_out;
}

/* The next `want` bytes of content, at most LARGEST_PULL; fewer only at its end. */
static int64_t pull(source *s, uint8_t *out, uint64_t want)
{
    const uint32_t some = want < LARGEST_PULL ? (uint32_t)want : LARGEST_PULL;
    return s->gzip ? pull_gzip(s, out, some) : pull_raw(s, out, some);
}

/* The dimensions, each 1 or more. */
static int read_dimensions(source *s)
{
    uint8_t bytes[16];
    const int64_t got = pull(s, bytes, 4 * s->rank);
    if (got < 0)
        return -1;
    if ((unsigned long long)got < 4 * s->rank)
        return bad(s, "ends within its header, after %d bytes", 4 + (int)got);
    for (size_t i = 0; i < s->rank; i++) {
        const uint8_t *b = bytes + 4 * i;
        s->dim[i] = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
        if (s->dim[i] == 0)
            return bad(s, "dimension %zu of %llu is 0; it must be 1 or more", i + 1, s->rank);
    }
    return 0;
}

/* The header: of images, with rank 3 or 4, or of labels, with rank 1. */
static int read_header(source *s, bool images)
{
    uint8_t magic[4];
    const int64_t got = pull(s, magic, sizeof magic);
    if (got < 0)
        return -1;
    if (got < 4)
        return got == 0 ? bad(s, "is empty")
                        : bad(s, "ends within its header, after %d bytes", (int)got);
    if (magic[0] || magic[1])
        return bad(s, "is not an IDX file: it begins with %02x %02x; it must begin with 00 00",
                   magic[0], magic[1]);
    if (magic[2] != 0x08)
        return bad(s, "its values have the IDX type 0x%02x; it must be 0x08, unsigned bytes",
                   magic[2]);
    s->rank = magic[3];
    if (images && s->rank != 3 && s->rank != 4)
        return bad(s, "is of rank %d; images must be of rank 3, or 4 with channels", magic[3]);
    if (!images && s->rank != 1)
        return bad(s, "is of rank %d; labels must be of rank 1", magic[3]);
    return read_dimensions(s);
}

/* The content must end now, and the file be what it was when it was opened. */
static int expect_end(source *s, unsigned long long size)
{
    uint8_t extra;
    const int64_t got = pull(s, &extra, 1);
    struct stat now;
    if (got < 0)
        return -1;
    if (fstat(s->fd, &now) != 0 || now.st_size != s->stat.st_size ||
        memcmp(&now.st_mtim, &s->stat.st_mtim, sizeof now.st_mtim) != 0)
        return bad(s, "was changed while it was read");
    if (got > 0)
        return bad(s, "goes on after the %llu bytes that its header claims", size);
    return 0;
}

/* The `size` bytes of values, with nothing after them, into memory that the caller frees, also
 * after a failure. What is claimed is not allocated before it is there: a raw file's size is
 * compared first, compressed data get as much again whenever they have filled what they had. */
static int read_values(source *s, unsigned long long size, uint8_t **values)
{
    const unsigned long long there = (unsigned long long)s->stat.st_size - 4 - 4 * s->rank;
    if (!s->gzip && there != size)
        return bad(s, "holds %llu bytes after its header, which claims %llu", there, size);
    unsigned long long done = 0, capacity = 0;
    while (done < size) {
        if (done == capacity) {
            capacity = !s->gzip ? size : capacity ? 2 * capacity : FIRST_CHUNK;
            capacity = capacity < size ? capacity : size;
            uint8_t *larger = realloc(*values, capacity);
            if (!larger)
                return cnn_fail_memory(s->error, capacity);
            *values = larger;
        }
        const int64_t got = pull(s, *values + done, capacity - done);
        if (got < 0)
            return (int)got;
        if (got == 0)
            return bad(s, "holds %llu bytes after its header, which claims %llu", done, size);
        done += (unsigned long long)got;
    }
    return expect_end(s, size);
}

/* ---- files ---------------------------------------------------------------------------------- */

static const char *const splits[] = {"train", "test", NULL};
static const char *const stems[] = {"train", "t10k"}; /* what MNIST calls them */
static const char *const image_names[] = {"-images-idx3-ubyte", "-images.idx3-ubyte",
                                          "-images-idx4-ubyte", "-images.idx4-ubyte", NULL};
static const char *const label_names[] = {"-labels-idx1-ubyte", "-labels.idx1-ubyte", NULL};

static void close_source(source *s)
{
    if (s->fd >= 0)
        close(s->fd);
    if (s->gzip)
        inflateEnd(&s->z);
    s->fd = -1;
    s->gzip = false;
}

/* Opens FOLDER/STEM + one of the names, raw or .gz. 1: open, 0: there is none; else failed. */
static int open_source(source *s, const char *folder, const char *stem, const char *const *names)
{
    for (size_t i = 0; s->fd < 0 && names[i / 2]; i++) {
        const int length = snprintf(s->path, sizeof s->path, "%s/%s%s%s", folder, stem,
                                    names[i / 2], i % 2 ? ".gz" : "");
        if (length < 0 || (size_t)length >= sizeof s->path)
            return bad(s, "the path is too long");
        /* O_NONBLOCK, or opening a pipe would wait for a writer. */
        s->fd = open(s->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (s->fd < 0 && errno != ENOENT)
            return bad(s, "cannot be opened: %s", strerror(errno));
    }
    uint8_t start[2] = {0};
    if (s->fd < 0)
        return 0;
    if (fstat(s->fd, &s->stat) != 0 || !S_ISREG(s->stat.st_mode))
        return bad(s, "is not a regular file");
    if (pread(s->fd, start, 2, 0) == 2 && start[0] == 0x1f && start[1] == 0x8b) {
        s->gzip = inflateInit2(&s->z, 16 + MAX_WBITS) == Z_OK;
        return s->gzip ? 1 : cnn_fail_memory(s->error, 1 << 16); /* as zlib's manual has it */
    }
    return 1;
}

/* Opens images and labels, both in `path` or both in the folder that $CNNRUN_DATA names. */
static int find(idx *d, source *images, source *labels, cnn_error *error)
{
    const char *const stem = stems[d->split], *const env = getenv("CNNRUN_DATA");
    const char *const folders[] = {d->path, env && *env ? env : NULL};
    const char *only[2] = {"", ""};
    for (size_t i = 0; i < 2 && folders[i]; i++) {
        const int with_images = open_source(images, folders[i], stem, image_names);
        if (with_images < 0)
            return with_images;
        const int with_labels = open_source(labels, folders[i], stem, label_names);
        if (with_labels < 0)
            return with_labels;
        if (with_images && with_labels) {
            if (i == 1 && !(d->path = d->found = realpath(env, NULL)))
                return errno == ENOMEM ? cnn_fail_memory(error, strlen(env))
                                       : cnn_fail(error, "%.600s: %s", env, strerror(errno));
            return 0;
        }
        only[i] = with_images   ? " (only the images are there)"
                  : with_labels ? " (only the labels are there)"
                                : "";
        close_source(images);
        close_source(labels);
    }
    return cnn_fail(
        error,
        "found no %s%s with %s%s, raw or .gz, in %.250s%s, %s%.250s%s; `make data` gets MNIST",
        stem, image_names[0], stem, label_names[0], folders[0], only[0],
        folders[1] ? "nor in $CNNRUN_DATA, " : "and $CNNRUN_DATA names no other folder",
        folders[1] ? folders[1] : "", only[1]);
}

/* ---- the plugin ----------------------------------------------------------------------------- */

static int read_labels(idx *d, source *s)
{
    const size_t count = s->dim[0];
    const int failed = read_values(s, count, &d->label_bytes);
    if (failed)
        return failed;
    d->labels = malloc(count * sizeof *d->labels);
    if (!d->labels)
        return cnn_fail_memory(s->error, count * sizeof *d->labels);
    for (size_t i = 0; i < count; i++) {
        d->labels[i] = d->label_bytes[i];
        if (d->labels[i] >= d->classes)
            return bad(s, "label %d at index %zu; the labels must be 0 to %d", d->labels[i], i,
                       (int)d->classes - 1);
    }
    return 0;
}

/* Both headers first, then the smaller file: what is wrong is said before 47 MB are read. */
static int load(idx *d, source *images, source *labels)
{
    unsigned long long size = 1;
    if (read_header(images, true) != 0 || read_header(labels, false) != 0)
        return -1;
    if (images->dim[0] != labels->dim[0])
        return bad(labels, "has %llu labels, but there are %llu images", labels->dim[0],
                   images->dim[0]);
    for (size_t i = 1; i < images->rank; i++)
        if (images->dim[i] > LARGEST_IMAGE || (size *= images->dim[i]) > LARGEST_IMAGE)
            return bad(images, "an image has more than %d values, the most there may be",
                       LARGEST_IMAGE);
    const int failed = read_labels(d, labels);
    return failed ? failed : read_values(images, images->dim[0] * size, &d->images);
}

static int open_idx(void *self, const cnn_random *random, cnn_dataset_view *view, cnn_error *error)
{
    idx *d = self;
    source images = {.fd = -1, .error = error}, labels = {.fd = -1, .error = error};
    (void)random;
    int failed = find(d, &images, &labels, error);
    if (!failed)
        failed = load(d, &images, &labels);
    close_source(&images);
    close_source(&labels);
    if (failed)
        return failed;
    view->samples = images.dim[0];
    view->classes = (uint64_t)d->classes;
    view->shape =
        (cnn_shape){3, {images.dim[1], images.dim[2], images.rank == 4 ? images.dim[3] : 1}};
    view->element = CNN_ELEMENT_U8;
    view->scale = 1.0 / 255;
    view->images = d->images;
    view->labels = d->labels;
    return 0;
}

static void fini(void *self)
{
    idx *d = self;
    free(d->found);
    free(d->images);
    free(d->label_bytes);
    free(d->labels);
}

static const cnn_param params[] = {
    CNN_PARAM(idx, path, CNN_STRING, NULL, 0, 0, CNN_PATH,
              "Folder of the files; when they are not there, that of the environment variable "
              "CNNRUN_DATA."),
    CNN_PARAM_CHOICE(idx, split, "train", splits, "Which two files: train-* or t10k-*."),
    CNN_PARAM(idx, classes, CNN_INTEGER, "10", 2, 256, 0,
              "Number of classes; labels are below it."),
    CNN_PARAM_END,
};

CNN_DATASET(
    "idx", "Images and labels in IDX files, raw or .gz: MNIST and its relatives", .params = params,
    .self_size = sizeof(idx), .open = open_idx, .fini = fini,
    .doc = "Files: train-images-idx3-ubyte and train-labels-idx1-ubyte; for split test, t10k-...; "
           "a dot may stand for the second dash (train-images.idx3-ubyte). Images are bytes of "
           "shape (samples, height, width), or (samples, height, width, channels) as idx4, and "
           "become floats in [0, 1].\n\nFormat: LeCun, Cortes, Burges, \"The MNIST database of "
           "handwritten digits\", 1998.")
