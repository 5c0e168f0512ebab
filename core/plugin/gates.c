/* gates.c - the gates that a plugin's file passes before it is opened. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "plugin/elfload.h"
#include "plugin/elfnote.h"
#include "plugin/private.h"

#define MAX_FILE_BYTES (256u << 20)

bool cnn_plugin_pass_on(cnn_candidate *c, cnn_report *inner)
{
    bool good = true;
    for (size_t i = 0; i < inner->count; i++)
        good = cnn_report_add(c->report, inner->problems[i].code, c->mark, "%s",
                              inner->problems[i].text);
    cnn_report_free(inner);
    return good;
}

/* As root, code is run only of those who could change this program as well. */
static bool check_user(cnn_candidate *c, const char *path, const char *what, uid_t owner)
{
    struct stat program;
    const char *library = cnn_plugin_library();
    if (geteuid() != 0 || owner == 0)
        return true;
    if (stat("/proc/self/exe", &program) == 0 && program.st_uid == owner)
        return true;
    if (library && stat(library, &program) == 0 && program.st_uid == owner)
        return true;
    return CNN_REFUSE(c,
                      "%s: cnnrun runs as root, and %s belongs to user %ju, who could put any code "
                      "there; chown root '%s', or run cnnrun as that user",
                      c->path, what, (uintmax_t)owner, path);
}

static bool check_folder(cnn_candidate *c, const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash == path ? cnn_strdup("/") : cnn_format("%.*s", (int)(slash - path), path);
    struct stat s;
    bool good = true;
    if (stat(folder, &s) != 0)
        good = CNN_REFUSE_ERRNO(c, folder);
    else if (s.st_mode & S_IWOTH)
        good = CNN_REFUSE(c,
                          "%s: its folder is writable by everyone, who could all put code there; "
                          "chmod o-w '%s', or move the plugin to a folder of your own",
                          path, folder);
    else
        good = check_user(c, folder, "its folder", s.st_uid);
    free(folder);
    return good;
}

static bool check_owner(cnn_candidate *c, const char *found)
{
    if (stat(c->path, &c->stat) != 0)
        return CNN_REFUSE_ERRNO(c, c->path);
    if (!S_ISREG(c->stat.st_mode))
        return CNN_REFUSE(c, "%s: it is not a regular file", c->path);
    if (c->stat.st_mode & S_IWOTH)
        return CNN_REFUSE(c,
                          "%s: it is writable by everyone, who could all put code there; "
                          "chmod o-w '%s'",
                          c->path, c->path);
    return check_user(c, c->path, "the file", c->stat.st_uid) && check_folder(c, found) &&
           check_folder(c, c->path);
}

bool cnn_plugin_check_program(const char *path, cnn_report *report)
{
    char *real = cnn_path_real(path), *found = cnn_path_absolute(path);
    cnn_candidate c = {.path = real ? real : found, .mark = CNN_NOWHERE, .report = report};
    const bool good = check_owner(&c, found);
    free(real);
    free(found);
    return good;
}

bool cnn_plugin_peek(const char *path, cnn_abi *abi, cnn_report *report)
{
    char *data;
    uint64_t size;
    if (!cnn_file_read(path, MAX_FILE_BYTES, CNN_EXIT_PLUGIN, &data, &size, report))
        return false;
    char *flaw = cnn_elfnote_read(data, size, abi);
    const bool good = !flaw;
    free(data);
    free(flaw);
    return good;
}

bool cnn_plugin_judge(const char *path, uint32_t *kind, cnn_report *report)
{
    char *data;
    uint64_t size;
    cnn_abi abi;
    if (!cnn_file_read(path, MAX_FILE_BYTES, CNN_EXIT_PLUGIN, &data, &size, report))
        return false;
    const char *what = "is no plugin";
    char *flaw = cnn_elfnote_read(data, size, &abi);
    free(data);
    if (!flaw) {
        what = "does not fit this cnnrun";
        flaw = cnn_elfnote_compare(&abi, 0);
        *kind = abi.kind;
    }
    const bool good = !flaw || cnn_report_add(report, CNN_EXIT_PLUGIN, (cnn_mark){.file = path},
                                              "%s: %s", what, flaw);
    free(flaw);
    return good;
}

/* The note, its facts, and what the dynamic linker will believe of the rest. */
static bool check_bytes(cnn_candidate *c, const char *data, uint64_t size, uint32_t least)
{
    cnn_abi *abi = &c->file->abi;
    char *flaw = cnn_elfnote_read(data, size, abi);
    if (flaw) {
        CNN_REFUSE(c, "%s: %s", c->path, flaw);
    } else if (abi->kind != c->kind) {
        const char *its = cnn_kind_name(abi->kind);
        return CNN_REFUSE(c, "%s: it is of kind %s; here it must be of kind %s", c->path,
                          its ? its : "unknown", cnn_kind_name(c->kind));
    } else if ((flaw = cnn_elfnote_compare(abi, least))) {
        CNN_REFUSE(c,
                   "%s: it does not fit this cnnrun: %s; it was built by %s; rebuild it with: "
                   "cnnrun build %s.c",
                   c->path, flaw, abi->compiler, c->name);
    } else if ((flaw = cnn_elfload_check(data, size, abi->kind_size))) {
        CNN_REFUSE(c, "%s: %s", c->path, flaw);
    }
    const bool good = !flaw;
    free(flaw);
    return good;
}

bool cnn_plugin_check_file(cnn_candidate *c, const char *found, uint32_t least)
{
    cnn_report inner = {0};
    char *data;
    uint64_t size;
    if (!check_owner(c, found))
        return false;
    if (!cnn_file_read(c->path, MAX_FILE_BYTES, CNN_EXIT_PLUGIN, &data, &size, &inner))
        return cnn_plugin_pass_on(c, &inner);
    const bool good = check_bytes(c, data, size, least);
    cnn_sha256(&(cnn_piece){data, size}, 1, c->file->sha256);
    free(data);
    return good;
}
