/* unit_plugin_files.h - for tests of the loader: plugin files made, damaged, and what opening them
 * says. */
#ifndef UNIT_PLUGIN_FILES_H
#define UNIT_PLUGIN_FILES_H

#include "unit_plugin.h"

#include <stdio.h>
#include <unistd.h>

#include "base/memory.h"
#include "folder.h"
#include "plugin/private.h"

/* What opening reports; "it loads" if nothing. The plugins are the caller's, to look further. */
static inline char *open_with(cnn_plugins *plugins, uint32_t kind, const char *name)
{
    cnn_report report = {0};
    const cnn_plugin_file *file = cnn_plugins_open(plugins, kind, name, CNN_NOWHERE, &report);
    ck_assert_int_eq(file == NULL, report.errors > 0);
    ck_assert_int_eq(cnn_report_code(&report), file ? CNN_EXIT_DONE : CNN_EXIT_PLUGIN);
    char *lines = file ? cnn_strdup("it loads") : unit_lines(&report);
    cnn_report_free(&report);
    return lines;
}

static inline cnn_plugins *plugins_in(const char *folder)
{
    cnn_report report = {0};
    cnn_plugins *plugins = cnn_plugins_new(&folder, 1, &report);
    unit_no_faults(&report);
    return plugins;
}

/* `text` with `with` wherever `word` stands; the caller frees. */
static inline char *replaced(const char *text, const char *word, const char *with)
{
    cnn_text out = {0};
    for (const char *at; (at = strstr(text, word)); text = at + strlen(word)) {
        cnn_text_add_bytes(&out, text, (size_t)(at - text));
        cnn_text_add(&out, "%s", with);
    }
    cnn_text_add(&out, "%s", text);
    return out.data;
}

/* Opening this loss must say just this, PATH standing for FOLDER/NAME.so. */
static inline void expect(const char *folder, const char *name, const char *expected)
{
    cnn_plugins *plugins = plugins_in(folder);
    char *path = cnn_format("%s/%s.so", folder, name);
    char *wanted = replaced(expected, "PATH", path),
         *said = open_with(plugins, CNN_KIND_LOSS, name);
    ck_assert_str_eq(said, wanted);
    free(said);
    free(wanted);
    free(path);
    cnn_plugins_free(plugins);
}

static inline char *built(const char *name)
{
    return cnn_format("%s/tests/broken/%s.so", unit_build(), name);
}

/* The bytes of a good plugin. */
static inline unsigned char *good_bytes(uint64_t *size)
{
    cnn_report report = {0};
    char *path = built("good_minimal"), *data;
    ck_assert(cnn_file_read(path, 1 << 24, CNN_EXIT_PLUGIN, &data, size, &report));
    free(path);
    return (unsigned char *)data;
}

static inline void put(const char *folder, const char *name, const void *data, uint64_t size)
{
    char *path = cnn_path_join(folder, name);
    (void)unlink(path); /* the file that was there may be open as a plugin */
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(data, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
    free(path);
}

static inline void put_good(const char *folder, const char *name)
{
    uint64_t size;
    unsigned char *data = good_bytes(&size);
    put(folder, name, data, size);
    free(data);
}

static inline char *subfolder(const char *folder, const char *name)
{
    cnn_report report = {0};
    char *path = cnn_path_join(folder, name);
    ck_assert(cnn_folder_make(path, &report));
    return path;
}

static inline unsigned char *find_note(unsigned char *data, uint64_t size)
{
    for (uint64_t i = 0; i + sizeof(cnn_abi) <= size; i++)
        if (memcmp(data + i, "CNNPLUG1", 8) == 0)
            return data + i;
    ck_abort_msg("no note");
    return NULL;
}

#endif
