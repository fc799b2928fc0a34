#include "bounds/limit_law.h"

#include <math.h>
#include <string.h>

#include "math/sampler.h"
#include "math/sphere.h"
#include "math/stats.h"

static double law_of(const pl_options *o, const char *option, double same) {
    double k;
    const char *word = pl_option_spec(o, option, &k);
    if (strcmp(word, "same") == 0)
        return same;
    return strcmp(word, "vmf") == 0 ? k : 0;
}

static limit_loss loss_of(const pl_options *o) {
    const char *word = pl_option_spec(o, "loss", NULL);
    return strcmp(word, "ntxent") == 0    ? LOSS_NTXENT
           : strncmp(word, "dcl", 3) == 0 ? LOSS_DCL
                                          : LOSS_INFONCE;
}

/* A rule with one node: an expectation of something that does not depend on it. */
static pl_status one_node(pl_ctx *ctx, double s, pl_zonal *out) {
    pl_zonal rule = {.n = 1};
    rule.s = pl_alloc(ctx, 1, sizeof *rule.s);
    rule.w = pl_alloc(ctx, 1, sizeof *rule.w);
    if (!rule.s || !rule.w) {
        pl_zonal_free(&rule);
        return PL_ENOMEM;
    }
    rule.s[0] = s;
    rule.w[0] = 1;
    *out = rule;
    return PL_OK;
}

/* exp(-t e^{kappa(s-1)}) steps from 1 to 0 within 1/kappa of s. With s+ = 1 only t < e^6 matters
 * and the steps lie at s > 1 - 40/kappa, where the nodes in the angle are dense; else anywhere. */
static pl_status resolution(pl_ctx *ctx, limit_law *law) {
    const double steepest = 2000;
    bool near = law->aligned && law->loss != LOSS_DCL;
    if (!near && law->kappa > steepest)
        return pl_fail(ctx, PL_EDOMAIN,
                       "kappa is %g: noisy pairs and dcl are computed up to kappa = %g", law->kappa,
                       steepest);
    law->nodes = (size_t)(near ? 60 * sqrt(law->kappa) : 12 * law->kappa);
    return PL_OK;
}

pl_status limit_law_new(pl_ctx *ctx, const pl_options *o, double kappa, double m, limit_law *out) {
    pl_status status;
    limit_law law = {.d = (size_t)pl_option_int(o, "dim"), .kappa = kappa, .loss = loss_of(o)};
    law.law_kappa = law_of(o, "law", 0);
    law.negative_kappa = law_of(o, "negative-law", law.law_kappa);
    law.mismatched = law.negative_kappa != law.law_kappa;
    law.aligned = strcmp(pl_option_spec(o, "pairs", &law.pair_kappa), "aligned") == 0;
    if (law.law_kappa > 0 && !law.aligned)
        return pl_fail(ctx, PL_EUSAGE,
                       "--law vmf with --pairs vmf: the positives would have "
                       "another law than the anchors; pass --pairs aligned");
    law.coupled =
        law.loss == LOSS_NTXENT || strcmp(pl_option_spec(o, "loss", NULL), "dcl-couples") == 0;
    if (law.coupled && fmod(m, 2) != 0)
        return pl_fail(ctx, PL_EUSAGE,
                       "--loss ntxent and dcl-couples have 2N - 2 negatives: %.0f is odd", m);
    if (m != floor(m))
        return pl_fail(ctx, PL_EUSAGE, "--negatives is %g, expected a whole number", m);
    PL_TRY(resolution(ctx, &law));
    if (law.law_kappa > 0 || law.negative_kappa > 0)
        PL_TRY(pl_zonal_new(ctx, law.d, law.law_kappa, &law.anchors));
    else
        PL_TRY(one_node(ctx, 1, &law.anchors));
    if (!law.aligned)
        PL_TRY(pl_zonal_new_fine(ctx, law.d, law.pair_kappa, law.nodes, &law.positive));
    *out = law;
    return PL_OK;
done:
    limit_law_free(&law);
    return status;
}

void limit_law_free(limit_law *law) {
    pl_zonal_free(&law->anchors);
    pl_zonal_free(&law->positive);
}

pl_status limit_law_negatives(pl_ctx *ctx, const limit_law *law, double r, pl_zonal *out) {
    if (law->negative_kappa > 0)
        return pl_zonal_new_tilted_fine(ctx, law->d, law->negative_kappa, r, law->nodes, out);
    return pl_zonal_new_fine(ctx, law->d, 0, law->nodes, out);
}

/* log E_u exp(k u.v), u ~ vMF(e1, kc), v.e1 = r: the two exponents add as vectors (sec. 1.1). */
static double log_u(double d, double k, double kc, double r) {
    return pl_log_c(d, sqrt(k * k + kc * kc + 2 * k * kc * r)) - pl_log_c(d, kc);
}

double limit_law_log_u(const limit_law *law, double r) {
    return log_u((double)law->d, law->kappa, law->law_kappa, r);
}

bool limit_law_has_exact(const limit_law *law) {
    return !law->coupled || law->aligned;
}

/* rho V of an NT-Xent couple: Cov(e^{k z.u}, e^{k z.v})/U^2. Aligned: V itself; pairs vMF(kp):
 * E_s c(k sqrt(2 + 2s))/c(k)^2 - 1. */
static double couple_covariance(const limit_law *law, double v) {
    if (law->aligned)
        return v;
    double d = (double)law->d, sum = 0, log_c2 = 2 * pl_log_c(d, law->kappa);
    for (size_t i = 0; i < law->positive.n; i++)
        sum += law->positive.w[i] *
               exp(pl_log_c(d, law->kappa * sqrt(2 + 2 * law->positive.s[i])) - log_c2);
    return sum - 1;
}

pl_status limit_law_constants(pl_ctx *ctx, const limit_law *law, limit_constants *out) {
    (void)ctx;
    double d = (double)law->d, k = law->kappa;
    double mean_s = law->aligned ? 1 : pl_resultant(d, law->pair_kappa);
    limit_constants c = {.alignment = -k * mean_s, .c2 = NAN};
    double uncoupled = 0;
    for (size_t i = 0; i < law->anchors.n; i++) {
        double w = law->anchors.w[i], s = law->anchors.s[i];
        double u1 = limit_law_log_u(law, s);
        double v = expm1(log_u(d, 2 * k, law->law_kappa, s) - 2 * u1);
        double r = exp(k - u1);
        if (!law->aligned) /* uniform law: E e^{k s+} = c(k + kp)/c(kp) */
            r = exp(pl_log_c(d, k + law->pair_kappa) - pl_log_c(d, law->pair_kappa) - u1);
        c.uniformity += w * u1;
        c.r += w * r;
        c.v += w * v;
        uncoupled += w * (law->coupled ? v + couple_covariance(law, v) : v);
        if (law->law_kappa == 0 && law->aligned && law->loss == LOSS_INFONCE) {
            double mu3 = exp(pl_log_c(d, 3 * k) - 3 * u1) - 3 * (v + 1) + 2;
            c.c2 = -r * r / 2 + r * v + mu3 / 3 - 0.75 * v * v;
        }
    }
    if (law->loss == LOSS_DCL)
        c.r = 0; /* the positive is not in the sum */
    c.c1 = c.r - uncoupled / 2;
    c.couple = law->coupled && c.v > 0 ? uncoupled / c.v - 1 : 0;
    c.information = law->aligned || law->law_kappa > 0
                        ? (double)NAN
                        : law->pair_kappa * mean_s - pl_log_c(d, law->pair_kappa);
    c.limit = c.alignment + c.uniformity;
    *out = c;
    return PL_OK;
}

/* phi(a) = (a - 1 - log a)/(a - 1)^2 for 0 < a <= 1; 1/2 at a = 1. */
static double phi(double log_a) {
    double b = expm1(log_a); /* a - 1 */
    return fabs(b) < 1e-4 ? 0.5 - b / 3 : (b - log_a) / (b * b);
}

/* E over s+ of f(log(R/m)), R = e^{kappa s+}/U. */
static double over_positives(const limit_law *law, double u1, double m, double f(double)) {
    if (law->loss == LOSS_DCL)
        return 0;
    if (law->aligned)
        return f(law->kappa - u1 - log(m));
    double sum = 0;
    for (size_t i = 0; i < law->positive.n; i++)
        sum += law->positive.w[i] * f(law->kappa * law->positive.s[i] - u1 - log(m));
    return sum;
}

static double square(double log_ratio) {
    return exp(2 * log_ratio);
}

static double log_one_plus(double log_ratio) { /* of a ratio that may be beyond e^709 */
    return log_ratio > 40 ? log_ratio + exp(-log_ratio) : log1p(exp(log_ratio));
}

/* E[R/M - phi(a)(V/M + R^2/M^2)] <= D_M <= E log(1 + R/M), a = e^-kappa/U (THM1.RATE). */
pl_status limit_law_bounds(pl_ctx *ctx, const limit_law *law, const limit_constants *c, double m,
                           limit_bounds *out) {
    (void)ctx;
    double d = (double)law->d, k = law->kappa;
    limit_bounds b = {.rate = exp(2 * k) / m, .trivial = 2 * k + log1p(1 / m)};
    b.range = b.rate + exp(k) * (exp(k) - exp(-k)) / (2 * sqrt(m));
    for (size_t i = 0; i < law->anchors.n; i++) {
        double w = law->anchors.w[i], s = law->anchors.s[i], u1 = limit_law_log_u(law, s);
        double v = expm1(log_u(d, 2 * k, law->law_kappa, s) - 2 * u1);
        double spread = v * (1 + c->couple);
        double least = over_positives(law, u1, m, exp) -
                       phi(-k - u1) * (spread / m + over_positives(law, u1, m, square));
        b.lower += w * (isnan(least) ? -HUGE_VAL : least); /* R overflows, its square more so */
        b.upper += w * over_positives(law, u1, m, log_one_plus);
        b.rate += w * exp(k + u1) * sqrt(v / m); /* sd of e^{kappa s-} is U sqrt V */
    }
    *out = b;
    return PL_OK;
}

pl_status limit_law_sample(pl_ctx *ctx, double kappa, pl_stream stream, pl_mat out) {
    return kappa > 0 ? pl_sample_vmf(ctx, stream, NULL, kappa, out)
                     : pl_sample_sphere(ctx, stream, out);
}
