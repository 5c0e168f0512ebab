/* causes.c - why trainings of an experiment failed, diverged or did not learn. */
#include "experiment/causes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "record/summary.h"

#define MOST 3u /* findings of a training that are printed */

static size_t count_of(const json_t *summary)
{
    return json_array_size(json_object_get(summary, CNN_KEY_FINDINGS));
}

/* A finding that is printed; NULL behind the last one. */
static const char *finding(const json_t *summary, size_t i)
{
    return i < MOST
               ? json_string_value(json_array_get(json_object_get(summary, CNN_KEY_FINDINGS), i))
               : NULL;
}

static bool has(const json_t *summary, const char *text)
{
    for (size_t i = 0; finding(summary, i); i++)
        if (strcmp(finding(summary, i), text) == 0)
            return true;
    return false;
}

/* "RUN, seeds 1 to 3, 5" of those that have the finding; they count up. */
static void print_owners(const cnn_trial *trials, json_t *const *summaries, size_t seeds,
                         const char *text)
{
    size_t owners = 0;
    for (size_t s = 0; s < seeds; s++)
        owners += has(summaries[s], text);
    printf("%s", trials[0].run);
    const char *between = owners > 1 ? ", seeds " : ", seed ";
    for (size_t s = 0; seeds > 1 && s < seeds; s++) {
        if (!has(summaries[s], text))
            continue;
        size_t last = s;
        while (last + 1 < seeds && has(summaries[last + 1], text))
            last++;
        printf("%s%lld", between, (long long)trials[s].seed);
        if (last > s)
            printf("%s%lld", last > s + 1 ? " to " : ", ", (long long)trials[last].seed);
        between = ", ";
        s = last;
    }
}

/* The findings of one seed, but for those that a seed before it had. */
static void print_seed(const cnn_run *run, const cnn_trial *trials, json_t *const *summaries,
                       size_t seeds, size_t seed)
{
    const json_t *own = summaries[seed];
    const char *text, *status = json_string_value(json_object_get(own, CNN_KEY_STATUS));
    for (size_t i = 0; (text = finding(own, i)) != NULL; i++) {
        bool said = false;
        for (size_t s = 0; s < seed && !said; s++)
            said = has(summaries[s], text);
        if (said)
            continue;
        print_owners(trials, summaries, seeds, text);
        cnn_print(stdout, ": %s%s\n", cnn_outcome_find(status) == CNN_FAILED ? "failed: " : "",
                  text);
    }
    if (count_of(own) <= MOST)
        return;
    printf("%s", trials[seed].run);
    if (seeds > 1)
        printf(", seed %lld", (long long)trials[seed].seed);
    cnn_print(stdout, ": \u2026 and %zu more in %s/%s/" CNN_RUN_SUMMARY "\n", count_of(own) - MOST,
              run->dir, trials[seed].dir);
}

/* The summary; of a training that failed and could not write that, what is known without it. */
static json_t *summary_of(const char *dir, const cnn_standing *standing)
{
    json_t *root = cnn_summary_read(dir, NULL, NULL);
    const char *status = json_string_value(json_object_get(root, CNN_KEY_STATUS));
    if (cnn_outcome_find(standing->status) != CNN_FAILED || cnn_outcome_find(status) == CNN_FAILED)
        return root;
    json_decref(root);
    root = json_object();
    cnn_summary_fail(root, standing->reason);
    return root;
}

bool cnn_causes_print(const cnn_run *run, const cnn_experiment *e, const cnn_standing *standings)
{
    const size_t seeds = e->repeat ? (size_t)e->repeat : 1;
    json_t **summaries = cnn_alloc(seeds, sizeof(json_t *));
    bool said = false;
    for (size_t t = 0; t < e->trial_count; t += seeds) {
        for (size_t s = 0; s < seeds; s++) {
            char *dir = cnn_path_join(run->dir, e->trials[t + s].dir);
            summaries[s] = summary_of(dir, &standings[t + s]);
            free(dir);
        }
        for (size_t s = 0; s < seeds; s++) {
            said |= count_of(summaries[s]) > 0;
            print_seed(run, &e->trials[t], summaries, seeds, s);
        }
        for (size_t s = 0; s < seeds; s++)
            json_decref(summaries[s]);
    }
    free(summaries);
    return said;
}
