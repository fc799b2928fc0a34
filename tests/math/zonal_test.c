#include "math/zonal.h"

#include "math/sphere.h"
#include "math/stats.h"
#include "tests/support.h"

static double power(double s, const void *arg) {
    return pow(s, *(const double *)arg);
}

static double exponential(double s, const void *arg) {
    return exp(*(const double *)arg * s);
}

/* exp(kappa (s - 1)): what does not overflow. */
static double scaled(double s, const void *arg) {
    return exp(*(const double *)arg * (s - 1));
}

static double moment(const pl_zonal *rule, double m) {
    return pl_zonal_mean(rule, power, &m);
}

static void well_formed(const pl_zonal *rule) {
    ck_assert_uint_gt(rule->n, 0);
    ck_close(pl_sum(rule->w, rule->n), 1, 1e-14);
    for (size_t i = 0; i < rule->n; i++)
        ck_assert(rule->w[i] > 0 && fabs(rule->s[i]) <= 1);
}

static const size_t dims[] = {2, 3, 4, 5, 8, 17, 128, 129, 512, 1023, 4096};

/* Fails if the weight were another power than (1 - s^2)^{(d-3)/2}: E s^2 = 1/d,
 * E s^4 = 3/(d(d+2)), E s^6 = 15/(d(d+2)(d+4)), odd moments 0. */
START_TEST(uniform_moments) {
    pl_ctx *ctx = pl_ctx_new();
    for (size_t i = 0; i < TEST_COUNT(dims); i++) {
        pl_zonal rule;
        double d = (double)dims[i];
        ck_ok(ctx, pl_zonal_new(ctx, dims[i], 0, &rule));
        well_formed(&rule);
        for (double odd = 1; odd < 6; odd += 2)
            ck_close(moment(&rule, odd), 0, 1e-15);
        ck_rel(moment(&rule, 2), 1 / d, 4e-14);
        ck_rel(moment(&rule, 4), 3 / (d * (d + 2)), 8e-14);
        ck_rel(moment(&rule, 6), 15 / (d * (d + 2) * (d + 4)), 1.2e-13);
        pl_zonal_free(&rule);
        ck_assert(rule.n == 0 && !rule.s && !rule.w);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* e^{kappa s}/c(d, kappa), by two logarithms. */
static double relative_to_c(double s, const void *arg) {
    const double *kappa_and_log_c = arg;
    return exp(kappa_and_log_c[0] * s - kappa_and_log_c[1]);
}

/* Fails if E e^{kappa s} were not c(d, kappa), even where kappa lifts a tail of the law that is
 * 1e-60 of its peak (d = 128, kappa = 1000). */
START_TEST(uniform_laplace_transform) {
    pl_ctx *ctx = pl_ctx_new();
    const double kappas[] = {0.1, 2, 10, 100, 1000};
    for (size_t i = 0; i < TEST_COUNT(dims); i++)
        for (size_t j = 0; j < TEST_COUNT(kappas); j++) {
            pl_zonal rule;
            double arg[] = {kappas[j], pl_log_c((double)dims[i], kappas[j])};
            ck_ok(ctx, pl_zonal_new_fine(ctx, dims[i], 0, 512, &rule));
            ck_close(pl_zonal_mean(&rule, relative_to_c, arg), 1, 1e-14 * (20 + kappas[j]));
            pl_zonal_free(&rule);
        }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if the law of u.v, u ~ vMF(v, k), had another mean than A or another second moment than
 * 1 - (d-1) A/k; (128, 1000) is where 256 nodes are wrong by 3e-9. */
START_TEST(vmf_moments) {
    pl_ctx *ctx = pl_ctx_new();
    const double ks[] = {1e-3, 1, 5, 20, 100, 1000, 1e4, 1e6};
    for (size_t i = 0; i < TEST_COUNT(dims); i++)
        for (size_t j = 0; j < TEST_COUNT(ks); j++) {
            pl_zonal rule;
            double d = (double)dims[i], a = pl_resultant(d, ks[j]);
            ck_ok(ctx, pl_zonal_new(ctx, dims[i], ks[j], &rule));
            well_formed(&rule);
            ck_close(moment(&rule, 1), a, 1e-13);
            ck_close(moment(&rule, 2), ks[j] < 0.1 ? 1 / d : 1 - (d - 1) * a / ks[j],
                     ks[j] < 0.1 ? 1e-6 / d : 2e-13);
            pl_zonal_free(&rule);
        }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if the published views' means were missed: A of the reference values. */
static void mean_of_views(const golden_value *v) {
    pl_ctx *ctx = pl_ctx_new();
    pl_zonal rule;
    ck_ok(ctx, pl_zonal_new(ctx, (size_t)golden_number(v, "dim", 0),
                            golden_number(v, "view_concentration", NAN), &rule));
    ck_close(-moment(&rule, 1), v->number, v->tolerance);
    pl_zonal_free(&rule);
    pl_ctx_free(ctx);
}

START_TEST(vmf_reference_means) {
    ck_assert_uint_eq(golden_each("bounds.json", "LEE25.THM1.AVG", "mean_lhs", mean_of_views), 4);
}
END_TEST

/* Fails if the oblique law were off: E_{u~vMF(mu,k)} e^{kv u.v} = c(|kv v + k mu|)/c(k), and its
 * mean r A(k); r = 1 must be the law about the mean itself. */
START_TEST(tilted_law) {
    pl_ctx *ctx = pl_ctx_new();
    const size_t ds[] = {2, 3, 4, 8, 33, 128};
    const double ks[] = {0.5, 5, 60, 500}, kvs[] = {0.1, 2, 10}, rs[] = {-1, -0.9, 0, 0.3, 1};
    for (size_t a = 0; a < TEST_COUNT(ds); a++)
        for (size_t b = 0; b < TEST_COUNT(ks); b++)
            for (size_t e = 0; e < TEST_COUNT(rs); e++) {
                pl_zonal rule;
                double d = (double)ds[a], k = ks[b], r = rs[e];
                ck_ok(ctx, pl_zonal_new_tilted(ctx, ds[a], k, r, &rule));
                well_formed(&rule);
                ck_close(moment(&rule, 1), r * pl_resultant(d, k), 2e-13);
                for (size_t c = 0; c < TEST_COUNT(kvs); c++) {
                    double kv = kvs[c], sum = sqrt(kv * kv + k * k + 2 * kv * k * r);
                    ck_close(log(pl_zonal_mean(&rule, exponential, &kv)),
                             pl_log_c(d, sum) - pl_log_c(d, k), 2e-12);
                }
                pl_zonal_free(&rule);
            }
    pl_ctx_free(ctx);
}
END_TEST

static double legendre3(double s, const void *arg) {
    (void)arg;
    return (5 * s * s * s - 3 * s) / 2;
}

static double chebyshev(double s, const void *arg) {
    return cos(*(const double *)arg * acos(s));
}

/* Fails if P_n were not the orthogonal polynomials of the weight: <P_3, P_n> on S^2 is
 * delta/(2n+1); on the circle P_n = T_n and <T_n, T_n> = 1/2; E P_n^2 = 1/dim of the harmonics, by
 * P_2 = (d s^2 - 1)/(d - 1): E s^2 P_2 = (2/d)/(d + 2). */
START_TEST(gegenbauer_is_orthogonal) {
    pl_ctx *ctx = pl_ctx_new();
    pl_zonal rule;
    ck_ok(ctx, pl_zonal_new(ctx, 3, 0, &rule));
    for (size_t n = 0; n < 12; n++)
        ck_close(pl_zonal_coefficient(&rule, 3, n, legendre3, NULL), n == 3 ? 1.0 / 7 : 0, 1e-15);
    pl_zonal_free(&rule);
    ck_ok(ctx, pl_zonal_new(ctx, 2, 0, &rule));
    for (double m = 1; m < 30; m += 7)
        for (size_t n = 0; n < 40; n++)
            ck_close(pl_zonal_coefficient(&rule, 2, n, chebyshev, &m), n == (size_t)m ? 0.5 : 0,
                     1e-13);
    pl_zonal_free(&rule);
    for (size_t i = 0; i < TEST_COUNT(dims); i++) {
        double d = (double)dims[i], two = 2;
        ck_ok(ctx, pl_zonal_new(ctx, dims[i], 0, &rule));
        ck_close(pl_zonal_coefficient(&rule, dims[i], 0, power, &two), 1 / d, 1e-14);
        ck_close(pl_zonal_coefficient(&rule, dims[i], 1, power, &two), 0, 1e-15);
        ck_rel(pl_zonal_coefficient(&rule, dims[i], 2, power, &two), 2 / (d * (d + 2)), 1e-11);
        ck_close(pl_zonal_coefficient(&rule, dims[i], 4, power, &two), 0, 1e-15);
        pl_zonal_free(&rule);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a coefficient of the Gaussian potential e^{-2t(1-s)} missed its reference value. */
static void coefficient(const golden_value *v) {
    pl_ctx *ctx = pl_ctx_new();
    pl_zonal rule;
    size_t d = (size_t)golden_number(v, "dim", 0), order = (size_t)golden_number(v, "order", 0);
    double t2 = 2 * golden_number(v, "t", NAN);
    if (d >= 2 && isfinite(t2) && !v->expected) {
        ck_ok(ctx, pl_zonal_new(ctx, d, 0, &rule));
        ck_close(pl_zonal_coefficient(&rule, d, order, scaled, &t2), v->number,
                 v->tolerance + 1e-15);
        pl_zonal_free(&rule);
    }
    pl_ctx_free(ctx);
}

START_TEST(gaussian_coefficients) {
    ck_assert_uint_ge(golden_each("bounds.json", "WANG20.PROP1", "zonal_coefficient", coefficient),
                      4);
}
END_TEST

/* Fails if P(u.v < 0) were the near side's, or lost the digits of a small one: 1/(1 + e^k) for d =
 * 3 (relative, down to e^-700), 1/2 for k = 0, and by the reference values. */
static void violation(const golden_value *v) {
    pl_ctx *ctx = pl_ctx_new();
    double p, d = golden_number(v, "dim", NAN), k = golden_number(v, "view_concentration", NAN);
    ck_ok(ctx, pl_far_hemisphere(ctx, (size_t)d, k, &p));
    ck_close(p, v->number, v->tolerance);
    pl_ctx_free(ctx);
}

START_TEST(far_hemisphere) {
    pl_ctx *ctx = pl_ctx_new();
    double p, before;
    for (double k = 1e-3; k < 700; k *= 1.5) {
        ck_ok(ctx, pl_far_hemisphere(ctx, 3, k, &p));
        ck_rel(p, exp(-k) / (1 + exp(-k)), 2e-14);
    }
    for (size_t i = 0; i < TEST_COUNT(dims); i++) {
        ck_ok(ctx, pl_far_hemisphere(ctx, dims[i], 0, &before));
        ck_close(before, 0.5, 1e-14);
        for (double k = 0.1; k < 1000; k *= 2, before = p) {
            ck_ok(ctx, pl_far_hemisphere(ctx, dims[i], k, &p));
            ck_assert(p >= 0 && (p < before || p == 0));
        }
    }
    ck_assert_uint_eq(golden_each("bounds.json", "LEE25.THM1", "violation_probability", violation),
                      3);
    ck_fails(ctx, pl_far_hemisphere(ctx, 1, 1, &p), PL_EDOMAIN, "dimension >= 2");
    ck_fails(ctx, pl_far_hemisphere(ctx, 3, -1, &p), PL_EDOMAIN, "-1");
    pl_ctx_free(ctx);
}
END_TEST

static size_t compared;

/* E |u - v|^p by the reference values: uniform features, and alignment of vMF pairs. */
static void distance(const golden_value *v) {
    pl_ctx *ctx = pl_ctx_new();
    double mean, d = golden_number(v, "dim", NAN), k = golden_number(v, "pair_concentration", 0);
    bool squared = strcmp(v->quantity, "mean_squared_distance") == 0;
    bool uniform = strcmp(golden_text(v, "law", ""), "uniform") == 0;
    if (uniform && isfinite(d)) {
        ck_ok(ctx, pl_distance_mean(ctx, (size_t)d, k, golden_number(v, "power", squared ? 2 : 1),
                                    &mean));
        ck_close(mean, v->number, v->tolerance);
        compared++;
    }
    pl_ctx_free(ctx);
}

START_TEST(distance_reference_values) {
    compared = 0;
    golden_each("bounds.json", "WANG20.EUCL", "mean_distance", distance);
    golden_each("bounds.json", "WANG20.EUCL", "mean_squared_distance", distance);
    golden_each("bounds.json", "WANG20.THM1.1", "alignment", distance);
    ck_assert_uint_eq(compared, 3 + 1 + 7);
}
END_TEST

/* E |u-v|^p over sigma is 2^{p+d-2} Gamma(d/2) Gamma((p+d-1)/2) / (sqrt(pi) Gamma(d-1+p/2)): the
 * Beta integral of the density. Fails where a small power is not smooth at 0. */
START_TEST(distance_closed_forms) {
    pl_ctx *ctx = pl_ctx_new();
    const double powers[] = {0.01, 0.3, 0.5, 1, 1.7, 2, 3, 10};
    double mean;
    for (size_t i = 0; i < TEST_COUNT(dims); i++)
        for (size_t j = 0; j < TEST_COUNT(powers); j++) {
            double d = (double)dims[i], p = powers[j];
            double want = exp((p + d - 2) * log(2) + lgamma(d / 2) + lgamma((p + d - 1) / 2) -
                              lgamma(d - 1 + p / 2) - log(M_PI) / 2);
            ck_ok(ctx, pl_distance_mean(ctx, dims[i], 0, p, &mean));
            ck_rel(mean, want, 1e-12 + 1e-15 * d * log(d));
            for (double k = 0.1; k < 1e7; k *= 10) { /* E |u-v|^2 = 2 - 2A, E |u-v|^4 by E w^2 */
                double a = pl_resultant(d, k);
                ck_ok(ctx, pl_distance_mean(ctx, dims[i], k, 2, &mean));
                ck_close(mean, 2 - 2 * a, 1e-12 * mean + 1e-14);
                ck_ok(ctx, pl_distance_mean(ctx, dims[i], k, 4, &mean));
                ck_close(mean, 4 * (1 - 2 * a + 1 - (d - 1) * a / k), 1e-12 * mean + 1e-13);
                if (j > 0)
                    break;
            }
        }
    /* far out the law is a chi of d - 1 degrees of freedom: E |u-v| sqrt(k) -> its mean */
    ck_ok(ctx, pl_distance_mean(ctx, 3, 1e6, 1, &mean));
    ck_rel(mean * 1e3, sqrt(M_PI / 2), 1e-6);
    ck_fails(ctx, pl_distance_mean(ctx, 1, 1, 1, &mean), PL_EDOMAIN, "dimension");
    ck_fails(ctx, pl_distance_mean(ctx, 3, INFINITY, 1, &mean), PL_EDOMAIN, "inf");
    ck_fails(ctx, pl_distance_mean(ctx, 3, 1, 0, &mean), PL_EDOMAIN, "power");
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if `least` were not kept to, if a law outside the domain were built, or if the output were
 * touched. */
START_TEST(domain_and_size) {
    pl_ctx *ctx = pl_ctx_new();
    pl_zonal rule = {.n = 77};
    ck_fails(ctx, pl_zonal_new(ctx, 1, 0, &rule), PL_EDOMAIN, "dimension >= 2");
    ck_fails(ctx, pl_zonal_new(ctx, 3, -2, &rule), PL_EDOMAIN, "-2");
    ck_fails(ctx, pl_zonal_new(ctx, 3, NAN, &rule), PL_EDOMAIN, "concentration");
    ck_fails(ctx, pl_zonal_new_tilted(ctx, 3, 1, 1.1, &rule), PL_EDOMAIN, "1.1");
    ck_fails(ctx, pl_zonal_new_fine(ctx, 3, 1, SIZE_MAX, &rule), PL_EDOMAIN, "nodes");
    ck_fails(ctx, pl_zonal_new(ctx, 2, 1e12, &rule), PL_ENOCONV, "lower the concentration");
    ck_assert_uint_eq(rule.n, 77);
    for (size_t d = 2; d < 4; d++) {
        ck_ok(ctx, pl_zonal_new_fine(ctx, d, 0, 5000, &rule));
        ck_assert_uint_ge(rule.n, 5000);
        pl_zonal_free(&rule);
    }
    pl_ctx_free(ctx);
}
END_TEST

static pl_status far_side(pl_ctx *ctx) {
    double p = -1;
    pl_status status = pl_far_hemisphere(ctx, 8, 3, &p);
    ck_assert((status == PL_OK) == (p >= 0));
    return status;
}

static pl_status mean_distance(pl_ctx *ctx) {
    double x = -1;
    pl_status status = pl_distance_mean(ctx, 8, 3, 1, &x);
    ck_assert((status == PL_OK) == (x >= 0));
    return status;
}

static pl_status new_rule(pl_ctx *ctx) {
    pl_zonal rule = {0};
    pl_status status = pl_zonal_new(ctx, 5, 40, &rule);
    ck_assert((status == PL_OK) == (rule.n > 0));
    pl_zonal_free(&rule);
    return status;
}

static pl_status new_tilted(pl_ctx *ctx) {
    pl_zonal rule = {0};
    pl_status status = pl_zonal_new_tilted(ctx, 4, 40, 0.5, &rule);
    ck_assert((status == PL_OK) == (rule.n > 0));
    pl_zonal_free(&rule);
    return status;
}

/* Fails (under a leak or address checker too) if an allocation's failure were lost or left memory
 * behind, at any k. */
START_TEST(allocation_failures) {
    pl_status (*const calls[])(pl_ctx *) = {far_side, mean_distance, new_rule, new_tilted};
    for (size_t i = 0; i < TEST_COUNT(calls); i++) {
        pl_ctx *ctx = pl_ctx_new();
        pl_status status = PL_ENOMEM;
        for (size_t k = 1; status != PL_OK; k++) {
            ck_assert_uint_lt(k, 100);
            pl_ctx_fail_allocation(ctx, k);
            status = calls[i](ctx);
            ck_assert(status == PL_OK || status == PL_ENOMEM);
            ck_assert(status == PL_ENOMEM || k > 2);
        }
        pl_ctx_free(ctx);
    }
}
END_TEST

int main(void) {
    const TTest *const tests[] = {uniform_moments,
                                  uniform_laplace_transform,
                                  vmf_moments,
                                  vmf_reference_means,
                                  tilted_law,
                                  gegenbauer_is_orthogonal,
                                  gaussian_coefficients,
                                  far_hemisphere,
                                  distance_reference_values,
                                  distance_closed_forms,
                                  domain_and_size,
                                  allocation_failures};
    return test_main("math/zonal", tests, TEST_COUNT(tests));
}
