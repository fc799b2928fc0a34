/* XUE23's losses on the population, where noise and augmentation enter by their covariance only.
 * SCL (POPSCL): with a bias, W keeps a constant and Fisher's discriminant direction Sigma^-1 delta,
 * so that the subclass is lost for every mu: not losing it takes a finite sample. UCL (POPUCL): the
 * p largest stabilities lambda_k = s_k/(s_k + t_k) are kept, not the largest features. Joint
 * (POPJ): lambda_k = (1-beta) s_k/(s_k + t_k) for all but bias and class, so that the class beats
 * feature g iff beta > 1 - lambda_1/lambda_g. */

#include <math.h>
#include <string.h>

#include "spectral/spectral.h"
#include "spectral/xue23_descent.h"
#include "spectral/xue23_minimiser.h"
#include "spectral/xue23_problem.h"

enum { MOST = 64 };

static const pl_option options[] = {
    {"class", PL_OPT_REAL, "0.9", 1e-9, 1e6, NULL, "phi1", "strength of the class feature", 0},
    {"subclass", PL_OPT_REAL, "0.8", 1e-9, 1e6, NULL, "phi2", "strength of the subclass feature",
     0},
    {"mu", PL_OPT_REAL, "0", -1e6, 1e6, NULL, NULL, "mean of the subclass feature", 0},
    {"correlation", PL_OPT_REAL, "0", -1, 1, NULL, "c", "of class and subclass", 0},
    {"irrelevant", PL_OPT_LIST, "0.75,0.48,0.12", 0, 1e12, NULL, "LIST",
     "second moments of the irrelevant features", 0},
    {"variances", PL_OPT_LIST, "0.04", 0, 1e12, NULL, "LIST",
     "augmentation variance of features 1, 2, ..; the last goes on", 0},
    {"no-bias", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL, "encoder without a bias", 0},
    XUE23_LOSS_OPTIONS,
    {"watch", PL_OPT_INT, "2", 0, MOST, NULL, "k", "feature whose peak is reported", 0},
    {"iterations", PL_OPT_INT, "0", 0, 1e7, NULL, "T", "steps of gradient descent; 0: none", 0},
    {"step", PL_OPT_REAL, "0.05", 1e-9, 1e3, NULL, "eta", "its step", 0},
    {"start-seed", PL_OPT_SEED, "13", 0, 0, NULL, NULL, "of its start", 0},
    {"start-scale", PL_OPT_REAL, "0.001", 0, 1e3, NULL, NULL, "standard deviation of its start", 0},
    {0}};

static const pl_column columns[] = {
    {"feature", "1", "k of v_k: 0 bias, 1 class, 2 subclass, then irrelevant", false},
    {"second_moment", "1", "s_k", false},
    {"stability", "1", "lambda_k = P_kk / Q_kk", false},
    {"norm", "1", "|W v_k| of the minimum-norm minimiser", false},
    {"closed_form", "1", "the theorem's value; nan: none is stated", false},
    {"descent_norm", "1", "|W_T v_k| after gradient descent", false},
    {0}};

typedef struct law {
    size_t dims; /* K + 1 */
    double phi1, phi2, mu, c, share;
    double s[MOST + 1], t[MOST + 1];
    double p[(MOST + 1) * (MOST + 1)], q[(MOST + 1) * (MOST + 1)];
    bool bias;
} law;

/* P = share * (classes' means) + (1 - share) * (clean second moment), Q = clean + diag(t). */
static pl_status fill(pl_ctx *ctx, const pl_options *o, law *l) {
    size_t irrelevant, variances;
    const double *s = pl_option_list(o, "irrelevant", &irrelevant);
    const double *t = pl_option_list(o, "variances", &variances);
    if (irrelevant + 2 > MOST)
        return pl_fail(ctx, PL_ESHAPE, "%zu irrelevant features, at most %d", irrelevant, MOST - 2);
    *l = (law){.dims = irrelevant + 3,
               .phi1 = pl_option_real(o, "class"),
               .phi2 = pl_option_real(o, "subclass"),
               .mu = pl_option_real(o, "mu"),
               .c = pl_option_real(o, "correlation"),
               .share = xue23_share(o),
               .bias = !pl_option_flag(o, "no-bias")};
    size_t d = l->dims;
    double clean[3][3] = {
        {l->bias, 0, l->bias ? l->mu : 0},
        {0, l->phi1 * l->phi1, l->c * l->phi1 * l->phi2},
        {l->bias ? l->mu : 0, l->c * l->phi1 * l->phi2, l->mu * l->mu + l->phi2 * l->phi2}};
    for (size_t i = 0; i < d; i++) {
        l->s[i] = i < 3 ? clean[i][i] : s[i - 3];
        l->t[i] = i == 0 ? 0 : t[i - 1 < variances ? i - 1 : variances - 1];
        for (size_t j = 0; j < d; j++) {
            double h = i < 3 && j < 3 ? clean[i][j] : i == j ? l->s[i] : 0, means = 0;
            for (int y = -1; y <= 1 && i < 3 && j < 3; y += 2) {
                const double m[3] = {l->bias, y * l->phi1, l->mu + y * l->c * l->phi2};
                means += m[i] * m[j] / 2;
            }
            l->p[i * d + j] = l->share * means + (1 - l->share) * h;
            l->q[i * d + j] = h + (i == j ? l->t[i] : 0);
        }
    }
    return PL_OK;
}

/* A constant and q = Sigma^-1 delta; without a bias (and c = 0) class mean and mu directions. */
static void discriminant(const law *l, double *norm, double *loss) {
    double s11 = l->phi1 * l->phi1 + l->t[1], s22 = l->phi2 * l->phi2 + l->t[2];
    if (!l->bias) {
        double second = s22 + l->mu * l->mu;
        norm[1] = l->phi1 / s11;
        norm[2] = fabs(l->mu) / second;
        *loss = -pow(l->phi1 * norm[1], 2) - pow(l->mu * norm[2], 2);
        return;
    }
    double s12 = l->c * l->phi1 * l->phi2, det = s11 * s22 - s12 * s12;
    double delta1 = l->phi1, delta2 = l->c * l->phi2;
    double q1 = (s22 * delta1 - s12 * delta2) / det, q2 = (s11 * delta2 - s12 * delta1) / det;
    norm[0] = hypot(1, l->mu * q2); /* b^T q: b has mu on v_2 only */
    norm[1] = fabs(q1);
    norm[2] = fabs(q2);
    *loss = -1 - pow(delta1 * q1 + delta2 * q2, 2);
}

/* Diagonal moments: the p largest P_kk/Q_kk. */
static void most_stable(const law *l, size_t p, double *norm, double *loss) {
    size_t d = l->dims;
    bool taken[MOST + 1] = {false};
    *loss = 0;
    for (size_t slot = 0; slot < p && slot < d; slot++) {
        size_t best = d;
        double most = 0;
        for (size_t k = 0; k < d; k++) {
            double lambda = l->q[k * d + k] > 0 ? l->p[k * d + k] / l->q[k * d + k] : 0;
            if (!taken[k] && lambda > most) {
                best = k;
                most = lambda;
            }
        }
        if (best == d)
            return;
        taken[best] = true;
        norm[best] = sqrt(l->p[best * d + best]) / l->q[best * d + best];
        *loss -= most * most;
    }
}

/* Returned: false when no closed form is stated. */
static bool closed_form(const law *l, size_t p, double *norm, double *loss) {
    memset(norm, 0, l->dims * sizeof *norm);
    if (l->share == 1 && p >= 2 && (l->bias || l->c == 0))
        discriminant(l, norm, loss);
    else if (l->share < 1 && l->c == 0 && (l->mu == 0 || !l->bias))
        most_stable(l, p, norm, loss);
    else
        return false;
    return true;
}

typedef struct path {
    double norm[MOST + 1], peak, peak_iteration, gram_error, loss;
} path;

static pl_status descend(pl_ctx *ctx, const pl_options *o, const law *l, pl_cmat least, path *out) {
    pl_status status;
    size_t d = l->dims, watch = (size_t)pl_option_int(o, "watch");
    size_t steps = (size_t)pl_option_int(o, "iterations");
    double *projector = NULL;
    pl_mat w0 = {0};
    xue23_descent t = {0};
    const xue23_moments m = {.p = {l->p, d, d, d}, .q = {l->q, d, d, d}};
    if (watch >= d) {
        status = pl_fail(ctx, PL_EUSAGE, "--watch %zu: the features are 0 to %zu", watch, d - 1);
        goto done;
    }
    PL_NEW(ctx, projector, d * d);
    PL_TRY(xue23_start(ctx, (size_t)pl_option_int(o, "embedding"), d,
                       pl_option_seed(o, "start-seed"), pl_option_real(o, "start-scale"), &w0));
    PL_TRY(xue23_descent_new(ctx, &m, pl_const(w0), pl_option_real(o, "step"), &t));
    xue23_column_norms(pl_const(t.w), d, out->norm);
    out->peak = out->norm[watch];
    out->peak_iteration = 0;
    while (t.iteration < steps) {
        PL_TRY(xue23_descent_step(ctx, &t));
        xue23_column_norms(pl_const(t.w), d, out->norm);
        if (out->norm[watch] > out->peak) {
            out->peak = out->norm[watch];
            out->peak_iteration = (double)t.iteration;
        }
    }
    PL_TRY(xue23_projector(ctx, m.q, (pl_mat){projector, d, d, d}));
    PL_TRY(xue23_gram_error(ctx, pl_const(t.w), (pl_cmat){projector, d, d, d}, least,
                            &out->gram_error));
    out->loss = t.loss;
done:
    pl_free(projector);
    pl_free(w0.a);
    xue23_descent_free(&t);
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    law *l = NULL;
    xue23_minimiser m = {0};
    double norm[MOST + 1], closed[MOST + 1], closed_loss = NAN;
    size_t p = (size_t)pl_option_int(o, "embedding");
    path run_path = {.peak = NAN, .peak_iteration = NAN, .gram_error = NAN, .loss = NAN};
    for (size_t k = 0; k <= MOST; k++)
        run_path.norm[k] = NAN;
    PL_NEW(ctx, l, 1);
    PL_TRY(fill(ctx, o, l));
    size_t d = l->dims;
    bool known = closed_form(l, p, closed, &closed_loss);
    PL_TRY(xue23_minimise_moments(ctx, (pl_cmat){l->p, d, d, d}, (pl_cmat){l->q, d, d, d}, p, &m));
    xue23_column_norms(pl_const(m.w), d, norm);
    if (pl_option_int(o, "iterations") > 0)
        PL_TRY(descend(ctx, o, l, pl_const(m.w), &run_path));
    double threshold = 1 - l->s[1] / (l->s[1] + l->t[1]) / (l->s[2] / (l->s[2] + l->t[2]));
    if (!l->bias)
        pl_table_unmet(out, "the encoder has a bias");
    if (l->c != 0)
        pl_table_unmet(out, "class and subclass are independent");
    for (size_t k = 0; k < d; k++) {
        double q = l->q[k * d + k];
        PL_TRY(pl_table_add(ctx, out,
                            (double[]){(double)k, l->s[k], q > 0 ? l->p[k * d + k] / q : 0, norm[k],
                                       known ? closed[k] : (double)NAN, run_path.norm[k]},
                            NULL));
    }
    PL_TRY(
        pl_table_summarise_column(ctx, out, "feature_norms", "1", "|W v_0|, |W v_1|, ..", "norm"));
    const struct {
        const char *name, *meaning;
        double value;
    } list[] = {{"loss", "minimum of the loss", m.loss},
                {"closed_loss", "the same by the theorem", closed_loss},
                {"norm_squared", "|W|_F^2", m.norm_squared},
                {"class_norm", "|W v_1|", norm[1]},
                {"subclass_norm", "|W v_2|", norm[2]},
                {"threshold_beta",
                 "1 - lambda_1/lambda_2: from there on the joint loss prefers the class",
                 threshold},
                {"descent_loss", "loss after gradient descent", run_path.loss},
                {"gram_error", "|W_T'W_T - W'W|_F", run_path.gram_error},
                {"peak_iteration", "where |W_t v_k| of the watched feature is largest",
                 run_path.peak_iteration},
                {"peak_norm", "its value there", run_path.peak},
                {"watched_norm", "its value at the end", run_path.norm[pl_option_int(o, "watch")]}};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        PL_TRY(pl_table_summarise(ctx, out, list[i].name, "1", list[i].meaning, list[i].value));
done:
    pl_free(l);
    xue23_minimiser_free(&m);
    return status;
}

const pl_program pl_spectral_population = {
    .name = "population",
    .summary = "what SCL, UCL and the joint loss keep with infinitely many examples",
    .details = "SCL keeps Fisher's discriminant direction, UCL the p most stable features, the "
               "joint loss prefers the class\nabove a threshold of beta. With --iterations, "
               "gradient descent beside the closed form.",
    .source = "XUE23; closed forms: POPSCL, POPUCL, POPJ, POPGD",
    .options = options,
    .columns = columns,
    .run = run};
