/* callback_notes.c - a line for each epoch in a file of its own, and a finding at the end. */
#include <cnnrun/callback.h>

static int begin(const void *self, const cnn_observed *seen, double *state, cnn_error *error)
{
    (void)self, (void)state;
    return seen->step ? 0
                      : seen->write_file(seen->host, "notes/log.csv", "epoch,wrong\n", 12, error);
}

static int epoch(const void *self, const cnn_observed *seen, double *state, cnn_error *error)
{
    char line[64];
    uint64_t first[4];
    (void)self, (void)state;
    const int length = snprintf(line, sizeof line, "%llu,%llu\n", (unsigned long long)seen->epoch,
                                (unsigned long long)seen->mistakes(seen->host, first, 4));
    return seen->append_file(seen->host, "notes/log.csv", line, (uint64_t)length, error);
}

static int end(const void *self, const cnn_observed *seen, double *state, cnn_error *error)
{
    (void)self, (void)state, (void)error;
    if (seen->epoch < seen->epochs)
        seen->find(seen->host, "ended_early", "the training has ended before its last epoch");
    return 0;
}

CNN_CALLBACK("callback_notes", "a line for each epoch in a file of its own",
             .doc = "Writes how many samples of the validation data are wrong.", .begin = begin,
             .epoch = epoch, .end = end)
