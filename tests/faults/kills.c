/* kills.c - kills runs at random moments, again and again, until they complete: as if nobody had
 * touched them. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "walk.h"

#define MOST_KILLS 4 /* of one run */

/* Steele and others' splitmix64. */
static uint64_t draw(uint64_t *random, uint64_t below)
{
    uint64_t z = (*random += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (z ^ (z >> 31)) % below;
}

/* A child of the process, by chance; 0: it has none. */
static pid_t child_of(pid_t pid, uint64_t *random)
{
    char *path = walk_text("/proc/%d/task/%d/children", (int)pid, (int)pid), line[1024] = "";
    FILE *list = fopen(path, "r");
    pid_t children[16];
    size_t count = 0;
    if (list && fgets(line, sizeof line, list))
        for (char *at = line, *end; *at && count < 16; at = end + (*end == ' '))
            children[count++] = (pid_t)strtol(at, &end, 10);
    if (list)
        fclose(list);
    free(path);
    return count ? children[draw(random, count)] : 0;
}

/* Kills the process, one of its children, or both. */
static void kill_some(pid_t pid, bool children, uint64_t *random)
{
    const uint64_t which = children ? draw(random, 3) : 0;
    const pid_t child = which ? child_of(pid, random) : 0;
    if (child)
        kill(child, SIGKILL);
    if (which != 1)
        kill(pid, SIGKILL);
}

/* How the runs of one kind are started and gone on with. */
typedef struct kind {
    const char *what, *start, *mark; /* mark: the file that says that there is one to go on with */
    uint64_t milliseconds;           /* that one takes */
    bool children;
} kind;

static char *command_of(const kind *k, const world *w, unsigned number)
{
    char *mark = walk_text("%s/run/%s", w->here, k->mark);
    char *command = walk_text("%s --threads %u%s", k->start, k->children ? 1 : 1 + number % 3,
                              access(mark, F_OK) == 0 ? " --resume" : "");
    free(mark);
    return command;
}

/* After a kill nothing may be damaged. */
static char *damage(const world *w)
{
    char *folder = walk_text("%s/run", w->here), *found = NULL;
    print p = print_take(folder);
    for (size_t i = 0; i < p.count && !found; i++)
        if (p.files[i].damaged)
            found = walk_text("%s: %.300s", p.files[i].name, p.files[i].value);
    print_free(&p);
    free(folder);
    return found;
}

static char *difference_of(const world *w, const print *golden)
{
    char *folder = walk_text("%s/run", w->here);
    print p = print_take(folder);
    char *difference = print_difference(golden, &p, NULL);
    print_free(&p);
    free(folder);
    return difference;
}

/* Kills one run up to MOST_KILLS times, and then lets it complete. What was wrong, or NULL. */
static char *kill_one(const kind *k, const world *w, const print *golden, uint64_t *random)
{
    const uint64_t kills = 1 + draw(random, MOST_KILLS);
    char *wrong = NULL;
    for (unsigned i = 0; i <= kills && !wrong; i++) {
        char *command = command_of(k, w, i);
        const pid_t pid = process_start(w, command);
        if (i < kills) {
            const long wait = (long)draw(random, k->milliseconds * 1000) * 1000;
            nanosleep(&(struct timespec){wait / 1000000000, wait % 1000000000}, NULL);
            kill_some(pid, k->children, random);
        }
        outcome o = process_wait(w, pid);
        if (o.hung)
            wrong = walk_text("'%s' hangs", command);
        else if (o.code != 0 && (i == kills || (o.code != -SIGKILL && o.code != 8)))
            wrong = walk_text("'%s' ended with %d: %s", command, o.code, o.err);
        else
            wrong = damage(w);
        outcome_free(&o);
        free(command);
    }
    return wrong ? wrong : difference_of(w, golden);
}

static unsigned kills(const kind *k, const char *scenario_name, const world *w, unsigned count,
                      uint64_t *random)
{
    unsigned wrong = 0;
    const scenario *s = scenarios;
    if (!count)
        return 0;
    while (strcmp(s->name, scenario_name) != 0)
        s++;
    static stage g;
    g = stage_make(s, w);
    for (unsigned i = 0; i < count && !walk_stopped(); i++) {
        const uint64_t seed = *random;
        tree_remove(w->here);
        tree_copy(g.start, w->here);
        char *what = kill_one(k, w, &g.golden, random);
        if (what)
            printf("FAIL %s, kill %u: %s\n    again: walk --%s 1 --seed %llu\n", k->what, i + 1,
                   what, k->children ? "experiment-kills" : "kills", (unsigned long long)seed);
        wrong += what != NULL;
        free(what);
    }
    printf("%s: %u killed at random, %u wrong\n", k->what, count, wrong);
    fflush(stdout);
    return wrong;
}

unsigned kills_training(const world *w, unsigned count, uint64_t *random)
{
    static const kind training = {"training", "tiny.yaml --out run", "pipeline.yaml", 80, false};
    return kills(&training, "train", w, count, random);
}

unsigned kills_experiment(const world *w, unsigned count, uint64_t *random)
{
    static const kind experiment = {"experiment", "two.yaml --out run", "experiment.yaml", 400,
                                    true};
    return kills(&experiment, "experiment", w, count, random);
}
