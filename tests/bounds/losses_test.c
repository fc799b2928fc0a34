#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/npy.h"
#include "bounds/bounds.h"
#include "ssl/losses.h"
#include "tests/base/scratch.h"
#include "tests/support.h"

static pl_table *table;
static const char *wanted;

/* The row of a golden value's loss must hold it. */
static void row_of(const golden_value *g) {
    if (strcmp(golden_text(g, "loss", ""), wanted) != 0 || golden_number(g, "alpha", 2) != 2 ||
        golden_number(g, "t", 2) != 2 || golden_number(g, "power", 2) != 2 ||
        golden_number(g, "lambda", 1) != 1 || strcmp(golden_text(g, "data", ""), "golden_pair") ||
        strcmp(golden_text(g, "weight_gradient", ""), "full") == 0)
        return;
    for (size_t r = 0; r < pl_table_rows(table); r++)
        if (strcmp(pl_table_word(table, r, 0), wanted) == 0)
            ck_close(pl_table_at(table, r, pl_table_find(table, g->quantity)), g->number,
                     g->tolerance);
}

/* Without files the golden pair: printed values and gradient norms, a row for every loss. Fails if
 * an option did not reach its parameter, or the generated pair were another. */
START_TEST(golden_pair_by_default) {
    pl_ctx *ctx = pl_ctx_new();
    ck_ok(ctx, pl_program_run_preset(ctx, &pl_bounds_losses, "", 1, NULL, &table));
    size_t rows = 0;
    for (const pl_loss *loss = pl_losses; loss->name; loss++, rows++) {
        wanted = loss->name;
        golden_each("bounds.json", "BOUNDS.LOSSES", "value", row_of);
        golden_each("bounds.json", "BOUNDS.LOSSES", "grad_x_norm", row_of);
        golden_each("bounds.json", "BOUNDS.LOSSES", "grad_y_norm", row_of);
    }
    ck_assert_uint_eq(pl_table_rows(table), rows);
    pl_table_free(table);
    pl_ctx_free(ctx);
}
END_TEST

/* Every parameter's option reaches it: the value moves with the ones a loss reads, and only those.
 * Fails if an option were read under another name. */
START_TEST(options_reach_parameters) {
    pl_ctx *ctx = pl_ctx_new();
    char preset[64];
    for (const pl_loss_parameter *q = pl_loss_parameters; q->name; q++) {
        pl_table *before, *after;
        snprintf(preset, sizeof preset, "--%s 3.5", q->name);
        ck_ok(ctx, pl_program_run_preset(ctx, &pl_bounds_losses, "", 1, NULL, &before));
        ck_ok(ctx, pl_program_run_preset(ctx, &pl_bounds_losses, preset, 1, NULL, &after));
        for (size_t r = 0; pl_losses[r].name; r++) {
            bool moved = pl_table_at(before, r, 1) != pl_table_at(after, r, 1);
            ck_assert_msg(moved == ((pl_losses[r].uses & q->uses) != 0), "%s, %s",
                          pl_losses[r].name, preset);
        }
        pl_table_free(before);
        pl_table_free(after);
    }
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(one_loss_and_no_loss) {
    pl_ctx *ctx = pl_ctx_new();
    pl_table *t = NULL;
    ck_ok(ctx, pl_program_run_preset(ctx, &pl_bounds_losses, "--loss dcl", 1, NULL, &t));
    ck_assert_uint_eq(pl_table_rows(t), 1);
    pl_table_free(t);
    t = NULL;
    ck_fails(ctx, pl_program_run_preset(ctx, &pl_bounds_losses, "--loss nce", 1, NULL, &t),
             PL_EUSAGE, "no loss 'nce'");
    ck_fails(ctx, pl_program_run_preset(ctx, &pl_bounds_losses, "--x a.npy", 1, NULL, &t),
             PL_EUSAGE, "one was given");
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if losses that one pair allows were refused with those that need two, or these came out. */
START_TEST(one_pair) {
    pl_ctx *ctx = pl_ctx_new();
    pl_table *t = NULL;
    pl_array row = {0};
    char preset[700];
    scratch_begin();
    ck_ok(ctx, pl_array_new(ctx, PL_F64, 2, (size_t[]){1, 3}, &row));
    ((double *)row.data)[1] = 2;
    ck_ok(ctx, pl_npy_write(ctx, scratch("row.npy"), &row));
    pl_array_free(&row);
    snprintf(preset, sizeof preset, "--x %s --y %s", scratch("row.npy"), scratch("row.npy"));
    ck_ok(ctx, pl_program_run_preset(ctx, &pl_bounds_losses, preset, 1, NULL, &t));
    size_t refused = 0;
    for (size_t r = 0; pl_losses[r].name; r++) {
        ck_assert_int_eq(isnan(pl_table_at(t, r, 1)), pl_losses[r].least > 1);
        refused += pl_losses[r].least > 1;
    }
    ck_assert_uint_eq(pl_warnings(ctx), refused);
    pl_table_free(t);
    t = NULL;
    strcat(preset, " --loss dcl");
    ck_fails(ctx, pl_program_run_preset(ctx, &pl_bounds_losses, preset, 1, NULL, &t), PL_ESHAPE,
             "at least 2");
    pl_ctx_free(ctx);
    ck_assert_int_eq(remove(scratch("row.npy")), 0);
    ck_assert_int_eq(rmdir(scratch_dir), 0);
}
END_TEST

/* Fails if a convention were not listed, or a loss had no row of its own. */
START_TEST(conventions_are_listed) {
    pl_ctx *ctx = pl_ctx_new();
    pl_table *t = NULL;
    size_t rows = 0;
    for (const pl_loss *loss = pl_losses; loss->name; loss++)
        rows++;
    for (const pl_loss_convention *c = pl_loss_conventions; c->loss; c++)
        rows++;
    ck_ok(ctx, pl_program_run_preset(ctx, &pl_bounds_losses, "--conventions", 1, NULL, &t));
    ck_assert_uint_eq(pl_table_rows(t), rows);
    ck_assert_str_eq(pl_table_word(t, 0, 1), "plumb");
    pl_table_free(t);
    t = NULL;
    ck_ok(ctx,
          pl_program_run_preset(ctx, &pl_bounds_losses, "--conventions --loss dclw", 1, NULL, &t));
    for (size_t r = 0; r < pl_table_rows(t); r++)
        ck_assert_str_eq(pl_table_word(t, r, 0), "dclw");
    pl_table_free(t);
    t = NULL;
    ck_fails(ctx,
             pl_program_run_preset(ctx, &pl_bounds_losses, "--conventions --loss nce", 1, NULL, &t),
             PL_EUSAGE, "no loss 'nce'");
    ck_fails(ctx,
             pl_program_run_preset(ctx, &pl_bounds_losses, "--conventions --x a.npy", 1, NULL, &t),
             PL_EUSAGE, "evaluates nothing");
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a failed allocation were met with a leak or a crash. */
START_TEST(every_failed_allocation_is_survived) {
    pl_status status = PL_ENOMEM;
    for (size_t k = 1; status != PL_OK; k++) {
        pl_ctx *ctx = pl_ctx_new();
        pl_table *t = NULL;
        pl_ctx_fail_allocation(ctx, k);
        status = pl_program_run_preset(ctx, &pl_bounds_losses, "--loss ntxent", 1, NULL, &t);
        ck_assert(status == PL_OK || status == PL_ENOMEM);
        ck_assert_uint_lt(k, 400);
        pl_table_free(t);
        pl_ctx_free(ctx);
    }
}
END_TEST

int main(void) {
    const TTest *const tests[] = {golden_pair_by_default, options_reach_parameters,
                                  one_loss_and_no_loss,   one_pair,
                                  conventions_are_listed, every_failed_allocation_is_survived};
    return test_main("bounds/losses", tests, TEST_COUNT(tests));
}
