#include "math/sphere.h"
#include "tests/bounds/programs.h"

static const pl_program *const program = &pl_bounds_balance;

/* Fails if l~ were not attraction + lambda repulsion up to its constant, for any alpha, lambda, nu.
 */
START_TEST(total_is_the_sum_of_the_bounds) {
    pl_ctx *ctx = pl_ctx_new();
    for (size_t trial = 0; trial < 5 * test_effort(); trial++) {
        char preset[200];
        snprintf(preset, sizeof preset,
                 "--dim %zu --classes %zu --images %zu --views %zu --alpha %g --lambda %g --nu %g "
                 "--seed %zu",
                 2 + trial % 9, 2 + trial % 4, 1 + trial % 3, 1 + trial % 5,
                 0.1 + 7.0 * (double)trial, 0.3 + (double)trial, 0.2 + 0.3 * (double)trial, trial);
        pl_table *t = run_preset(ctx, program, preset);
        for (size_t i = 0; i < pl_table_rows(t); i++)
            ck_rel(result_at(t, "total_loss_with_constant", i), result_at(t, "sum", i), 1e-11);
        pl_table_free(t);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if the bias term did not close the chain wherever its hypotheses hold. */
START_TEST(chain_holds_with_the_bias_term) {
    pl_ctx *ctx = pl_ctx_new();
    size_t inside = 0;
    for (size_t trial = 0; trial < 20 * test_effort(); trial++) {
        char preset[200];
        snprintf(preset, sizeof preset,
                 "--part chain --dim 3 --classes 3 --images 3 --views 2 --law vmf:%zu --class-law "
                 "vmf:%zu --alpha %zu --lambda 0.01 --seed %zu",
                 1 + trial * 7 % 50, 1 + trial * 3 % 20, 1 + trial % 30, trial);
        pl_table *t = run_preset(ctx, program, preset);
        for (size_t i = 0; i < pl_table_rows(t); i++)
            if (result_at(t, "applies", i) > 0) {
                inside++;
                ck_assert_double_ge(result_at(t, "bound", i),
                                    result_at(t, "supervised", i) - 1e-12);
                ck_assert_double_ge(result_at(t, "bound_without_bias", i),
                                    result_at(t, "surrogate", i) - 1e-12);
            }
        pl_table_free(t);
    }
    ck_assert_uint_ge(inside, 50); /* the test has something to say */
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if the minimum left [aligned, anti-collapse]'s lower envelope, or lambda_1 were off: just
 * below it the aligned simplex is the minimum, just above it is not; the same at lambda = 2. */
START_TEST(phases_change_where_they_should) {
    pl_ctx *ctx = pl_ctx_new();
    for (size_t n = 2; n <= 8192; n *= 64)
        for (double alpha = 0.25; alpha < 20; alpha *= 3) {
            char preset[160];
            /* more pairs than the optimiser takes, but for the smallest */
            snprintf(preset, sizeof preset,
                     "--part phases --starts 1 --batch %zu --alpha %g "
                     "--lambda 0.5",
                     n, alpha);
            double first = result_of(ctx, program, preset, "lambda_1");
            ck_assert_double_gt(first, 0.99);
            ck_assert_double_lt(first, 2);
            snprintf(preset, sizeof preset,
                     "--part phases --starts 1 --batch %zu --alpha %g --lambda %.17g,%.17g,2.01", n,
                     alpha, first * (1 - 1e-9), first + 0.01 * (2 - first));
            pl_table *t = run_preset(ctx, program, preset);
            ck_close(result_at(t, "mean_positive", 0), 1, 0);
            ck_assert_double_lt(result_at(t, "mean_positive", 1), 1);
            ck_close(result_at(t, "mean_positive", 2), -1, 0);
            for (size_t i = 0; i < 3; i++)
                ck_rel(result_at(t, "searched", i), result_at(t, "minimum", i), 1e-12);
            pl_table_free(t);
        }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a constructed configuration were not a point of the loss with psi's value, or random
 * starts found a lower one. */
START_TEST(no_free_features_lie_below_psi) {
    pl_ctx *ctx = pl_ctx_new();
    for (size_t trial = 0; trial < 3 * test_effort(); trial++) {
        char preset[160];
        snprintf(preset, sizeof preset,
                 "--part phases --starts 1 --batch %zu --alpha %g --lambda 0.7,1.6,3 --seed %zu",
                 3 + trial % 4, 0.5 + (double)trial, trial);
        pl_table *t = run_preset(ctx, program, preset);
        for (size_t i = 0; i < 3; i++) {
            double minimum = result_at(t, "minimum", i);
            ck_close(result_at(t, "constructed", i), minimum, 1e-12 * (1 + fabs(minimum)));
            ck_assert_double_ge(result_at(t, "optimised", i), minimum - 1e-10);
            ck_close(result_at(t, "optimised", i), minimum, 1e-6);
        }
        pl_table_free(t);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if the limit were not an average over the encoder's law, or M stood for N. */
START_TEST(limit_of_noisy_pairs) {
    pl_ctx *ctx = pl_ctx_new();
    double a = pl_resultant(5, 12), c = pl_log_c(5, 3);
    pl_table *t = run_preset(ctx, program,
                             "--part limit --dim 5 --alpha 3 --lambda 0.7 --pairs vmf:12 --batch "
                             "1000,100000,10000000");
    ck_close(result_at(t, "limit", 0), -a + 0.7 / 3 * c, 1e-13);
    ck_close(result_at(t, "least", 0), -1 + 0.7 / 3 * c, 1e-13);
    ck_assert_double_lt(fabs(result_at(t, "deviation", 2)), 1e-5);
    /* O(1/M): two decades of N, two of the error */
    ck_close(result_at(t, "scaled_error", 1), result_at(t, "scaled_error", 2),
             0.01 * fabs(result_at(t, "scaled_error", 2)));
    pl_table_free(t);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if the optimum were beaten inside 0 < lambda <= n - 1, or not reached. */
START_TEST(optimum_is_reached_not_beaten) {
    pl_ctx *ctx = pl_ctx_new();
    pl_table *t = run_preset(ctx, program, "--part optimum --classes 5 --dim 4 --lambda 0.5,2,4");
    for (size_t i = 0; i < 3; i++) {
        ck_assert_double_ge(result_at(t, "optimised", i), result_at(t, "optimum", i) - 1e-11);
        ck_close(result_at(t, "optimised", i), result_at(t, "optimum", i), 1e-4);
    }
    pl_table_free(t);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if options without meaning gave numbers. */
START_TEST(bad_input_is_refused) {
    pl_ctx *ctx = pl_ctx_new();
    ck_refused(ctx, program, "--lambda 1,2", PL_EUSAGE, "takes one --lambda");
    ck_refused(ctx, program, "--part chain --data golden --lambda 1,2", PL_EUSAGE, "takes one");
    ck_refused(ctx, program, "--part phases --batch 4,8", PL_EUSAGE, "takes one --batch");
    ck_refused(ctx, program, "--part phases --batch 1", PL_EUSAGE, "batch");
    ck_refused(ctx, program, "--data population", PL_EUSAGE, "--part chain");
    ck_refused(ctx, program, "--part chain --data population --law uniform", PL_EUSAGE, "vmf:KC");
    ck_refused(ctx, program, "--part optimum --classes 10 --dim 8", PL_EDOMAIN, "--dim 9");
    ck_refused(ctx, program, "--alpha 0", PL_EUSAGE, "alpha");
    ck_refused(ctx, program, "--alpha -1", PL_EUSAGE, "alpha");
    ck_refused(ctx, program, "--lambda 0", PL_EUSAGE, "lambda");
    ck_refused(ctx, program, "--data golden --nu common", PL_EDOMAIN, "--nu min");
    ck_refused(ctx, program, "--part limit --search bias", PL_EUSAGE, "--part chain");
    ck_refused(ctx, program, "--search bias", PL_EUSAGE, "--part chain");
    ck_refused(ctx, program, "--part phases --features z.npy", PL_EUSAGE, "--part total");
    ck_refused(ctx, program, "--part optimum --save z.npy", PL_EUSAGE, "--search");
    ck_refused(ctx, program, "--part what", PL_EUSAGE, "part");
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a result depended on the number of threads. */
START_TEST(same_bits_for_any_number_of_threads) {
    static const char *const presets[] = {"--data golden", "--part chain --data golden",
                                          "--part phases --batch 6 --lambda 1.7",
                                          "--part optimum --classes 4 --dim 5"};
    for (size_t p = 0; p < TEST_COUNT(presets); p++) {
        pl_text text[2] = {{0}, {0}};
        for (int i = 0; i < 2; i++) {
            pl_ctx *ctx = pl_ctx_new();
            pl_set_threads(ctx, 1 + 2 * i);
            pl_table *t = run_preset(ctx, program, presets[p]);
            pl_table_csv(t, &text[i]);
            pl_table_free(t);
            pl_ctx_free(ctx);
        }
        ck_assert_str_eq(pl_text_get(&text[0]), pl_text_get(&text[1]));
        pl_text_free(&text[0]);
        pl_text_free(&text[1]);
    }
}
END_TEST

START_TEST(every_failed_allocation_is_survived) {
    survives_failed_allocations(program, "--data golden", 900, 1);
    survives_failed_allocations(program, "--part chain --data golden", 900, 1);
    survives_failed_allocations(program, "--part chain --data population --dim 5", 500, 1);
    survives_failed_allocations(program, "--part limit --dim 3 --batch 16", 900, 1);
    survives_failed_allocations(program, "--part phases --batch 3 --lambda 1 --starts 1", 9000, 97);
    survives_failed_allocations(program, "--part optimum --classes 3 --dim 3 --starts 1", 900, 7);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {total_is_the_sum_of_the_bounds,
                                  chain_holds_with_the_bias_term,
                                  phases_change_where_they_should,
                                  no_free_features_lie_below_psi,
                                  limit_of_noisy_pairs,
                                  optimum_is_reached_not_beaten,
                                  bad_input_is_refused,
                                  same_bits_for_any_number_of_threads,
                                  every_failed_allocation_is_survived};
    return test_main("bounds/balance", tests, TEST_COUNT(tests));
}
