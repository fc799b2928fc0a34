#include "math/sphere.h"
#include "tests/bounds/programs.h"

static const pl_program *const program = &pl_bounds_prototype_bias;

/* Fails if the bias were not the analysis of variance's between part, on any views at all. */
START_TEST(identity_on_generated_views) {
    pl_ctx *ctx = pl_ctx_new();
    for (size_t trial = 0; trial < 5 * test_effort(); trial++) {
        char preset[160];
        snprintf(preset, sizeof preset,
                 "--dim %zu --classes %zu --images %zu --views %zu --law vmf:%zu --class-law vmf:9 "
                 "--seed %zu",
                 2 + trial % 7, 2 + trial % 3, 1 + trial % 5, 1 + trial % 4, 1 + 5 * trial, trial);
        pl_table *t = run_preset(ctx, program, preset);
        ck_close(result_at(t, "residual", 0), 0, 1e-13);
        ck_close(result_at(t, "norms_difference", 0), result_at(t, "prb_2", 0), 1e-13);
        ck_assert_double_ge(result_at(t, "least_slack", 0), -1e-12);
        /* Jensen: (E |m - mu|)^2 <= E |m - mu|^2 */
        ck_assert_double_le(pow(result_at(t, "prb_1", 0), 2), result_at(t, "prb_2", 0) + 1e-15);
        pl_table_free(t);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if de-biasing kept what a finite number of views or images adds: one large sample against
 * the closed form, where the raw value is off by ten times the tolerance. */
START_TEST(unbiased_on_a_large_sample) {
    pl_ctx *ctx = pl_ctx_new();
    pl_table *t = run_preset(ctx, program,
                             "--dim 16 --classes 12 --images 150 --views 2 --law vmf:20 "
                             "--class-law vmf:20 --seed 3");
    double a = pl_resultant(16, 20), closed = a * a * (1 - a * a), added = (1 - a * a) / 2;
    ck_close(result_at(t, "prb_2_unbiased", 0), closed, 0.012);
    ck_assert_double_gt(result_at(t, "prb_2", 0), closed + 0.8 * added);
    pl_table_free(t);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if more or less concentrated laws left the range of the formulas. */
START_TEST(extreme_concentrations) {
    pl_ctx *ctx = pl_ctx_new();
    ck_close(result_of(ctx, program, "--data population --dim 8 --class-law vmf:1e6 --law vmf:1e6",
                       "closed_prb_2"),
             7e-6, 1e-9); /* 1 - A^2 -> (d - 1)/k */
    ck_close(result_of(ctx, program, "--data population --dim 8 --class-law vmf:1e-3 --law vmf:1e6",
                       "bias_squared"),
             1, 1e-5);
    ck_refused(ctx, program, "--data population --law vmf:0", PL_EUSAGE, "K > 0");
    ck_refused(ctx, program, "--data sampled --class-law same", PL_EUSAGE, "vmf:KC");
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a quantity that needs two views or two images came out of one, silently. */
START_TEST(what_needs_two_says_so) {
    pl_ctx *ctx = pl_ctx_new();
    pl_table *t = run_preset(ctx, program, "--dim 4 --classes 3 --images 4 --views 1");
    ck_assert(isnan(result_at(t, "prb_2_unbiased", 0)));
    ck_assert(isnan(result_at(t, "difference_without_own", 0)));
    ck_assert_uint_eq(pl_warnings(ctx), 1);
    ck_assert_ptr_nonnull(strstr(pl_warning(ctx, 0), "one view"));
    pl_table_free(t);
    t = run_preset(ctx, program, "--dim 4 --classes 3 --images 1 --views 4");
    ck_assert(isnan(result_at(t, "prb_2_unbiased", 0)));
    ck_close(result_at(t, "prb_2", 0), 0, 1e-15);
    ck_assert_ptr_nonnull(strstr(pl_warning(ctx, 1), "one image"));
    pl_table_free(t);
    ck_refused(ctx, program, "--data sampled --views 1", PL_EUSAGE, "two or more");
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(every_failed_allocation_is_survived) {
    survives_failed_allocations(program, "--data golden", 500, 1);
    survives_failed_allocations(program, "--data population --dim 5", 500, 1);
    survives_failed_allocations(program, "--data sampled --dim 3 --images 2 --views 2", 9000, 211);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {identity_on_generated_views, unbiased_on_a_large_sample,
                                  extreme_concentrations, what_needs_two_says_so,
                                  every_failed_allocation_is_survived};
    return test_main("bounds/prototype_bias", tests, TEST_COUNT(tests));
}
