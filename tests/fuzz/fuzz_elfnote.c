/* fuzz_elfnote.c - any bytes as a plugin's file: its note is found, or what is wrong is said. */
#include "fuzz.h"
#include "plugin/elfnote.h"

static bool is_plain(const char *text)
{
    for (; *text; text++)
        if (*text < ' ' || *text > '~')
            return false;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cnn_abi abi;
    char *flaw = cnn_elfnote_read(data, size, &abi);
    CNN_BUG_IF(flaw && (!*flaw || !is_plain(flaw)));
    if (!flaw) {
        CNN_BUG_IF(!memchr(abi.compiler, 0, sizeof abi.compiler) || !is_plain(abi.compiler));
        char *any = cnn_elfnote_compare(&abi, 0), *most = cnn_elfnote_compare(&abi, UINT32_MAX);
        CNN_BUG_IF(!most); /* nothing is so large */
        CNN_BUG_IF((any && !is_plain(any)) || !is_plain(most));
        free(any);
        free(most);
    }
    free(flaw);
    return 0;
}
