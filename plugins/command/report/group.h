/* group.h - runs side by side: an experiment's, or several folders', seeds of one run together. */
#ifndef PAGE_GROUP_H
#define PAGE_GROUP_H

#include "report/record.h"
#include "base/report.h"

typedef struct page_group {
    char *name, *dir;
    page_record *members; /* one a seed */
    size_t count, completed;
    bool single; /* one that was named by itself, not a run of an experiment */
} page_group;

typedef struct page_groups {
    page_group *groups;
    size_t count;
    char **notes; /* about the whole */
    size_t note_count;
    const char *dir; /* of a page of one experiment its folder and file, else NULL */
    char *source;
} page_groups;

/* Over the members that count and have a finite number. */
typedef struct page_mean {
    double mean, deviation; /* NaN: none; deviation NaN: only one */
    size_t count;
} page_mean;

/* Whether a member counts in means: where any has completed, only those that have, since the others
 * stand at an earlier epoch. */
bool page_group_counts(const page_group *group, const page_record *member);

typedef double page_figure(const page_record *record);
page_mean page_group_mean(const page_group *group, page_figure *figure);

/* Figures of a run. */
double page_figure_best_accuracy(const page_record *record);
double page_figure_final_accuracy(const page_record *record);
double page_figure_best_loss(const page_record *record);
double page_figure_final_loss(const page_record *record);
double page_figure_test_accuracy(const page_record *record);
double page_figure_to_95(const page_record *record); /* epochs until val_accuracy is 0.95 */
double page_figure_to_98(const page_record *record);
double page_figure_seconds(const page_record *record);

/* True if the folder is an experiment's: experiment.yaml, or runs below it. What cannot be read is a fault. */
bool page_groups_is_experiment(const char *dir, cnn_report *report);

/* Adds an experiment's runs, in the order of its file; or one run. */
void page_groups_add_experiment(page_groups *groups, const char *dir);
void page_groups_add_run(page_groups *groups, const char *dir);
/* Names all groups alike: each by so many of the last names of its folder that no two are the same. */
void page_groups_name(page_groups *groups);
/* Keeps what the report says as notes about the whole, each once, and empties it. */
void page_groups_note(page_groups *groups, cnn_report *report);
void page_groups_free(page_groups *groups);

/* "completed", or with several seeds "2 completed, 1 diverged"; the caller frees. */
char *page_group_status(const page_group *group);

#endif
