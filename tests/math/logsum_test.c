#include "math/logsum.h"

#include "math/sphere.h"
#include "tests/support.h"

/* What a reference value speaks of, and the two laws it needs. */
typedef struct setting {
    double d, kappa, m, multiplicity, mean_positive; /* mean_positive: E s+ */
    bool with_positive, aligned;
    pl_zonal negative, positive;
} setting;

static size_t nodes(const setting *at) {
    return (size_t)(at->aligned && at->with_positive ? 60 * sqrt(at->kappa) : 12 * at->kappa);
}

static void setting_new(pl_ctx *ctx, setting *at, double pair_kappa) {
    ck_ok(ctx, pl_zonal_new_fine(ctx, (size_t)at->d, 0, nodes(at), &at->negative));
    at->mean_positive = 1;
    if (at->aligned)
        return;
    at->mean_positive = pl_resultant(at->d, pair_kappa);
    ck_ok(ctx, pl_zonal_new_fine(ctx, (size_t)at->d, pair_kappa, nodes(at), &at->positive));
}

static void setting_free(setting *at) {
    pl_zonal_free(&at->negative);
    pl_zonal_free(&at->positive);
}

static double mean_log(pl_ctx *ctx, const setting *at) {
    double mean;
    ck_ok(ctx, pl_logsum_mean(ctx, at->kappa, at->m, &at->negative, at->multiplicity,
                              at->aligned ? NULL : &at->positive, at->with_positive, &mean));
    return mean;
}

static size_t compared;

/* L = E log(...) - kappa E s+; D = L - log(negatives) - (log c - kappa E s+); uniform features. */
static void finite_m(const golden_value *v) {
    pl_ctx *ctx = pl_ctx_new();
    const char *loss = golden_text(v, "loss", ""), *pairs = golden_text(v, "pairs", "");
    double batch = golden_number(v, "batch_size", NAN), m = golden_number(v, "negatives", NAN);
    bool coupled = strcmp(loss, "ntxent") == 0 ||
                   json_is_true(json_object_get(v->parameters, "coupled_negatives"));
    setting at = {.d = golden_number(v, "dim", NAN),
                  .kappa = golden_number(v, "kappa", NAN),
                  .m = coupled ? batch - 1 : m,
                  .multiplicity = coupled ? 2 : 1,
                  .with_positive = strcmp(loss, "dcl") != 0,
                  .aligned = strcmp(pairs, "aligned") == 0};
    bool takes = strcmp(golden_text(v, "law", ""), "uniform") == 0 && isfinite(at.m) &&
                 isfinite(at.kappa) && strlen(loss) > 0;
    if (takes) {
        setting_new(ctx, &at, golden_number(v, "pair_concentration", 0));
        double got = mean_log(ctx, &at), total = at.m * at.multiplicity;
        double deviation = got - log(total) - pl_log_c(at.d, at.kappa);
        if (strcmp(v->quantity, "loss") == 0)
            got -= at.kappa * at.mean_positive;
        else if (strcmp(v->quantity, "deviation") == 0)
            got = deviation;
        else
            got = deviation * total;
        ck_assert_msg(fabs(got - v->number) <= v->tolerance,
                      "%s %s: %.17g, expected %.17g within %.2g (d = %g, kappa = %g, M = %g)",
                      v->claim, v->quantity, got, v->number, v->tolerance, at.d, at.kappa, at.m);
        setting_free(&at);
        compared++;
    }
    pl_ctx_free(ctx);
}

static size_t every(const char *claim) {
    compared = 0;
    golden_each("bounds.json", claim, "loss", finite_m);
    golden_each("bounds.json", claim, "deviation", finite_m);
    golden_each("bounds.json", claim, "scaled_deviation", finite_m);
    return compared;
}

/* Fails if the exact loss of aligned uniform features were off at any M from 1 to 10^6, or at
 * kappa = 1024 (the control of THM1.LIM). */
START_TEST(infonce_table) {
    ck_assert_uint_ge(every("WANG20.THM1.RATE"), 67 + 67 + 63);
    ck_assert_uint_eq(every("WANG20.THM1.LIM"), 4);
}
END_TEST

/* Fails if noisy positives entered otherwise than through psi. */
START_TEST(noisy_pairs_table) {
    ck_assert_uint_eq(every("WANG20.MI"), 32);
}
END_TEST

/* Fails if the sum without its positive, single or in couples, were cut off at e^6 as with it. */
START_TEST(dcl_table) {
    ck_assert_uint_ge(every("WANG20.THM1.DCL"), 26 + 6);
}
END_TEST

/* Fails if the multiplicity of NT-Xent's couples were taken for more independent negatives. */
START_TEST(ntxent_table) {
    ck_assert_uint_ge(every("WANG20.THM1.NTX"), 16);
}
END_TEST

/* Fails if vMF features, whose negatives have the tilted law of each anchor, did not reach their
 * M D_M -> C1 (reference values) with M = 10^8, where C2/M is a thousandth of it. */
static void vmf_features(const golden_value *v) {
    double d = golden_number(v, "dim", NAN), kappa = golden_number(v, "kappa", NAN);
    double kc = golden_number(v, "law_concentration", NAN), m = 1e8, deviation = 0;
    if (strcmp(golden_text(v, "law", ""), "vmf") != 0)
        return;
    pl_ctx *ctx = pl_ctx_new();
    pl_set_threads(ctx, 1); /* many short integrals */
    pl_zonal anchors, negative;
    ck_ok(ctx, pl_zonal_new(ctx, (size_t)d, kc, &anchors));
    for (size_t i = 0; i < anchors.n; i++) {
        double r = anchors.s[i], mean;
        if (anchors.w[i] < 1e-16)
            continue;
        ck_ok(ctx, pl_zonal_new_tilted(ctx, (size_t)d, kc, r, &negative));
        ck_ok(ctx, pl_logsum_mean(ctx, kappa, m, &negative, 1, NULL, true, &mean));
        double log_u = pl_log_c(d, sqrt(kappa * kappa + kc * kc + 2 * kappa * kc * r));
        deviation += anchors.w[i] * (mean - log(m) - log_u + pl_log_c(d, kc));
        pl_zonal_free(&negative);
    }
    ck_rel(m * deviation, v->number, 2e-3);
    pl_zonal_free(&anchors);
    pl_ctx_free(ctx);
    compared++;
}

START_TEST(vmf_features_reach_c1) {
    compared = 0;
    golden_each("bounds.json", "WANG20.THM1.RATE", "c1", vmf_features);
    ck_assert_uint_ge(compared, 4);
}
END_TEST

/* Fails if one negative, where the sum can be enumerated, disagreed: the integral against the
 * double sum over the nodes of both laws, with and without the positive, for a multiplicity below
 * and above 1. */
START_TEST(single_negative_agrees_with_enumeration) {
    pl_ctx *ctx = pl_ctx_new();
    pl_set_threads(ctx, 1);
    const double ds[] = {2, 3, 8, 128}, kappas[] = {0.1, 2, 14.3, 60},
                 multiplicities[] = {0.01, 2, 300};
    for (size_t a = 0; a < TEST_COUNT(ds); a++)
        for (size_t b = 0; b < TEST_COUNT(kappas); b++)
            for (size_t c = 0; c < TEST_COUNT(multiplicities); c++)
                for (int kind = 0; kind < 3; kind++) { /* aligned, noisy, none */
                    setting at = {.d = ds[a],
                                  .kappa = kappas[b],
                                  .m = 1,
                                  .multiplicity = multiplicities[c],
                                  .with_positive = kind < 2,
                                  .aligned = kind != 1};
                    setting_new(ctx, &at, 7);
                    double want = pl_logsum_mean_single_ref(at.kappa, &at.negative, at.multiplicity,
                                                            kind == 1 ? &at.positive : NULL,
                                                            at.with_positive);
                    ck_close(mean_log(ctx, &at), want, 2e-13 * fmax(1, at.kappa / 10));
                    setting_free(&at);
                }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if an oblique law could not be asked for the nodes that a large kappa needs: with a
 * concentration of nothing it is the uniform law, with 128 nodes wrong by 1e-6 at kappa = 120
 * and by 1e-3 at 270. */
START_TEST(oblique_law_resolves_large_kappa) {
    pl_ctx *ctx = pl_ctx_new();
    double got, want;
    for (size_t d = 2; d < 5; d++) {
        pl_zonal oblique, plain;
        ck_ok(ctx, pl_zonal_new_tilted_fine(ctx, d, 1e-13, 0.3, 12 * 120, &oblique));
        ck_ok(ctx, pl_zonal_new_fine(ctx, d, 0, 24 * 120, &plain));
        ck_ok(ctx, pl_logsum_mean(ctx, 120, 16, &oblique, 1, NULL, false, &got));
        ck_ok(ctx, pl_logsum_mean(ctx, 120, 16, &plain, 1, NULL, false, &want));
        ck_close(got, want, 1e-11);
        pl_zonal_free(&oblique);
        pl_zonal_free(&plain);
    }
    pl_ctx_free(ctx);
}
END_TEST

static double laplace(double s, const void *arg) {
    const double *x_kappa = arg;
    return exp(-x_kappa[0] * exp(x_kappa[1] * (s - 1)));
}

/* Fails if the rule did not resolve exp(-x e^{kappa(s-1)}): phi at the reference value. */
static void laplace_value(const golden_value *v) {
    pl_ctx *ctx = pl_ctx_new();
    pl_zonal rule;
    double arg[] = {golden_number(v, "x", NAN), golden_number(v, "kappa", NAN)};
    ck_ok(ctx, pl_zonal_new(ctx, (size_t)golden_number(v, "dim", 0), 0, &rule));
    ck_close(pl_zonal_mean(&rule, laplace, arg), v->number, v->tolerance);
    pl_zonal_free(&rule);
    pl_ctx_free(ctx);
}

START_TEST(laplace_transform) {
    ck_assert_uint_eq(
        golden_each("bounds.json", "BOUNDS.KERNEL", "laplace_transform", laplace_value), 1);
}
END_TEST

/* Fails if huge M lost digits: D_M = C1/M + C2/M^2 + O(M^-3), C1 and C2 by their closed forms, up
 * to M = 10^18, where the integrand must begin later than e^-60. */
START_TEST(huge_m_is_its_expansion) {
    pl_ctx *ctx = pl_ctx_new();
    const double cases[][2] = {{2, 2}, {3, 2}, {3, 10}, {8, 5}};
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        setting at = {cases[i][0], cases[i][1], 1, 1, 1, true, true, {0}, {0}};
        double k = at.kappa, u = pl_log_c(at.d, k), r = exp(k - u);
        double v = exp(pl_log_c(at.d, 2 * k) - 2 * u) - 1;
        double mu3 = exp(pl_log_c(at.d, 3 * k) - 3 * u) - 3 * (v + 1) + 2;
        double c1 = r - v / 2, c2 = -r * r / 2 + r * v + mu3 / 3 - 3 * v * v / 4;
        setting_new(ctx, &at, 0);
        for (at.m = 1e6; at.m <= 1e18; at.m *= 1e3)
            ck_close(mean_log(ctx, &at) - log(at.m) - u, c1 / at.m + c2 / (at.m * at.m),
                     2e-13 + pow(r / at.m, 3));
        setting_free(&at);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if kappa so large that e^{2 kappa} overflows gave no number: noisy pairs at kappa = 400,
 * one negative, by enumeration. */
START_TEST(large_kappa) {
    pl_ctx *ctx = pl_ctx_new();
    setting at = {.d = 8, .kappa = 400, .m = 1, .multiplicity = 1, .with_positive = true};
    ck_ok(ctx, pl_zonal_new_fine(ctx, 8, 0, 4000, &at.negative));
    ck_ok(ctx, pl_zonal_new_fine(ctx, 8, 3, 4000, &at.positive));
    double want = pl_logsum_mean_single_ref(at.kappa, &at.negative, 1, &at.positive, true);
    ck_close(mean_log(ctx, &at), want, 1e-12);
    setting_free(&at);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if the loss did not fall with the positive's concentration and rise with M, or if a sum
 * with its positive were smaller than without. */
START_TEST(monotone) {
    pl_ctx *ctx = pl_ctx_new();
    double before = -INFINITY;
    for (double m = 1; m < 1e6; m *= 3.7) {
        setting with = {3, 4, m, 1, 1, true, true, {0}, {0}}, without = with;
        without.with_positive = false;
        setting_new(ctx, &with, 0);
        setting_new(ctx, &without, 0);
        double now = mean_log(ctx, &with);
        ck_assert(now > before && mean_log(ctx, &without) < now);
        before = now;
        setting_free(&with);
        setting_free(&without);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if the bits depended on the number of threads. */
START_TEST(threads_do_not_matter) {
    pl_ctx *ctx = pl_ctx_new();
    setting at = {8, 10, 255, 2, 1, true, false, {0}, {0}};
    setting_new(ctx, &at, 20);
    pl_set_threads(ctx, 1);
    double one = mean_log(ctx, &at);
    for (int threads = 2; threads < 6; threads++) {
        pl_set_threads(ctx, threads);
        ck_assert(mean_log(ctx, &at) == one);
    }
    setting_free(&at);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a parameter outside the domain were integrated, or an allocation's failure were lost. */
START_TEST(refuses_and_fails_cleanly) {
    pl_ctx *ctx = pl_ctx_new();
    setting at = {3, 2, 4, 1, 1, true, false, {0}, {0}};
    double out = -77;
    setting_new(ctx, &at, 5);
    const double bad[][3] = {{0, 4, 1},   {-1, 4, 1},      {NAN, 4, 1}, {INFINITY, 4, 1},
                             {1e7, 4, 1}, {2, 0.5, 1},     {2, NAN, 1}, {2, INFINITY, 1},
                             {2, 4, 0},   {2, 4, INFINITY}};
    for (size_t i = 0; i < TEST_COUNT(bad); i++)
        ck_fails(
            ctx,
            pl_logsum_mean(ctx, bad[i][0], bad[i][1], &at.negative, bad[i][2], NULL, true, &out),
            PL_EDOMAIN, "expected kappa in");
    pl_status status = PL_ENOMEM;
    for (size_t k = 1; status != PL_OK; k++) {
        ck_assert(out == -77);
        ck_assert_uint_lt(k, 10);
        pl_ctx_fail_allocation(ctx, k);
        status = pl_logsum_mean(ctx, 2, 4, &at.negative, 1, &at.positive, true, &out);
        ck_assert(status == PL_ENOMEM || (status == PL_OK && k == 4));
    }
    ck_assert(out > 0);
    setting_free(&at);
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {infonce_table,
                                  noisy_pairs_table,
                                  dcl_table,
                                  ntxent_table,
                                  vmf_features_reach_c1,
                                  single_negative_agrees_with_enumeration,
                                  laplace_transform,
                                  oblique_law_resolves_large_kappa,
                                  huge_m_is_its_expansion,
                                  large_kappa,
                                  monotone,
                                  threads_do_not_matter,
                                  refuses_and_fails_cleanly};
    return test_main("math/logsum", tests, TEST_COUNT(tests));
}
