/* run_library.h - calls libcnnrun on the small pipeline, with the plugins of a build. */
#ifndef RUN_LIBRARY_H
#define RUN_LIBRARY_H

#include <cnnrun/cnnrun.h>

#include "run_folder.h"

/* The test program is not beside its plugins. */
static inline cnnrun_options options_with(const cnnrun_setting *settings, size_t count)
{
    static const char *path;
    path = run_text("%s/plugins", unit_build());
    return (cnnrun_options){.struct_size = sizeof(cnnrun_options),
                            .plugin_paths = &path,
                            .plugin_path_count = 1,
                            .settings = settings,
                            .setting_count = count,
                            .threads = 2};
}

static inline cnnrun_pipeline *open_small(const char *assignment, cnnrun_error *error)
{
    const cnnrun_setting setting = {.assignment = assignment};
    const cnnrun_options options = options_with(&setting, assignment ? 1 : 0);
    return cnnrun_pipeline_open(SMALL, &options, error);
}

static inline cnnrun_run *begin(cnnrun_pipeline *pipeline, const char *dir, int resume,
                         cnnrun_error *error)
{
    const cnnrun_begin how = {.struct_size = sizeof how, .out = dir, .resume = resume};
    return cnnrun_run_begin(pipeline, &how, error);
}

#define GOOD(CONDITION) ck_assert_msg(CONDITION, "%s", cnnrun_error_text(error))
#define HAS(TEXT)                                                                                  \
    ck_assert_msg(strstr(cnnrun_error_text(error), TEXT) != NULL, "%s", cnnrun_error_text(error))

#endif
