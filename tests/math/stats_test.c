#include "math/stats.h"

#include <float.h>
#include <gsl/gsl_cdf.h>

#include "math/random.h"
#include "tests/support.h"

enum { LONG = 1000000 };

static double *numbers(size_t n) {
    double *x = malloc(n * sizeof *x);
    ck_assert_ptr_nonnull(x);
    return x;
}

/* Fails if the sum were taken from one end: 10^6 times 0.1 then loses seven digits, pairwise at
 * most one unit a level. */
START_TEST(sum_is_pairwise) {
    double *x = numbers(LONG);
    for (size_t i = 0; i < LONG; i++)
        x[i] = 0.1;
    ck_rel(pl_sum(x, LONG), 1e5, 30 * DBL_EPSILON);
    for (size_t i = 0; i < LONG; i++) /* 1 - 1/2 + 1/3 - ... */
        x[i] = (i % 2 ? -1 : 1) / ((double)i + 1);
    ck_close(pl_sum(x, LONG), log(2) - 0.5 / LONG, 1e-12);
    ck_assert(pl_sum(x, 0) == 0);
    ck_assert(pl_sum(x, 1) == 1);
    free(x);
}
END_TEST

/* Fails if an element were left out or taken twice at any length: small whole numbers add exactly.
 */
START_TEST(sum_takes_every_element_once) {
    double x[200];
    for (size_t i = 0; i < 200; i++)
        x[i] = (double)(i + 1);
    for (size_t n = 0; n <= 200; n++) {
        ck_assert(pl_sum(x, n) == (double)(n * (n + 1) / 2));
        if (n > 1)
            ck_rel(pl_variance(x, n), (double)(n * (n + 1)) / 12, 1e-14);
    }
}
END_TEST

/* Fails if the variance cancelled under a large offset, or divided by n. Mean and offset are not
 * numbers of the same binade, so that the mean is rounded. */
START_TEST(variance_under_a_large_offset) {
    const double offsets[] = {0, 1e3, 1e9, 1e12, 1e15};
    for (size_t o = 0; o < TEST_COUNT(offsets); o++) {
        double x[1000];
        for (size_t i = 0; i < 1000; i++) /* 0, 1, 2, 3, ... 8, 0, ...: exact with any offset */
            x[i] = offsets[o] + (double)(i % 9);
        /* 111 full rounds of 0..8 and a last 0: sum 3996, squares 22644 */
        ck_rel(pl_variance(x, 1000), (22644 - 3996.0 * 3996.0 / 1000) / 999, 1e-13);
        ck_rel(pl_mean(x, 1000), offsets[o] + 3.996, 1e-14);
    }
    double one = 7;
    ck_assert(isnan(pl_variance(&one, 1)));
}
END_TEST

/* Fails if a quantile were of the other tail or one-sided: the closed forms of t with one, two and
 * four degrees of freedom, and the normal one. */
START_TEST(quantiles) {
    const double ps[] = {1e-12, 1e-6, 0.005, 0.025, 0.3, 0.5, 0.75, 0.975, 0.9995, 1 - 0x1p-30};
    for (size_t i = 0; i < TEST_COUNT(ps); i++) {
        double p = ps[i], tail = fmin(p, 1 - p), four = 4 * tail * (1 - tail);
        double sign = p < 0.5 ? -1 : p > 0.5 ? 1 : 0;
        ck_close(pl_t_quantile(p, 1), sign / tan(M_PI * tail), 1e-14 / tail);
        ck_close(pl_t_quantile(p, 2), sign * (1 - 2 * tail) / sqrt(four / 2),
                 1e-12 * fabs(pl_t_quantile(p, 2)));
        double q = cos(acos(sqrt(four)) / 3) / sqrt(four);
        ck_close(pl_t_quantile(p, 4), sign * 2 * sqrt(fmax(q - 1, 0)),
                 1e-10 * fabs(pl_t_quantile(p, 4)) + 1e-7 * (sign == 0));
        ck_close(pl_t_quantile(p, 1e9), pl_normal_quantile(p), 1e-6);
    }
    ck_close(pl_normal_quantile(0.975), 1.959963984540054, 1e-14);
    ck_close(pl_t_quantile(0.975, 10), 2.228138851964939, 1e-10); /* printed tables: 2.228 */
}
END_TEST

/* Fails if the interval of a mean were not mean -+ t sd/sqrt(n). {1, 2, 3}: 2 -+ t_2 / sqrt 3. */
START_TEST(mean_interval) {
    double x[] = {1, 2, 3}, t = 0.95 / sqrt(2 * 0.025 * 0.975); /* t_2 at two-sided 95 % */
    pl_interval i = pl_mean_interval(x, 3, 0.95);
    ck_close(i.lo, 2 - t / sqrt(3), 1e-12);
    ck_close(i.hi, 2 + t / sqrt(3), 1e-12);
}
END_TEST

/* Fails if the interval of a proportion were not Clopper and Pearson's: closed forms at the ends,
 * published values for 5 of 10, and everywhere the definition, by binomial tails: the chance of so
 * many hits or more is (1 - level)/2 at lo, of so many or fewer at hi. n = 10^5 is where the
 * inverse Beta of GSL gives no number. */
START_TEST(proportion_interval) {
    pl_interval i = pl_proportion_interval(0, 10, 0.95);
    ck_close(i.lo, 0, 0);
    ck_close(i.hi, 1 - pow(0.025, 0.1), 1e-14);
    i = pl_proportion_interval(10, 10, 0.95);
    ck_close(i.lo, pow(0.025, 0.1), 1e-14);
    ck_close(i.hi, 1, 0);
    i = pl_proportion_interval(5, 10, 0.95);
    ck_close(i.lo, 0.1870860, 1e-7);
    ck_close(i.hi, 0.8129140, 1e-7);
    i = pl_proportion_interval(0, 0, 0.95);
    ck_assert(i.lo == 0 && i.hi == 1);
    i = pl_proportion_interval(1, 1000000, 0.95); /* lo = 1 - 0.975^(1/n) */
    ck_rel(i.lo, -expm1(log(0.975) / 1e6), 1e-11);

    const unsigned ns[] = {1, 2, 7, 10, 100, 1000, 10000, 100000};
    const double levels[] = {0.5, 0.95, 0.999, 1 - 1e-9};
    for (size_t a = 0; a < TEST_COUNT(ns); a++)
        for (size_t b = 0; b < TEST_COUNT(levels); b++)
            for (unsigned k = 0; k <= ns[a]; k += 1 + ns[a] / 7) {
                double tail = (1 - levels[b]) / 2;
                i = pl_proportion_interval(k, ns[a], levels[b]);
                if (k > 0)
                    ck_rel(gsl_cdf_binomial_Q(k - 1, i.lo, ns[a]), tail, 1e-6);
                if (k < ns[a])
                    ck_rel(gsl_cdf_binomial_P(k, i.hi, ns[a]), tail, 1e-6);
                ck_assert(i.lo <= k / (double)ns[a] && k / (double)ns[a] <= i.hi);
            }
    /* far beyond GSL: the normal approximation, good to 1/n */
    i = pl_proportion_interval(30000000, 100000000, 0.95);
    ck_close(i.lo, 0.3 - 1.96 * sqrt(0.21 / 1e8), 2e-8);
    ck_close(i.hi, 0.3 + 1.96 * sqrt(0.21 / 1e8), 2e-8);
}
END_TEST

/* Fails if a weight were 1/se instead of 1/se^2, or the standard error another than
 * 1/sqrt(sum w (x - mean)^2): by hand, x = 0, 1, 2, y = 0, 1, 4, w = 1, 4, 1. Unweighted: slope 2,
 * residuals 1/3, -2/3, 1/3, se = sqrt(2/3/2). */
START_TEST(slope_by_hand) {
    pl_ctx *ctx = pl_ctx_new();
    const double x[] = {0, 1, 2}, y[] = {0, 1, 4}, se[] = {1, 0.5, 1};
    double slope, slope_se;
    ck_ok(ctx, pl_slope(ctx, x, y, NULL, 3, &slope, &slope_se));
    ck_close(slope, 2, 1e-15);
    ck_close(slope_se, sqrt(1.0 / 3), 1e-15);
    ck_ok(ctx, pl_slope(ctx, x, y, se, 3, &slope, &slope_se));
    ck_close(slope, 2, 1e-15);
    ck_close(slope_se, 1 / sqrt(2), 1e-15);
    /* w = 1, 1, 4: mean x 1.5, mean y 17/6; xx 3.5, xy 7.5 */
    const double last[] = {1, 1, 0.5};
    ck_ok(ctx, pl_slope(ctx, x, y, last, 3, &slope, &slope_se));
    ck_close(slope, 7.5 / 3.5, 1e-15);
    ck_close(slope_se, 1 / sqrt(3.5), 1e-15);
    /* two points lie on their line */
    ck_ok(ctx, pl_slope(ctx, x + 1, y + 1, NULL, 2, &slope, &slope_se));
    ck_assert(slope == 3 && slope_se == 0);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if the slope moved with an offset of x or y or with the unit of the standard errors, even
 * an extreme one whose weights overflow. */
START_TEST(slope_invariances) {
    enum { N = 40 };
    pl_ctx *ctx = pl_ctx_new();
    double x[N], y[N], se[N], far[N], high[N], unit[N], slope, slope_se, other, other_se;
    pl_stream s = {61, 0, 0};
    for (size_t i = 0; i < N; i++) {
        x[i] = (double)i / 8;
        y[i] = 2 - 3 * x[i] + pl_stream_normal(s, i);
        se[i] = 0.5 + pl_stream_uniform(s, 100 + i);
        far[i] = x[i] + 0x1p30;
        high[i] = y[i] - 1e6;
    }
    ck_ok(ctx, pl_slope(ctx, x, y, se, N, &slope, &slope_se));
    ck_ok(ctx, pl_slope(ctx, far, high, se, N, &other, &other_se));
    ck_close(other, slope, 1e-8);
    ck_rel(other_se, slope_se, 1e-12);
    for (double scale = 1e-280; scale < 1e300; scale *= 1e140) {
        for (size_t i = 0; i < N; i++)
            unit[i] = scale * se[i];
        ck_ok(ctx, pl_slope(ctx, x, y, unit, N, &other, &other_se));
        ck_rel(other, slope, 1e-12);
        ck_rel(other_se, scale * slope_se, 1e-12);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if the reported standard error were not the spread of the slope over repeated data. */
START_TEST(slope_error_is_its_spread) {
    enum { N = 12, TIMES = 4000 };
    pl_ctx *ctx = pl_ctx_new();
    double x[N], y[N], se[N], slopes[TIMES], slope_se = 0;
    for (size_t t = 0; t < TIMES; t++) {
        for (size_t i = 0; i < N; i++) {
            x[i] = (double)i;
            se[i] = i % 3 ? 1 : 0.2;
            y[i] = 0.7 * x[i] + se[i] * pl_stream_normal((pl_stream){62, 0, t}, i);
        }
        ck_ok(ctx, pl_slope(ctx, x, y, se, N, &slopes[t], &slope_se));
    }
    ck_close(pl_mean(slopes, TIMES), 0.7, 5 * slope_se / sqrt(TIMES));
    ck_rel(sqrt(pl_variance(slopes, TIMES)), slope_se, 5 / sqrt(2.0 * TIMES));
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if bad points went through, if the sentence did not name the point, or if an output were
 * touched. Three times 0.1 has a mean that is not 0.1: rounding must not pass for spread. */
START_TEST(slope_refuses) {
    pl_ctx *ctx = pl_ctx_new();
    double x[] = {0.1, 0.1, 0.1}, y[] = {1, 2, 3}, se[] = {1, 1, 0}, slope = 5, slope_se = 6;
    ck_fails(ctx, pl_slope(ctx, x, y, NULL, 1, &slope, &slope_se), PL_ESHAPE, "not 1");
    ck_fails(ctx, pl_slope(ctx, x, y, NULL, 3, &slope, &slope_se), PL_EDOMAIN, "must differ");
    x[2] = 1;
    ck_fails(ctx, pl_slope(ctx, x, y, se, 3, &slope, &slope_se), PL_EDOMAIN,
             "point 2 of a slope has standard error 0");
    se[2] = INFINITY;
    ck_fails(ctx, pl_slope(ctx, x, y, se, 3, &slope, &slope_se), PL_EDOMAIN, "point 2");
    y[1] = NAN;
    ck_fails(ctx, pl_slope(ctx, x, y, NULL, 3, &slope, &slope_se), PL_EDOMAIN, "point 1");
    ck_assert(slope == 5 && slope_se == 6);
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {sum_is_pairwise,
                                  sum_takes_every_element_once,
                                  variance_under_a_large_offset,
                                  quantiles,
                                  mean_interval,
                                  proportion_interval,
                                  slope_by_hand,
                                  slope_invariances,
                                  slope_error_is_its_spread,
                                  slope_refuses};
    return test_main("math/stats", tests, TEST_COUNT(tests));
}
