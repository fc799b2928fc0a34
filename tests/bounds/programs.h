#ifndef PL_TESTS_BOUNDS_PROGRAMS_H
#define PL_TESTS_BOUNDS_PROGRAMS_H
/* Running a program from a preset, and reading single results, in tests of the bounds room. */

#include "bounds/bounds.h"
#include "tests/support.h"

static inline pl_table *run_preset(pl_ctx *ctx, const pl_program *program, const char *preset) {
    pl_table *t = NULL;
    ck_ok(ctx, pl_program_run_preset(ctx, program, preset, 1, NULL, &t));
    return t;
}

/* A summary number, or a column at a row. */
static inline double result_at(const pl_table *t, const char *name, size_t row) {
    double value = NAN;
    size_t c = pl_table_find(t, name);
    if (c != SIZE_MAX)
        return pl_table_at(t, row, c);
    ck_assert_msg(pl_table_lookup(t, name, &value), "no result '%s'", name);
    return value;
}

static inline double result_of(pl_ctx *ctx, const pl_program *program, const char *preset,
                               const char *name) {
    pl_table *t = run_preset(ctx, program, preset);
    double value = result_at(t, name, 0);
    pl_table_free(t);
    return value;
}

#define ck_refused(ctx, program, preset, status, words)                                            \
    do {                                                                                           \
        pl_table *ck_table = NULL;                                                                 \
        ck_fails(ctx, pl_program_run_preset(ctx, program, preset, 1, NULL, &ck_table), status,     \
                 words);                                                                           \
        ck_assert_ptr_null(ck_table);                                                              \
    } while (0)

/* The k-th allocation fails, for every k until none does; one thread, so that k means the same. */
static inline void survives_failed_allocations(const pl_program *program, const char *preset,
                                               size_t most, size_t step) {
    for (size_t k = 1; k < most; k += k < 100 ? 1 : step) {
        pl_ctx *ctx = pl_ctx_new();
        pl_table *t = NULL;
        pl_set_threads(ctx, 1);
        pl_ctx_fail_allocation(ctx, k);
        pl_status status = pl_program_run_preset(ctx, program, preset, 1, NULL, &t);
        ck_assert_msg(status == PL_OK || status == PL_ENOMEM, "%s, allocation %zu: %s", preset, k,
                      pl_message(ctx));
        pl_table_free(t);
        pl_ctx_free(ctx);
        if (status == PL_OK)
            return;
    }
    ck_abort_msg("%s: still failing after %zu allocations", preset, most);
}

#endif
