#include "base/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

double pl_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

pl_progress pl_progress_start(const char *label, size_t total, bool quiet) {
    double now = pl_seconds();
    bool shown = !quiet && total > 0 && isatty(STDERR_FILENO);
    return (pl_progress){
        .label = shown ? label : NULL, .total = total, .started = now, .shown = now};
}

void pl_progress_step(pl_progress *p, size_t done) {
    pl_progress_step_note(p, done, NULL);
}

void pl_progress_step_note(pl_progress *p, size_t done, const char *note) {
    if (!p->label)
        return;
    double now = pl_seconds();
    if (now - p->started < 1 || now - p->shown < 0.1)
        return;
    fprintf(stderr, "\r%s %zu/%zu%s%s\033[K", p->label, done, p->total, note ? "  " : "",
            note ? note : "");
    fflush(stderr);
    p->shown = now;
    p->on_line = true;
}

void pl_progress_end(pl_progress *p) {
    if (p->on_line)
        fprintf(stderr, "\r\033[K");
    p->on_line = false;
}

void pl_progress_note(const char *format, ...) {
    va_list list;
    if (!isatty(STDERR_FILENO))
        return;
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fputc('\n', stderr);
}
