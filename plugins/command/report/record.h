/* record.h - a run's folder as far as it can be read; what cannot be read is said in words. */
#ifndef PAGE_RECORD_H
#define PAGE_RECORD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/report.h"
#include "record/record.h"

typedef struct page_record {
    char *dir;
    char *label;        /* the folder's own name */
    const char *status; /* of the summary; "unfinished" where there is none, "not started" where there
                           are no metrics either; of a run that completed "not finite" where it ended
                           in such a loss, "at chance" where it learnt nothing */
    bool completed;     /* it ended its training by itself */
    json_t *summary;    /* an object, empty if there is none */
    char *pipeline;     /* text of pipeline.yaml, or NULL */
    char *title;        /* in an experiment the run's name and seed, else the pipeline's name, else the
                           folder's */
    char *experiment;   /* its name, or NULL */
    size_t depth;       /* in the experiment's folder; page_origin_depth */
    bool validation_known, validates_on_test;
    cnn_metrics_row *rows; /* of metrics.csv; NaN for what is not there */
    size_t row_count;
    bool metrics_unread; /* they are there, and the rows are not all of them */
    cnn_report unread;  /* warnings: which files are there and cannot be read, and why */
    char **notes;
    size_t note_count;
} page_record;

/* True if the folder holds one of the files that make a run. */
bool page_record_is_run(const char *dir);

/* Never fails: an unreadable folder gives a record of notes. */
void page_record_read(page_record *record, const char *dir);
void page_record_free(page_record *record);

/* Keeps a sentence about the folder. */
__attribute__((format(printf, 2, 3))) void page_record_note(page_record *record, const char *format, ...);

/* A number of the summary; NaN if it is not there or null. */
double page_record_number(const page_record *record, const char *key);
/* A text of the summary, or NULL. */
const char *page_record_text(const page_record *record, const char *key);

/* The summary's confusion matrix, classes * classes counts that the caller frees, or NULL. */
uint64_t *page_record_confusion(const page_record *record, size_t *classes);

/* Reads metrics.csv into the rows; metrics.c. */
void page_metrics_read(page_record *record, const char *text);

#endif
