/* does_as_told.c - a callback that does what its parameter says, so that a test can see what comes of it. It
 * kills its process after step $KILL_AFTER_STEP, where that is set. */
#include <cnnrun/callback.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct told {
    const char *act, *text;
} told;

static const cnn_param params[] = {
    CNN_PARAM(told, act, CNN_STRING, "none", 0, 0, 0, "What to do; a row of `acts`."),
    CNN_PARAM(told, text, CNN_STRING, "none", 0, 0, 0, "A file's or a function's name."),
    CNN_PARAM_END,
};

typedef int act(const told *t, const cnn_observed *seen, cnn_error *error);

static int is(const told *t, const char *text)
{
    return strcmp(t->text, text) == 0;
}

/* ---- scale: the rate of steps 4 to 7 is half of what it was, and then a quarter ------------------- */

static int scale(const told *t, const cnn_observed *seen, cnn_error *error)
{
    (void)t, (void)error;
    if (seen->step == 3 || seen->step == 7)
        seen->scale_learning_rate(seen->host, 0.5);
    return 0;
}

/* ---- validate: the first validation is one of zeros ----------------------------------------------- */

static int validate(const told *t, const cnn_observed *seen, cnn_error *error)
{
    static const float zeros[10000];
    (void)t;
    for (uint64_t i = 0; i < seen->tensor_count; i++) {
        if (seen->tensors[i].count > 10000)
            return cnn_fail(error, "it is too large");
        seen->validate_with(seen->host, i, seen->epoch == 0 ? zeros : NULL);
    }
    return 0;
}

/* ---- mistakes: are those that the confusion matrix counts ------------------------------------------ */

static int mistakes(const told *t, const cnn_observed *seen, cnn_error *error)
{
    uint64_t wrong[1000], few[2] = {0, 12345}, of_class[100] = {0};
    const uint64_t *confusion = seen->confusion(seen->host);
    const uint64_t count = seen->mistakes(seen->host, wrong, 1000);
    char line[64];
    (void)t;
    if (seen->mistakes(seen->host, few, 1) != count || few[0] != wrong[0] || few[1] != 12345)
        return cnn_fail(error, "the first mistake alone is another");
    for (uint64_t i = 0; i < count; i++) {
        if (i > 0 && wrong[i] <= wrong[i - 1])
            return cnn_fail(error, "they are not in ascending order");
        of_class[seen->label(seen->host, 1, wrong[i])]++;
    }
    for (uint64_t c = 0; c < seen->classes; c++)
        for (uint64_t other = 0; other < seen->classes; other++)
            of_class[c] -= c == other ? 0 : confusion[c * seen->classes + other];
    for (uint64_t c = 0; c < seen->classes; c++)
        if (of_class[c] != 0)
            return cnn_fail(error, "they are not those of the confusion matrix");
    const int length = snprintf(line, sizeof line, "%llu\n", (unsigned long long)count);
    return seen->append_file(seen->host, "mistakes.txt", line, (uint64_t)length, error);
}

/* ---- probe: that of several batches is the mean of one for each ------------------------------------ */

#define PROBED 100u

static void count(void *context, uint64_t layer, const float *y, const float *dy, uint64_t samples)
{
    if (layer == 0 && y && !dy)
        *(uint64_t *)context += samples;
}

static int probe(const told *t, const cnn_observed *seen, cnn_error *error)
{
    uint32_t samples[PROBED];
    uint64_t watched = 0;
    const uint64_t size = seen->tensors[0].count, batch = seen->batch_size;
    double *sum = calloc(size, sizeof *sum);
    int good = sum && PROBED > 2 * batch;
    (void)t;
    for (uint32_t i = 0; i < PROBED; i++)
        samples[i] = (i * 7) % (uint32_t)seen->train_samples;
    for (uint64_t done = 0; good && done < PROBED; done += batch) {
        const uint64_t part = PROBED - done < batch ? PROBED - done : batch;
        seen->probe(seen->host, samples + done, part, NULL, NULL);
        for (uint64_t i = 0; i < size; i++)
            sum[i] += (double)seen->probe_gradients(seen->host, 0)[i] * (double)part / PROBED;
    }
    seen->probe(seen->host, samples, PROBED, count, &watched);
    double largest = 0;
    for (uint64_t i = 0; good && i < size; i++) {
        const double whole = (double)seen->probe_gradients(seen->host, 0)[i];
        largest = fmax(largest, fabs(whole));
        good = fabs(whole - sum[i]) < 1e-6;
    }
    free(sum);
    return good && watched == PROBED && largest > 1e-4
               ? 0
               : cnn_fail(error, "saw %llu samples, largest gradient %g", (unsigned long long)watched, largest);
}

/* ---- stop, write, sleep, note ------------------------------------------------------------------------ */

static int stop(const told *t, const cnn_observed *seen, cnn_error *error)
{
    (void)t, (void)error;
    if (seen->step == 7)
        seen->stop(seen->host, "it was told to");
    return 0;
}

static int write(const told *t, const cnn_observed *seen, cnn_error *error)
{
    return seen->write_file(seen->host, t->text, "abc", 3, error);
}

/* Says so in a file, so that the test can send a signal meanwhile. */
static int rest(const told *t, const cnn_observed *seen, cnn_error *error)
{
    struct timespec left = {0, 300000000};
    (void)t;
    if (seen->write_file(seen->host, "resting", "", 0, error))
        return -1;
    while (nanosleep(&left, &left) != 0)
        continue;
    return 0;
}

static int note(const told *t, const cnn_observed *seen, cnn_error *error)
{
    char line[64];
    const int length = snprintf(line, sizeof line, "step %llu\n", (unsigned long long)seen->step);
    (void)t;
    return seen->append_file(seen->host, "steps.txt", line, (uint64_t)length, error);
}

/* ---- wrong: numbers that are out of range ------------------------------------------------------------ */

static int wrong(const told *t, const cnn_observed *seen, cnn_error *error)
{
    static const float none[1];
    float out[1];
    const uint32_t sample = (uint32_t)seen->train_samples;
    (void)error;
    if (is(t, "weights"))
        (void)seen->weights(seen->host, seen->tensor_count);
    if (is(t, "gradients"))
        (void)seen->gradients(seen->host, UINT64_MAX);
    if (is(t, "initial"))
        (void)seen->initial(seen->host, seen->tensor_count, out);
    if (is(t, "probe_gradients"))
        (void)seen->probe_gradients(seen->host, seen->tensor_count);
    if (is(t, "validate_with"))
        seen->validate_with(seen->host, seen->tensor_count, none);
    if (is(t, "label"))
        (void)seen->label(seen->host, 1, seen->validation_samples);
    if (is(t, "label_of_none"))
        (void)seen->label(seen->host, 2, 0);
    if (is(t, "probe"))
        seen->probe(seen->host, &sample, 1, NULL, NULL);
    if (is(t, "probe_of_none"))
        seen->probe(seen->host, &sample, 0, NULL, NULL);
    return 0;
}

/* ---- the calls --------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    act *begin, *step, *epoch;
} acts[] = {
    {"scale", NULL, scale, NULL},      {"validate", validate, NULL, validate}, {"mistakes", NULL, NULL, mistakes},
    {"probe", NULL, probe, NULL},      {"stop", NULL, stop, NULL},             {"write", NULL, NULL, write},
    {"rest", NULL, NULL, rest},        {"note", NULL, note, NULL},             {"wrong", NULL, wrong, NULL},
    {"wrong_epoch", NULL, NULL, wrong},
};

static int plan(const void *self, const cnn_observed *seen, cnn_callback_plan *plan, cnn_error *error)
{
    const told *t = self;
    (void)error;
    plan->step_interval = 1;
    plan->wants_gradients = 1;
    if (strcmp(t->act, "wrong_plan") == 0)
        (void)seen->label(seen->host, 0, seen->train_samples);
    return 0;
}

#define DO(CALL)                                                                                                       \
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++)                                                          \
        if (strcmp(acts[i].name, ((const told *)self)->act) == 0 && acts[i].CALL)                                      \
            return acts[i].CALL(self, seen, error);                                                                    \
    return 0

static int begin(const void *self, const cnn_observed *seen, double *state, cnn_error *error)
{
    (void)state;
    DO(begin);
}

static int act_in_step(const void *self, const cnn_observed *seen, cnn_error *error)
{
    DO(step);
}

static int step(const void *self, const cnn_observed *seen, double *state, cnn_error *error)
{
    const char *last = getenv("KILL_AFTER_STEP");
    (void)state;
    if (act_in_step(self, seen, error))
        return -1;
    if (last && seen->step == strtoull(last, NULL, 10))
        raise(SIGKILL);
    return 0;
}

static int epoch(const void *self, const cnn_observed *seen, double *state, cnn_error *error)
{
    (void)state;
    DO(epoch);
}

CNN_CALLBACK("does_as_told", "does what its parameter says", .self_size = sizeof(told), .params = params,
             .plan = plan, .begin = begin, .step = step, .epoch = epoch)
