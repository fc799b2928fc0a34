/* WANG20, Theorem 1: for a fixed temperature the contrastive loss with M negatives, less log M,
 * tends to alignment + uniformity,
 *     L(M) - log M -> L_inf = -kappa E s+ + E_v log U(v),    U(v) = E_u exp(kappa u.v),
 * and the rate, which the paper bounds by M^-1/2 and which is C1/M (theory notes, THM1.RATE). */

#include <math.h>
#include <string.h>

#include "bounds/bounds.h"
#include "bounds/gaussian_law.h"
#include "bounds/limit_law.h"
#include "math/logsum.h"
#include "math/sampler.h"
#include "math/stats.h"

static const pl_option options[] = {
    {"dim", PL_OPT_INT, "3", 2, 1e5, NULL, NULL, "dimension d of the features, on S^{d-1}", 0},
    {"kappa", PL_OPT_SPEC, "2", 1e-3, 1e6, "VALUE|negatives|log-negatives", "K",
     "inverse temperature 1/tau; or M itself, or log M, which drops 'tau is fixed'", 0},
    {"negatives", PL_OPT_LIST, "1,16,64,256,1024,4096", 1, 1e9, NULL, "LIST",
     "numbers M of negatives, a..b doubles", 0},
    {"law", PL_OPT_SPEC, "uniform", 0, 1e6, "uniform|vmf:KC|gaussian", NULL,
     "law of the features; gaussian: N(0, I), not normalised, which drops the sphere", 0},
    {"negative-law", PL_OPT_SPEC, "same", 0, 1e6, "same|uniform|vmf:KC", NULL,
     "law of the negatives; another than --law drops a hypothesis", 0},
    {"pairs", PL_OPT_SPEC, "aligned", 0, 1e6, "aligned|vmf:KP", NULL,
     "positive pairs: equal, or y|x ~ vMF(x, KP)", 0},
    {"loss", PL_OPT_SPEC, "infonce", 0, 0, "infonce|ntxent|dcl|dcl-couples", NULL,
     "ntxent: negatives in couples (M even); dcl: without the positive; dcl-couples: both", 0},
    {"method", PL_OPT_SPEC, "exact", 0, 0, "exact|monte-carlo", NULL,
     "quadrature, or independent replicates with a control variate", 0},
    {"replicates", PL_OPT_INT, "2000", 200, 1e8, NULL, NULL, "of the Monte-Carlo method", 0},
    {"seed", PL_OPT_SEED, "1", 0, 0, NULL, NULL, "of the Monte-Carlo method", 0},
    {0}};

static const pl_column columns[] = {
    {"negatives", "1", "number M of negatives", false},
    {"loss", "nats", "contrastive loss L(M)", false},
    {"limit", "nats", "L_inf, alignment + uniformity", false},
    {"deviation", "nats", "D_M = L - log M - L_inf", false},
    {"c1_over_m", "nats", "leading term C1/M of the deviation", false},
    {"lower", "nats", "proved lower bound of the deviation", false},
    {"upper", "nats", "proved upper bound of the deviation", false},
    {"standard_error", "nats", "of the deviation; 0 by quadrature", false},
    {"exact_deviation", "nats", "D_M by quadrature, whatever the method", false},
    {"absolute_deviation", "nats", "|D_M|", false},
    {"rate_bound", "nats", "the paper's O(M^-1/2) bound with its constants", false},
    {"trivial_bound", "nats", "what |D_M| cannot exceed in any case: 2 kappa + log(1 + 1/M)",
     false},
    {"rate_bound_range", "nats", "the same with (e^kappa - e^-kappa)/2 for the deviation", false},
    {"scaled_deviation", "nats", "M D_M, which tends to C1", false},
    {"second_order", "nats", "M (M D_M - C1), which tends to C2", false},
    {"independent_deviation", "nats", "D_M of M independent negatives, couples or not", false},
    {"information_bound", "nats", "log(M + 1) - L(M), at most the mutual information", false},
    {"least", "nats", "what L(M) can never be below, at any features", false},
    {"most", "nats", "what L(M) can never be above", false},
    {0}};

/* D_M of one row by quadrature: E log((e^{kappa s+} + sum)/M) - E log U over the anchor. */
static pl_status exact_deviation(pl_ctx *ctx, const limit_law *law, double m, double *out) {
    pl_status status = PL_OK;
    bool coupled = law->coupled;
    double *term = NULL, *weighted = NULL;
    size_t n = law->anchors.n;
    PL_NEW(ctx, weighted, n);
    PL_NEW(ctx, term, n);
    for (size_t i = 0; i < n; i++) {
        pl_zonal negative = {0};
        PL_TRY(limit_law_negatives(ctx, law, law->anchors.s[i], &negative));
        status =
            pl_logsum_mean(ctx, law->kappa, coupled ? m / 2 : m, &negative, coupled ? 2 : 1,
                           law->aligned ? NULL : &law->positive, law->loss != LOSS_DCL, &term[i]);
        pl_zonal_free(&negative);
        if (status)
            goto done;
        weighted[i] =
            law->anchors.w[i] * (term[i] - log(m) - limit_law_log_u(law, law->anchors.s[i]));
    }
    *out = pl_sum(weighted, n);
done:
    pl_free(weighted);
    pl_free(term);
    return status;
}

/* One replicate: anchor v, positive s+, M negatives; D^ = log((R + sum W)/M) less the control
 * variate (mean W - 1)/(1 + R/M), whose mean is 0 because E W = 1. W = e^{kappa s}/U(v). */
static pl_status replicate(pl_ctx *ctx, const limit_law *law, size_t m, uint64_t seed, size_t k,
                           pl_mat anchor, pl_mat positive, pl_mat negatives, double *out) {
    pl_status status;
    size_t d = anchor.cols, couples = law->coupled ? m / 2 : 0;
    double s_positive = 1, sum = 0;
    const uint64_t first = (uint64_t)k * (m + 2);
    PL_TRY(limit_law_sample(ctx, law->law_kappa, (pl_stream){seed, 1, first}, anchor));
    if (!law->aligned) {
        PL_TRY(pl_sample_vmf(ctx, (pl_stream){seed, 1, first + 1}, anchor.a, law->pair_kappa,
                             positive));
        s_positive = 0;
        for (size_t j = 0; j < d; j++)
            s_positive += anchor.a[j] * positive.a[j];
    }
    if (couples && law->aligned) { /* both of a couple are the same point */
        pl_mat half = {negatives.a, couples, d, d};
        PL_TRY(limit_law_sample(ctx, law->negative_kappa, (pl_stream){seed, 1, first + 2}, half));
        for (size_t i = 0; i < couples * d; i++)
            negatives.a[couples * d + i] = negatives.a[i];
    } else if (couples) {
        pl_mat half = {negatives.a, couples, d, d};
        pl_mat other = {negatives.a + couples * d, couples, d, d};
        PL_TRY(limit_law_sample(ctx, law->negative_kappa, (pl_stream){seed, 1, first + 2}, half));
        PL_TRY(pl_sample_vmf_around(ctx, (pl_stream){seed, 2, first + 2}, pl_const(half),
                                    law->pair_kappa, other));
    } else {
        PL_TRY(
            limit_law_sample(ctx, law->negative_kappa, (pl_stream){seed, 1, first + 2}, negatives));
    }
    double log_u = limit_law_log_u(law, anchor.a[0]); /* the law's mean direction is e1 */
    for (size_t i = 0; i < m; i++) {
        double s = 0;
        for (size_t j = 0; j < d; j++)
            s += anchor.a[j] * negatives.a[i * d + j];
        sum += exp(law->kappa * s - log_u);
    }
    double r = law->loss == LOSS_DCL ? 0 : exp(law->kappa * s_positive - log_u);
    double mean = sum / (double)m, ratio = r / (double)m;
    /* the alignment term enters with its sample's s+, less its mean: both have mean 0 */
    *out = log(ratio + mean) - (mean - 1) / (1 + ratio);
done:
    return status;
}

static pl_status monte_carlo(pl_ctx *ctx, const limit_law *law, size_t d, size_t m,
                             size_t replicates, uint64_t seed, double *mean, double *error) {
    pl_status status = PL_OK;
    double *sample = NULL;
    pl_mat anchor = {NULL, 1, d, d}, positive = {NULL, 1, d, d}, negatives = {NULL, m, d, d};
    size_t cells;
    if (!pl_size_mul(m, d, &cells))
        return pl_fail(ctx, PL_ESHAPE, "%zu negatives of dimension %zu are too many", m, d);
    PL_NEW(ctx, sample, replicates);
    PL_NEW(ctx, anchor.a, d);
    PL_NEW(ctx, positive.a, d);
    PL_NEW(ctx, negatives.a, cells);
    for (size_t k = 0; k < replicates; k++)
        PL_TRY(replicate(ctx, law, m, seed, k, anchor, positive, negatives, &sample[k]));
    *mean = pl_mean(sample, replicates);
    *error = sqrt(pl_variance(sample, replicates) / (double)replicates);
done:
    pl_free(sample);
    pl_free(anchor.a);
    pl_free(positive.a);
    pl_free(negatives.a);
    return status;
}

/* What stands in every row beside the deviation. */
static pl_status add_row(pl_ctx *ctx, const limit_law *law, const limit_constants *c, double m,
                         double deviation, double error, double exact, double independent,
                         pl_table *out) {
    limit_bounds b;
    pl_status status = limit_law_bounds(ctx, law, c, m, &b);
    double loss = deviation + log(m) + c->limit, far = 2 * law->kappa;
    bool positive = law->loss != LOSS_DCL;
    if (status)
        return status;
    return pl_table_add(ctx, out,
                        (double[]){m, loss, c->limit, deviation, c->c1 / m, b.lower, b.upper, error,
                                   exact, fabs(deviation), b.rate, b.trivial, b.range,
                                   m * deviation, m * (m * deviation - c->c1), independent,
                                   log1p(m) - loss, positive ? log1p(m * exp(-far)) : log(m) - far,
                                   far + (positive ? log(m + exp(-far)) : log(m))},
                        NULL);
}

/* Features off the sphere: only what still has a meaning there; the bounds are not among it. */
static pl_status run_gaussian(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status = PL_OK;
    size_t count;
    const double *m = pl_option_list(o, "negatives", &count);
    double kappa, d = (double)pl_option_int(o, "dim");
    if (strcmp(pl_option_spec(o, "kappa", &kappa), "VALUE") != 0 ||
        strcmp(pl_option_spec(o, "pairs", NULL), "aligned") != 0 ||
        strcmp(pl_option_spec(o, "loss", NULL), "infonce") != 0 ||
        strcmp(pl_option_spec(o, "negative-law", NULL), "same") != 0 ||
        strcmp(pl_option_spec(o, "method", NULL), "exact") != 0)
        return pl_fail(ctx, PL_EUSAGE,
                       "--law gaussian is computed for a fixed --kappa, aligned pairs, --loss "
                       "infonce, negatives of the same law and --method exact");
    double limit = gaussian_limit(d, kappa), c1 = gaussian_c1(d, kappa), deviation;
    for (size_t i = 0; i < count; i++) {
        PL_TRY(gaussian_deviation(ctx, d, kappa, m[i], &deviation));
        double loss = deviation + log(m[i]) + limit;
        double row[] = {m[i],
                        loss,
                        limit,
                        deviation,
                        c1 / m[i],
                        NAN,
                        NAN,
                        0,
                        deviation,
                        fabs(deviation),
                        NAN,
                        NAN,
                        NAN,
                        m[i] * deviation,
                        NAN,
                        deviation,
                        log1p(m[i]) - loss,
                        NAN,
                        NAN};
        PL_TRY(pl_table_add(ctx, out, row, NULL));
    }
    pl_table_unmet(out, "features on the sphere");
    PL_TRY(
        pl_table_summarise(ctx, out, "c1", "nats", "C1 = E[R] - E[V]/2; E V may be infinite", c1));
done:
    return status;
}

static pl_status summarise(pl_ctx *ctx, const limit_constants *c, pl_table *out) {
    const struct {
        const char *name, *unit, *meaning;
        double value;
    } all[] = {{"c1", "nats", "C1 = E[R] - E[V]/2", c->c1},
               {"c2", "nats", "coefficient of 1/M^2", c->c2},
               {"positive_ratio", "1", "E R, R = e^{kappa s+}/U", c->r},
               {"relative_variance", "1", "E V, variance of e^{kappa s-}/U", c->v},
               {"alignment_term", "nats", "-kappa E s+", c->alignment},
               {"uniformity_term", "nats", "E log U", c->uniformity},
               {"couple_correlation", "1", "rho inside a couple of negatives", c->couple},
               {"mutual_information", "nats", "I(x; y) of the pairs", c->information}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        pl_status status = isnan(all[i].value)
                               ? PL_OK
                               : pl_table_summarise(ctx, out, all[i].name, all[i].unit,
                                                    all[i].meaning, all[i].value);
        if (status)
            return status;
    }
    return PL_OK;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status = PL_OK;
    limit_law law = {0};
    size_t count, d = (size_t)pl_option_int(o, "dim");
    const double *list = pl_option_list(o, "negatives", &count);
    double kappa_value;
    const char *rule = pl_option_spec(o, "kappa", &kappa_value);
    bool sampled = strcmp(pl_option_spec(o, "method", NULL), "monte-carlo") == 0;
    limit_constants c = {0};
    if (strcmp(pl_option_spec(o, "law", NULL), "gaussian") == 0)
        return run_gaussian(ctx, o, out);
    for (size_t i = 0; i < count; i++) {
        double m = list[i], deviation, error = 0, exact = NAN, independent = NAN;
        double kappa = strcmp(rule, "VALUE") == 0       ? kappa_value
                       : strcmp(rule, "negatives") == 0 ? m
                                                        : log(m);
        limit_law_free(&law);
        PL_TRY(limit_law_new(ctx, o, kappa, m, &law));
        PL_TRY(limit_law_constants(ctx, &law, &c));
        if (limit_law_has_exact(&law))
            PL_TRY(exact_deviation(ctx, &law, m, &exact));
        independent = exact;
        if (law.coupled) {
            limit_law apart = law; /* borrows law's rules */
            apart.coupled = false;
            PL_TRY(exact_deviation(ctx, &apart, m, &independent));
        }
        deviation = exact;
        if (sampled)
            PL_TRY(monte_carlo(ctx, &law, d, (size_t)m, (size_t)pl_option_int(o, "replicates"),
                               pl_option_seed(o, "seed"), &deviation, &error));
        else if (isnan(exact)) {
            status = pl_fail(ctx, PL_EUSAGE,
                             "--loss %s with noisy pairs has no quadrature; "
                             "pass --method monte-carlo",
                             pl_option_spec(o, "loss", NULL));
            goto done;
        }
        PL_TRY(add_row(ctx, &law, &c, m, deviation, error, exact, independent, out));
    }
    if (law.mismatched)
        pl_table_unmet(out, "negatives from the law of the features");
    if (strcmp(rule, "VALUE") != 0)
        pl_table_unmet(out, "fixed temperature");
    PL_TRY(summarise(ctx, &c, out));
done:
    limit_law_free(&law);
    return status;
}

const pl_program pl_bounds_infonce_limit = {
    .name = "infonce-limit",
    .summary = "the contrastive loss against its limit as the negatives grow",
    .details = "L(M) - log M tends to -kappa E s+ + E log U; the deviation D_M is C1/M + O(1/M^2), "
               "between proved bounds.\nThe exact method evaluates the finite-M expectation by "
               "quadrature.",
    .source = "WANG20, Theorem 1 and its proof",
    .options = options,
    .columns = columns,
    .run = run};
