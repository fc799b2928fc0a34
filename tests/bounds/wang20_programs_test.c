/* The programs on WANG20 at the ends of their domains, on bad input, under failing allocation, with
 * any number of threads, and over many seeds. What they compute: wang20_golden_test.c. */

#include <stdio.h>

#include "bounds/bounds.h"
#include "tests/support.h"

static pl_table *run(pl_ctx *ctx, const pl_program *program, const char *preset) {
    pl_table *t = NULL;
    pl_status status = pl_program_run_preset(ctx, program, preset, 1, NULL, &t);
    ck_assert_msg(status == PL_OK, "%s %s: %s", program->name, preset, pl_message(ctx));
    return t;
}

static double cell(const pl_table *t, size_t row, const char *column) {
    size_t c = pl_table_find(t, column);
    ck_assert_msg(c != SIZE_MAX, "no column %s", column);
    return pl_table_at(t, row, c);
}

/* Finite deviations between their bounds where e^kappa overflows and where kappa vanishes. */
START_TEST(ends_of_the_limit) {
    pl_ctx *ctx = pl_ctx_new();
    static const char *const presets[] = {"--kappa 1000000 --dim 2 --negatives 1,65536",
                                          "--kappa 1000000 --dim 128 --negatives 1",
                                          "--kappa 1000000 --dim 100000 --negatives 1",
                                          "--kappa 0.001 --dim 2 --negatives 1,65536",
                                          "--kappa 0.001 --dim 100000 --negatives 1,1000000000",
                                          "--law vmf:0 --negatives 1",
                                          "--law vmf:10000 --kappa 1 --dim 3 --negatives 16",
                                          "--pairs vmf:1000000 --kappa 1 --dim 3 --negatives 16"};
    for (size_t i = 0; i < TEST_COUNT(presets); i++) {
        pl_table *t = run(ctx, &pl_bounds_infonce_limit, presets[i]);
        for (size_t r = 0; r < pl_table_rows(t); r++) {
            double d = cell(t, r, "deviation"), slack = 1e-9 * fmax(1, fabs(d));
            ck_assert_msg(cell(t, r, "lower") <= d + slack && d <= cell(t, r, "upper") + slack,
                          "%s: %g <= %g <= %g", presets[i], cell(t, r, "lower"), d,
                          cell(t, r, "upper"));
        }
        pl_table_free(t);
    }
    pl_table *none = NULL; /* beyond what the tilted rule resolves: said, not guessed */
    ck_fails(ctx,
             pl_program_run_preset(ctx, &pl_bounds_infonce_limit,
                                   "--law vmf:1000000 --dim 3 --negatives 16", 1, NULL, &none),
             PL_ENOCONV, "lower the concentration");
    pl_ctx_free(ctx);
}
END_TEST

/* A law of concentration 1e6 is nearly a point, and nothing overflows in the other programs. */
START_TEST(ends_of_the_others) {
    pl_ctx *ctx = pl_ctx_new();
    pl_table *t = run(ctx, &pl_bounds_limit_terms, "--dim 3 --law vmf --concentration 0,1000000");
    ck_close(cell(t, 0, "excess"), 0, 1e-12);
    ck_close(cell(t, 1, "second_term"), 2, 1e-5);
    pl_table_free(t);
    t = run(ctx, &pl_bounds_limit_terms, "--dim 3 --law antipodal --kappa 1000000");
    ck_close(cell(t, 0, "second_term"), 1e6 - log(2), 1e-8);
    pl_table_free(t);
    t = run(ctx, &pl_bounds_limit_terms,
            "--dim 100000 --law vmf --kappa 1000000 --concentration 1000000");
    double second = cell(t, 0, "second_term"); /* the potential itself is below DBL_MIN */
    ck_assert(cell(t, 0, "log_inside") <= second && second <= cell(t, 0, "log_mean"));
    ck_close(cell(t, 0, "uniformity"), -53548.2, 2); /* Laplace's method, in other software */
    pl_table_free(t);
    t = run(ctx, &pl_bounds_uniformity,
            "--dim 100000 --law vmf --t 100000 --concentration 1000000");
    ck_assert(cell(t, 0, "potential") == 0 && isfinite(cell(t, 0, "uniformity")));
    ck_assert(cell(t, 0, "excess") >= 0 && cell(t, 0, "uniformity") <= 0);
    pl_table_free(t);
    t = run(ctx, &pl_bounds_uniformity, "--dim 100000 --law dirac --t 100000");
    ck_close(cell(t, 0, "uniformity"), 0, 1e-9);
    pl_table_free(t);
    t = run(ctx, &pl_bounds_kde_entropy, "--kappa 1000000");
    ck_close(cell(t, 0, "mean_log"), cell(t, 0, "right"), 1e-7);
    pl_table_free(t);
    t = run(ctx, &pl_bounds_batch_optimum, "--batch 2 --kappa 1000000 --starts 1");
    ck_close(cell(t, 0, "least"), 0, 1e-15);
    pl_table_free(t);
    t = run(ctx, &pl_bounds_uniformity, "--dim 2,100000 --law uniform --t 0.000001,100000");
    for (size_t r = 0; r < pl_table_rows(t); r++)
        ck_assert(cell(t, r, "lower") <= 0 && cell(t, r, "lower") >= cell(t, r, "limit"));
    pl_table_free(t);
    t = run(ctx, &pl_bounds_distances, "--dim 4096 --pairs independent");
    ck_close(cell(t, 0, "mean_distance"), sqrt(2), 1e-4);
    pl_table_free(t);
    t = run(ctx, &pl_bounds_uniformity_batches, "--dim 100000 --batch 2,1000000 --exact");
    ck_assert(cell(t, 1, "exact_variance_u") > 0);
    pl_table_free(t);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a meaningless combination ran, or its message did not say the remedy. */
START_TEST(bad_input_is_refused) {
    static const struct {
        const pl_program *program;
        const char *preset, *words;
    } bad[] = {{&pl_bounds_uniformity, "--t 0", "--t"},
               {&pl_bounds_uniformity, "--t -1", "--t"},
               {&pl_bounds_uniformity, "--dim 2.5", "whole number"},
               {&pl_bounds_uniformity, "--law squre", "no law"},
               {&pl_bounds_uniformity_batches, "--t -2", "--t"},
               {&pl_bounds_uniformity_batches, "--batch 1", "--batch"},
               {&pl_bounds_uniformity_batches, "--configuration sqare --dim 2", "square"},
               {&pl_bounds_limit_terms, "--law four-vmf --dim 3", "--dim 2"},
               {&pl_bounds_limit_terms, "--kappa 0", "--kappa"},
               {&pl_bounds_kernels, "--kernel single-negative:-1", "temperature"},
               {&pl_bounds_kernels, "--kernel laplace", "--kernel"},
               {&pl_bounds_distances, "--dim 1", "--dim"},
               {&pl_bounds_distances, "--dim 2.5", "whole number"},
               {&pl_bounds_configurations, "--points 1", "--points"},
               {&pl_bounds_configurations, "--points 2.5", "whole number"},
               {&pl_bounds_configurations, "--configuration e8 --dim 3", "--dim 8"},
               {&pl_bounds_batch_optimum, "--batch 2.5", "whole number"},
               {&pl_bounds_batch_optimum, "--loss dcl", "--loss"},
               {&pl_bounds_monotonicity, "--tau 0", "--tau"},
               {&pl_bounds_misprints, "--formula x", "--formula"},
               {&pl_bounds_single_negative, "--negatives 1.5", "whole number"},
               {&pl_bounds_infonce_limit, "--loss dcl-couples --negatives 3", "odd"},
               {&pl_bounds_infonce_limit, "--loss ntxent --pairs vmf:2 --negatives 4", "monte"},
               {&pl_bounds_infonce_limit, "--law gaussian --loss dcl", "gaussian"}};
    pl_ctx *ctx = pl_ctx_new();
    for (size_t i = 0; i < TEST_COUNT(bad); i++) {
        pl_table *t = NULL;
        ck_fails(ctx, pl_program_run_preset(ctx, bad[i].program, bad[i].preset, 1, NULL, &t),
                 PL_EUSAGE, bad[i].words);
        ck_assert_ptr_null(t);
    }
    pl_table *t = NULL;
    ck_fails(ctx,
             pl_program_run_preset(ctx, &pl_bounds_infonce_limit, "--law gaussian --kappa 2", 1,
                                   NULL, &t),
             PL_EDOMAIN, "(0, 1)");
    pl_ctx_free(ctx);
}
END_TEST

/* One small preset of every program. */
static const struct {
    const pl_program *program;
    const char *preset;
} small[] = {
    {&pl_bounds_limit_terms, "--dim 2 --concentration 2"},
    {&pl_bounds_kernels, "--dim 2 --kernel single-negative:1 --orders 3"},
    {&pl_bounds_distances, "--dim 3"},
    {&pl_bounds_monotonicity, ""},
    {&pl_bounds_uniformity, "--dim 2 --concentration 2"},
    {&pl_bounds_uniformity_batches, "--batch 4 --replicates 200"},
    {&pl_bounds_configurations, "--points 4 --starts 1"},
    {&pl_bounds_configurations, "--configuration cap"},
    {&pl_bounds_batch_optimum, "--batch 3 --starts 1"},
    {&pl_bounds_kde_entropy, ""},
    {&pl_bounds_misprints, ""},
    {&pl_bounds_single_negative, "--tau 1 --negatives 2 --witness square"},
    {&pl_bounds_infonce_limit, "--law gaussian --dim 2 --kappa 0.5 --negatives 4"},
    {&pl_bounds_infonce_limit, "--loss dcl-couples --negatives 4"},
};

/* Fails if the k-th failed allocation were met with a leak or a crash. */
START_TEST(every_failed_allocation_is_survived) {
    for (size_t i = 0; i < TEST_COUNT(small); i++) {
        pl_status status = PL_ENOMEM;
        for (size_t k = 1; status != PL_OK; k += k < 60 ? 1 : 37) {
            pl_ctx *ctx = pl_ctx_new();
            pl_table *t = NULL;
            ck_assert_uint_lt(k, 5000);
            pl_ctx_fail_allocation(ctx, k);
            status = pl_program_run_preset(ctx, small[i].program, small[i].preset, 1, NULL, &t);
            ck_assert_msg(status == PL_OK || status == PL_ENOMEM, "%s: %d %s",
                          small[i].program->name, (int)status, pl_message(ctx));
            pl_table_free(t);
            pl_ctx_free(ctx);
        }
    }
}
END_TEST

/* Fails if one bit of one cell depended on the number of threads. */
START_TEST(same_bits_for_any_threads) {
    for (size_t i = 0; i < TEST_COUNT(small); i++) {
        pl_table *one = NULL;
        for (int threads = 1; threads <= 3; threads++) {
            pl_ctx *ctx = pl_ctx_new();
            pl_set_threads(ctx, threads);
            pl_table *t = run(ctx, small[i].program, small[i].preset);
            for (size_t r = 0; one && r < pl_table_rows(t); r++)
                for (size_t c = 0; c < pl_table_columns(t); c++) {
                    double a = pl_table_at(one, r, c), b = pl_table_at(t, r, c);
                    ck_assert_msg(memcmp(&a, &b, sizeof a) == 0, "%s: %.17g, %.17g",
                                  small[i].program->name, a, b);
                }
            if (one)
                pl_table_free(t);
            else
                one = t;
            pl_ctx_free(ctx);
        }
        pl_table_free(one);
    }
}
END_TEST

/* Sampled batches against quadrature and exact moments over consecutive seeds: with 10 of them (100
 * and more at PL_TEST_EFFORT 10) at five standard errors no alarm is due in 10^4 runs of this test;
 * and the standard errors must be right in size, or the mean square of z would not be near 1. */
static void over_seeds(const pl_program *program, const char *preset, const char *left,
                       const char *right, const char *error, double widest) {
    pl_ctx *ctx = pl_ctx_new();
    size_t seeds = 10 * test_effort();
    double squares = 0;
    for (size_t s = 1; s <= seeds; s++) {
        char with_seed[256];
        snprintf(with_seed, sizeof with_seed, "%s --seed %zu", preset, s);
        pl_table *t = run(ctx, program, with_seed);
        double z = (cell(t, 0, left) - cell(t, 0, right)) / cell(t, 0, error);
        ck_assert_msg(fabs(z) <= 5, "%s %s: %s is %g standard errors off", program->name, with_seed,
                      left, z);
        squares += z * z;
        pl_table_free(t);
    }
    /* chi-square of `seeds` degrees: mean 1, and four standard deviations */
    ck_assert_msg(squares / (double)seeds <= 1 + 4 * sqrt(2 / (double)seeds) * widest,
                  "%s: mean square of z is %g", preset, squares / (double)seeds);
    pl_ctx_free(ctx);
}

START_TEST(monte_carlo_over_seeds) {
    over_seeds(&pl_bounds_infonce_limit,
               "--dim 3 --kappa 2 --negatives 64 --method monte-carlo --replicates 400",
               "deviation", "exact_deviation", "standard_error", 1);
    over_seeds(&pl_bounds_infonce_limit,
               "--dim 8 --kappa 5 --pairs vmf:20 --negatives 32 --method monte-carlo "
               "--replicates 400",
               "deviation", "exact_deviation", "standard_error", 1);
    over_seeds(&pl_bounds_infonce_limit,
               "--dim 3 --kappa 2 --loss dcl-couples --negatives 30 --method monte-carlo "
               "--replicates 400",
               "deviation", "exact_deviation", "standard_error", 1);
    over_seeds(&pl_bounds_uniformity_batches, "--dim 3 --batch 16 --replicates 400", "mean_u",
               "potential", "mean_u_error", 1);
    over_seeds(&pl_bounds_uniformity_batches, "--dim 8 --batch 8 --replicates 1000", "variance_u",
               "exact_variance_u", "variance_u_error", 1.5);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {ends_of_the_limit,         ends_of_the_others,
                                  bad_input_is_refused,      every_failed_allocation_is_survived,
                                  same_bits_for_any_threads, monte_carlo_over_seeds};
    return test_main("bounds/wang20_programs", tests, TEST_COUNT(tests));
}
