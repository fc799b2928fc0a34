#include "tests/bounds/programs.h"

static const pl_program *const program = &pl_bounds_best_alpha;

/* Fails if the root were not the minimiser, on closed forms or on views. */
START_TEST(the_root_is_the_minimiser) {
    static const char *const presets[] = {"--dim 2 --n 2..1024", "--dim 100 --n 2..1024",
                                          "--data golden",
                                          "--data views --dim 6 --classes 3 --images 20 --views 2 "
                                          "--law vmf:30 --class-law vmf:4"};
    pl_ctx *ctx = pl_ctx_new();
    for (size_t p = 0; p < TEST_COUNT(presets); p++) {
        pl_table *t = run_preset(ctx, program, presets[p]);
        for (size_t i = 0; i < pl_table_rows(t); i++) {
            ck_rel(result_at(t, "alpha_minimised", i), result_at(t, "alpha_star", i), 1e-4);
            ck_close(result_at(t, "divergence", i), result_at(t, "log_n", i), 1e-9);
        }
        pl_table_free(t);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if the best alpha of views did not make repulsion's own bound least. */
START_TEST(repulsion_is_tightest_there) {
    pl_ctx *ctx = pl_ctx_new();
    double best = result_of(ctx, program, "--data golden", "alpha_star"), rhs[3];
    for (int i = 0; i < 3; i++) {
        char preset[80];
        snprintf(preset, sizeof preset, "--data golden --alpha %.17g", best * (0.9 + 0.1 * i));
        rhs[i] = result_of(ctx, &pl_bounds_repulsion, preset, "mean_rhs");
    }
    ck_assert_double_lt(rhs[1], rhs[0]);
    ck_assert_double_lt(rhs[1], rhs[2]);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if "no best alpha" came out as a number: with one image a class, each its own only view,
 * the divergence never reaches log n beyond log |X|. */
START_TEST(no_best_alpha_is_said) {
    pl_ctx *ctx = pl_ctx_new();
    ck_refused(ctx, program, "--n 1", PL_EUSAGE, "n");
    pl_table *t = run_preset(ctx, program,
                             "--data views --dim 3 --classes 4 --images 1 --views 1 --law vmf:5");
    double star = result_at(t, "alpha_star", 0);
    ck_assert(isnan(star));
    ck_assert_uint_eq(pl_warnings(ctx), 1);
    pl_table_free(t);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a closed form here were not the one that the other programs integrate. */
START_TEST(concentration_agrees_with_the_populations) {
    pl_ctx *ctx = pl_ctx_new();
    for (double k = 2; k < 600; k *= 4) {
        char preset[200];
        snprintf(preset, sizeof preset,
                 "--dim 9 --classes 10 --alpha 3 --class-law 30 --views 5 --concentration %g", k);
        pl_table *t = run_preset(ctx, &pl_bounds_concentration, preset);
        snprintf(preset, sizeof preset, "--data population --dim 9 --law vmf:%g", k);
        ck_close(result_at(t, "attraction_gap", 0),
                 result_of(ctx, &pl_bounds_attraction, preset, "mean_gap"), 1e-12);
        ck_close(result_at(t, "violation_probability", 0),
                 result_of(ctx, &pl_bounds_attraction, preset, "violation_probability"), 1e-14);
        snprintf(preset, sizeof preset,
                 "--data population --dim 9 --classes 10 --alpha 3 --class-law vmf:%g", k);
        ck_rel(result_at(t, "repulsion_gap", 0),
               result_of(ctx, &pl_bounds_repulsion, preset, "gap"), 1e-12);
        ck_close(result_at(t, "margin", 0), result_of(ctx, &pl_bounds_repulsion, preset, "margin"),
                 1e-14);
        snprintf(preset, sizeof preset,
                 "--data population --dim 9 --class-law vmf:30 --views 5 --law vmf:%g", k);
        ck_close(result_at(t, "prb_2", 0),
                 result_of(ctx, &pl_bounds_prototype_bias, preset, "bias_squared"), 1e-12);
        ck_close(result_at(t, "plug_in", 0),
                 result_of(ctx, &pl_bounds_prototype_bias, preset, "closed_plug_in"), 1e-14);
        pl_table_free(t);
    }
    ck_refused(ctx, &pl_bounds_concentration, "--dim 3 --classes 10", PL_EDOMAIN, "simplex");
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(every_failed_allocation_is_survived) {
    survives_failed_allocations(program, "--data golden", 500, 1);
    survives_failed_allocations(&pl_bounds_concentration, "--dim 9", 900, 1);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {the_root_is_the_minimiser, repulsion_is_tightest_there,
                                  no_best_alpha_is_said, concentration_agrees_with_the_populations,
                                  every_failed_allocation_is_survived};
    return test_main("bounds/best_alpha", tests, TEST_COUNT(tests));
}
