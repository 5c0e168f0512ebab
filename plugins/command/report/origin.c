/* origin.c - where a run comes from: the experiment that its folder lies in, and links between
 * pages. */
#include "report/origin.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "record/folder.h"
#include "report/html.h"
#include "yaml/tree.h"

char *page_origin_tail(const char *dir, size_t parts)
{
    char *whole = cnn_path_real(dir);
    const char *path = whole ? whole : dir, *tail = path + strlen(path);
    while (parts > 0 && tail > path)
        parts -= *--tail == '/';
    tail += *tail == '/' && tail[1];
    char *name = cnn_strdup(tail);
    free(whole);
    return name;
}

char *page_origin_experiment(const char *dir, char **source, cnn_report *report)
{
    char *path = cnn_path_join(dir, CNN_RUN_EXPERIMENT), *title = NULL;
    uint64_t size;
    if (!cnn_file_is_missing(path) &&
        cnn_file_read(path, 1 << 20, CNN_EXIT_OUTPUT, source, &size, report)) {
        cnn_yaml *root = cnn_yaml_parse(*source, strlen(*source), path, report);
        const cnn_yaml *name = cnn_yaml_get(root, "name");
        title = name && name->type == CNN_YAML_STRING ? cnn_strdup(name->text) : NULL;
        cnn_yaml_free(root);
    }
    free(path);
    return title ? title : page_origin_tail(dir, 1);
}

size_t page_origin_depth(const char *dir, char **experiment, cnn_report *report)
{
    char *above = cnn_path_real(dir), *slash, *source = NULL;
    size_t depth = 0;
    for (size_t i = 1; i <= 2 && !depth && above && (slash = strrchr(above, '/')) > above; i++) {
        *slash = '\0';
        if (cnn_run_has(above, CNN_RUN_EXPERIMENT)) {
            *experiment = page_origin_experiment(above, &source, report);
            depth = i;
        }
    }
    free(source);
    free(above);
    return depth;
}

/* A path as a link has it: what means something in an address is written as %XX. */
static void add_address(cnn_text *out, const char *path)
{
    for (; *path; path++)
        if ((unsigned char)*path > 127 || strchr(" \"#%&'<>?:;\\", *path) || *path < 32)
            cnn_text_add(out, "%%%02X", (unsigned)(unsigned char)*path);
        else
            cnn_text_add_bytes(out, path, 1);
}

bool page_origin_link(cnn_text *out, const char *folder, const char *path, const char *text)
{
    char *from = cnn_path_real(folder), *to = cnn_path_real(path);
    const size_t length = from ? strlen(from) : 0;
    const bool below = from && to && strncmp(from, to, length) == 0 && to[length] == '/';
    if (below) {
        page_html_raw(out, "<a href=\"");
        add_address(out, to + length + 1);
        page_html(out, "\">%s</a>", text);
    }
    free(from);
    free(to);
    return below;
}
