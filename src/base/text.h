#ifndef PL_BASE_TEXT_H
#define PL_BASE_TEXT_H
/* Small pieces of text work: growing buffers, numbers, nearest names. */

#include "base/ctx.h"

/* A string that grows; an all-zero pl_text is empty. The first failed allocation sticks:
 * later calls do nothing and pl_text_status says so, so that a writer checks once. */
typedef struct pl_text {
    char *s; /* NUL-terminated once anything was added; else NULL */
    size_t length, capacity;
    bool failed;
} pl_text;

void pl_text_add(pl_text *t, const char *s);
void pl_text_printf(pl_text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *pl_text_get(const pl_text *t); /* "" while empty */
pl_status pl_text_status(pl_ctx *ctx, const pl_text *t);
void pl_text_free(pl_text *t);

/** A whole string as a finite number. False, with *out untouched, for anything else. */
bool pl_parse_real(const char *s, double *out);
/** A whole string as an integer without sign tricks or fraction ("1e3" is not one). */
bool pl_parse_int(const char *s, long long *out);
/** An unsigned 64-bit integer, decimal. */
bool pl_parse_u64(const char *s, uint64_t *out);

/** Edits (insertion, deletion, replacement) between two words; long words are cut at 63. */
size_t pl_edit_distance(const char *a, const char *b);

/** The candidate nearest to `word` when it is near enough to be meant, else NULL. Call with
 *  *best = SIZE_MAX first; keeps the best so far in *best and *name. */
void pl_nearest(const char *word, const char *candidate, size_t *best, const char **name);

/** Shortest "%g" text that reads back as the same double; "nan" and "inf" as such. */
void pl_format_real(double v, char out[32]);

#endif
