/* program.c - where cnnrun lies, and what is installed beside it. */
#include "base/program.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"

char *cnn_program_path(void)
{
    static const char *const places[] = {"../../cnnrun", "../../../../bin/cnnrun"};
    static const char folder[] = "/plugins/command/";
    char *self = cnn_path_real("/proc/self/exe"), *slash = self ? strrchr(self, '/') : NULL;
    const size_t length = sizeof folder - 1, before = slash ? (size_t)(slash + 1 - self) : 0;
    if (before < length || strncmp(slash + 1 - length, folder, length) != 0)
        return self;
    *slash = '\0';
    char *program = NULL;
    for (size_t i = 0; !program && i < sizeof places / sizeof places[0]; i++) {
        char *path = cnn_path_join(self, places[i]);
        program = cnn_path_real(path);
        free(path);
    }
    free(self);
    return program;
}

char *cnn_file_beside(const char *built, const char *installed)
{
    char *program = cnn_program_path(), *found = NULL;
    char *slash = program ? strrchr(program, '/') : NULL;
    for (int i = 0; slash && !found && i < 2; i++) {
        *slash = '\0';
        char *path = cnn_path_join(program, i == 0 ? built : installed);
        found = cnn_path_real(path);
        free(path);
    }
    free(program);
    return found;
}

char *cnn_file_command(const char *name)
{
    char *built = cnn_path_join("plugins/command", name);
    char *installed = cnn_path_join("../lib/cnnrun/plugins/command", name);
    char *found = cnn_file_beside(built, installed);
    free(built);
    free(installed);
    return found;
}
