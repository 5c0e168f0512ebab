/* epoch_notes.c - a finding for each epoch, and a line for each in notes.txt. */
#include <cnnrun/callback.h>

static int epoch(const void *self, const cnn_observed *seen, double *state, cnn_error *error)
{
    char text[64];
    const int length = snprintf(text, sizeof text, "epoch %llu\n", (unsigned long long)seen->epoch);
    (void)self, (void)state;
    if (seen->append_file(seen->host, "notes.txt", text, (uint64_t)length, error))
        return -1;
    text[length - 1] = '\0';
    seen->find(seen->host, "noted", text);
    return 0;
}

CNN_CALLBACK("epoch_notes", "notes each epoch", .epoch = epoch)
