#ifndef PL_BASE_CTX_H
#define PL_BASE_CTX_H
/* Status and context: how every routine of the library reports, allocates and counts threads.
 *
 * A routine that can fail returns a pl_status and takes its outputs last; on failure the outputs
 * are untouched and the sentence that says what went wrong stands in the caller's pl_ctx. The
 * library never prints and never exits.
 *
 * primary    pl_ctx_new, pl_ctx_free, pl_fail, pl_message, PL_TRY, PL_NEW
 * secondary  pl_alloc, pl_free, pl_threads, pl_warn, pl_size_mul
 * tertiary   pl_ctx_keep (loops), pl_ctx_fail_allocation (tests) */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum pl_status {
    PL_OK = 0,
    PL_ENOMEM, /* memory could not be had                                    exit 1 */
    PL_EBUG,   /* an internal contract is broken                             exit 1 */
    PL_EUSAGE, /* the command line is wrong                                  exit 2 */
    PL_EVERDICT /* a claim's verdict is not the expected one                  exit 3 */,
    PL_EINPUT,  /* a file or an array is not what was asked for               exit 4 */
    PL_ESHAPE,  /* sizes do not fit together                                  exit 4 */
    PL_EDOMAIN, /* a value lies outside the domain of the formula             exit 4 */
    PL_EIO,     /* reading or writing failed                                  exit 4 */
    PL_ENOCONV  /* an iteration did not reach its tolerance                   exit 1 */
} pl_status;

typedef struct pl_ctx pl_ctx;

/** A fresh context: no message, no warnings, as many threads as the machine offers.
 *  Returned  NULL when memory cannot be had */
pl_ctx *pl_ctx_new(void);
void pl_ctx_free(pl_ctx *ctx); /* NULL is fine */

/** Records why a call failed and returns `status`, so that a routine can `return pl_fail(...)`.
 *  The sentence: what, where, which value, the remedy; no trailing newline. */
pl_status pl_fail(pl_ctx *ctx, pl_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** The sentence of the last failure, "" when there was none. Borrowed. */
const char *pl_message(const pl_ctx *ctx);

/** Puts "prefix: " before the last failure's sentence: a caller adds the file's name. */
void pl_message_prefix(pl_ctx *ctx, const char *prefix);

/** Exit status of the command for a status (table above). */
int pl_exit_status(pl_status status);

/** A signal made a command stop in good order: its program ends by that signal when all is said,
 *  so that a shell sees 128 + signal and leaves its loop. 0: none. */
void pl_end_by(pl_ctx *ctx, int signal);
int pl_ended_by(const pl_ctx *ctx);

/** A remark that goes into the result's `warnings` and to standard error. */
void pl_warn(pl_ctx *ctx, const char *format, ...) __attribute__((format(printf, 2, 3)));
size_t pl_warnings(const pl_ctx *ctx);
const char *pl_warning(const pl_ctx *ctx, size_t i);

/** Zeroed memory for count x size bytes, aligned to 64; the product is checked.
 *  Returned  NULL, with the message set, when it overflows or memory cannot be had. */
void *pl_alloc(pl_ctx *ctx, size_t count, size_t size);
void pl_free(void *p); /* NULL is fine */
/** A copy of a string in pl_alloc's memory. */
char *pl_strdup(pl_ctx *ctx, const char *s);

/** For a loop whose every round asks for the same sizes: while on, memory that is given back is
 * kept for the next request of its size, so that after the first round the system is asked for
 * none. Memory that is taken while on is given back by the same thread, and before the context. */
void pl_ctx_keep(pl_ctx *ctx, bool on);

/** *out = a*b; false, with *out untouched, when the product overflows. */
bool pl_size_mul(size_t a, size_t b, size_t *out);

/** Threads for parallel loops (>= 1). No result depends on it. */
int pl_threads(const pl_ctx *ctx);
void pl_set_threads(pl_ctx *ctx, int threads);

/** For tests: the k-th allocation from now fails (k >= 1); 0 switches that off. */
void pl_ctx_fail_allocation(pl_ctx *ctx, size_t k);

/* The one way through a routine: the first failure goes to the `done:` label that frees. */
#define PL_TRY(call)                                                                               \
    do {                                                                                           \
        status = (call);                                                                           \
        if (status != PL_OK)                                                                       \
            goto done;                                                                             \
    } while (0)

/* Zeroed array of `count` elements of *p, or PL_ENOMEM through `done:`. */
#define PL_NEW(ctx, p, count)                                                                      \
    do {                                                                                           \
        (p) = pl_alloc((ctx), (count), sizeof *(p));                                               \
        if (!(p)) {                                                                                \
            status = PL_ENOMEM;                                                                    \
            goto done;                                                                             \
        }                                                                                          \
    } while (0)

#endif
