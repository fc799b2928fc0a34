#ifndef PL_BASE_PROGRESS_H
#define PL_BASE_PROGRESS_H
/* Progress on standard error: only on a terminal, after one second, at most ten times a second. */

#include "base/ctx.h"

typedef struct pl_progress {
    const char *label; /* borrowed; NULL: silent */
    size_t total;
    double started, shown;
    bool on_line; /* a line stands on the terminal and has to be wiped */
} pl_progress;

/** Silent when `quiet`, or when standard error is no terminal. */
pl_progress pl_progress_start(const char *label, size_t total, bool quiet);
void pl_progress_step(pl_progress *p, size_t done);
/** The same, with a note behind the numbers. */
void pl_progress_step_note(pl_progress *p, size_t done, const char *note);
void pl_progress_end(pl_progress *p); /* wipes the line */

/** One line before a long run, what it will take: shown where progress would be. */
void pl_progress_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Seconds of a clock that never goes back. */
double pl_seconds(void);

#endif
