/* replay.c - runs a fuzz target on files and on their beginnings, without an engine.
 *
 * usage: fuzz_NAME [FILE...]
 *
 * Without files it takes those of tests/fuzz/corpus/fuzz_NAME, which must hold some. Each file gets
 * a process, so that whatever happens is told with the file's name and the rest are run all the
 * same. */
#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/memory.h"
#include "fuzz.h"

#define LENGTHS 64u  /* that a file is cut to, at most */
#define SECONDS 300u /* that a file may take; it is the sanitizers and valgrind that need them */

/* In a copy that ends where its bytes end, for AddressSanitizer. */
static void run(const char *data, size_t size)
{
    uint8_t *copy = malloc(size);
    CNN_BUG_IF(size > 0 && !copy);
    if (size > 0)
        memcpy(copy, data, size);
    CNN_BUG_IF(LLVMFuzzerTestOneInput(copy, size) != 0);
    free(copy);
}

static void run_file(const char *path)
{
    cnn_report report = {0};
    char *data = NULL;
    uint64_t size = 0;
    CNN_BUG_IF(!cnn_file_read(path, 1 << 20, CNN_EXIT_DATA, &data, &size, &report));
    for (size_t length = 0; length < size; length += size / LENGTHS + 1)
        run(data, length);
    run(data, size);
    free(data);
}

/* Whether the file's process ended well. */
static bool replay(const char *path)
{
    int status = 0;
    const pid_t child = fork();
    CNN_BUG_IF(child < 0);
    if (child == 0) {
        alarm(SECONDS);
        run_file(path);
        exit(0);
    }
    CNN_BUG_IF(waitpid(child, &status, 0) != child);
    if (WIFSIGNALED(status))
        fprintf(stderr, "%s: signal %d\n", path, WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0)
        fprintf(stderr, "%s: exit %d\n", path, WEXITSTATUS(status));
    return status == 0;
}

static int is_file(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

int main(int count, char **arguments)
{
    const char *slash = strrchr(arguments[0], '/'), *name = slash ? slash + 1 : arguments[0];
    char *folder = cnn_path_join("tests/fuzz/corpus", name);
    struct dirent **entries = NULL;
    int failed = 0, files = count - 1;
    if (LLVMFuzzerInitialize) /* so that no file's process has to open plugins */
        CNN_BUG_IF(LLVMFuzzerInitialize(&count, &arguments) != 0);
    for (int i = 1; i < count; i++)
        failed += !replay(arguments[i]);
    if (count == 1)
        files = scandir(folder, &entries, is_file, alphasort);
    for (int i = 0; count == 1 && i < files; i++) {
        char *path = cnn_path_join(folder, entries[i]->d_name);
        failed += !replay(path);
        free(path);
        free(entries[i]);
    }
    if (files < 1)
        fprintf(stderr, "%s: there are no files\n", folder);
    else
        printf("%s: %d files, %d failed\n", name, files, failed);
    free(entries);
    free(folder);
    return failed > 0 || files < 1;
}
