/* WANG20, Theorem 2 says that with one negative, aligned and uniform encoders are the exact
 * minimisers. They are not. With alignment L(f; tau, 1) = -kappa + E g(u.v), g(s) = log(e^kappa +
 * e^{kappa s}); the uniform law minimises E g only if no zonal coefficient of g is negative, and
 * some are for every tau (theory notes, THM2). A finite point set below the uniform law is a
 * witness that anyone can recompute. More negatives do not save it: for every small M > 1 some
 * polygon is below the uniform law too. */

#include <math.h>
#include <string.h>

#include "bounds/bounds.h"
#include "math/logsum.h"
#include "math/sphere.h"
#include "math/zonal.h"
#include "ssl/configurations.h"

static const pl_option options[] = {
    {"dim", PL_OPT_INT, "2", 2, 1024, NULL, NULL, "dimension d", 0},
    {"tau", PL_OPT_LIST, "0.1", 1e-3, 1e3, NULL, "LIST", "temperatures", 0},
    {"witness", PL_OPT_TEXT, NULL, 0, 0, NULL, "NAME",
     "square, N-gon, octahedron, icosahedron, cross-polytope, simplex-N, e8; all that dimension d "
     "has unless given",
     0},
    {"negatives", PL_OPT_LIST, "1", 1, 1e9, NULL, "LIST", "numbers M of negatives, a..b doubles",
     0},
    {"orders", PL_OPT_INT, "24", 1, 400, NULL, NULL,
     "orders of zonal coefficients that are searched", 0},
    {0}};

static const pl_column columns[] = {
    {"witness", "", "point configuration, equal weights", true},
    {"tau", "1", "temperature", false},
    {"points", "1", "its number of points", false},
    {"negatives", "1", "number M of negatives", false},
    {"loss_uniform", "nats", "L(M), aligned, uniform law", false},
    {"loss_witness", "nats", "L(M), aligned, uniform on the witness", false},
    {"difference", "nats", "witness - uniform; negative refutes the theorem", false},
    {"limit_difference", "nats", "the same as M -> infinity, T2 - log c", false},
    {"first_negative_order", "1", "least order n whose zonal coefficient is negative", false},
    {"zonal_coefficient", "nats", "that coefficient h_n", false},
    {0}};

static double kernel(double s, const void *kappa) { /* g(s) - kappa = log(1 + e^{kappa(s-1)}) */
    return log1p(exp(*(const double *)kappa * (s - 1)));
}

static double inner(pl_cmat z, size_t i, size_t j) {
    double s = 0;
    for (size_t k = 0; k < z.cols; k++)
        s += z.a[i * z.ld + k] * z.a[j * z.ld + k];
    return s;
}

/* The loss of the witness at one negative: a sum over all pairs. */
static double single_loss(pl_cmat points, double kappa) {
    double sum = 0, lost = 0;
    for (size_t i = 0; i < points.rows; i++)
        for (size_t j = 0; j < points.rows; j++) {
            double y = kernel(inner(points, i, j), &kappa) - lost, t = sum + y;
            lost = (t - sum) - y;
            sum = t;
        }
    return sum / ((double)points.rows * (double)points.rows);
}

/* At M negatives: for each anchor the points are a law of M independent draws. Second, T2 = mean_i
 * log mean_j e^{kappa s_ij}, what M -> infinity leaves of it. */
static pl_status many_loss(pl_ctx *ctx, pl_cmat points, double kappa, double m, double *loss,
                           double *second_term) {
    pl_status status = PL_OK;
    size_t n = points.rows;
    pl_zonal law = {n, NULL, NULL};
    double sum = 0, t2 = 0, at;
    PL_NEW(ctx, law.s, n);
    PL_NEW(ctx, law.w, n);
    for (size_t i = 0; i < n; i++) {
        double mean = 0;
        for (size_t j = 0; j < n; j++) {
            law.s[j] = inner(points, i, j);
            law.w[j] = 1 / (double)n;
            mean += exp(kappa * (law.s[j] - 1)) / (double)n;
        }
        t2 += (kappa + log(mean)) / (double)n;
        if (m > 1) {
            PL_TRY(pl_logsum_mean(ctx, kappa, m, &law, 1, NULL, true, &at));
            sum += (at - kappa) / (double)n;
        }
    }
    *loss = m > 1 ? sum : single_loss(points, kappa);
    *second_term = t2;
done:
    pl_zonal_free(&law);
    return status;
}

/* What does not depend on the witness: the uniform law's loss, the first negative coefficient. */
typedef struct setting {
    double tau, kappa, negatives, uniform, order, coefficient;
} setting;

static pl_status add_witness(pl_ctx *ctx, const char *name, size_t d, const setting *at,
                             pl_table *out) {
    pl_mat points = {0};
    double loss, limit;
    pl_status status;
    PL_TRY(pl_configuration(ctx, name, d, &points));
    PL_TRY(many_loss(ctx, pl_const(points), at->kappa, at->negatives, &loss, &limit));
    PL_TRY(pl_table_add(ctx, out,
                        (double[]){0, at->tau, (double)points.rows, at->negatives, at->uniform,
                                   loss, loss - at->uniform, limit - pl_log_c((double)d, at->kappa),
                                   at->order, at->coefficient},
                        (const char *const[]){name}));
done:
    pl_free(points.a);
    return status;
}

/* Named witnesses of a dimension, when none is asked for. */
static const struct {
    size_t d; /* 0: every dimension above 2 */
    const char *name;
} witnesses[] = {{2, "square"},      {2, "pentagon"}, {2, "7-gon"},
                 {2, "10-gon"},      {2, "12-gon"},   {3, "octahedron"},
                 {3, "icosahedron"}, {8, "e8"},       {0, "cross-polytope"}};

/* The least order whose coefficient is clearly negative: below 1e-14 double cannot tell it from 0
 * (the theory notes, beyond_double). */
static void search_orders(const pl_zonal *rule, size_t d, size_t orders, setting *at) {
    at->order = at->coefficient = NAN;
    for (size_t n = 1; n <= orders && isnan(at->order); n++) {
        double h = pl_zonal_coefficient(rule, d, n, kernel, &at->kappa);
        if (h < -1e-14) {
            at->order = (double)n;
            at->coefficient = h;
        }
    }
}

/* The inverse temperature at which h_4 changes sign, by bisection: below it h_4 is negative. */
static double sign_change(const pl_zonal *rule, size_t d) {
    double lo = 0.5, hi = 3;
    while (hi - lo > 1e-15 * hi) {
        double middle = (lo + hi) / 2;
        *(pl_zonal_coefficient(rule, d, 4, kernel, &middle) < 0 ? &lo : &hi) = middle;
        if (middle == lo && (lo + hi) / 2 == lo)
            break;
    }
    return (lo + hi) / 2;
}

/* log(1 + e^{kappa(s-1)}) bends within 1/kappa of s = 1, the sum over M within log(M)/kappa. */
static pl_status uniform_loss(pl_ctx *ctx, size_t d, setting *at) {
    pl_zonal rule = {0};
    double mean;
    pl_status status;
    PL_TRY(pl_zonal_new_fine(ctx, d, 0, (size_t)(60 * sqrt(at->kappa)), &rule));
    if (at->negatives > 1) {
        PL_TRY(pl_logsum_mean(ctx, at->kappa, at->negatives, &rule, 1, NULL, true, &mean));
        at->uniform = mean - at->kappa;
    } else {
        at->uniform = pl_zonal_mean(&rule, kernel, &at->kappa);
    }
done:
    pl_zonal_free(&rule);
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    pl_zonal rule = {0};
    size_t d = (size_t)pl_option_int(o, "dim"), count, n_m;
    const double *taus = pl_option_list(o, "tau", &count);
    const double *negatives = pl_option_list(o, "negatives", &n_m);
    const char *asked = pl_option_text(o, "witness");
    double star = NAN;
    PL_TRY(pl_zonal_new(ctx, d, 0, &rule));
    for (size_t k = 0; k < count * n_m; k++) {
        setting at = {
            .tau = taus[k / n_m], .kappa = 1 / taus[k / n_m], .negatives = negatives[k % n_m]};
        if (at.negatives != floor(at.negatives)) {
            status =
                pl_fail(ctx, PL_EUSAGE, "--negatives is %g, expected a whole number", at.negatives);
            goto done;
        }
        PL_TRY(uniform_loss(ctx, d, &at));
        search_orders(&rule, d, (size_t)pl_option_int(o, "orders"), &at);
        if (asked)
            PL_TRY(add_witness(ctx, asked, d, &at, out));
        for (size_t i = 0; !asked && i < sizeof witnesses / sizeof *witnesses; i++)
            if (witnesses[i].d == d || (witnesses[i].d == 0 && d > 3))
                PL_TRY(add_witness(ctx, witnesses[i].name, d, &at, out));
    }
    star = sign_change(&rule, d);
    PL_TRY(pl_table_summarise(ctx, out, "kappa_star", "1",
                              "1/tau below which h_4 is negative, above positive", star));
    PL_TRY(pl_table_summarise(ctx, out, "tau_star", "1", "1/kappa_star", 1 / star));
done:
    pl_zonal_free(&rule);
    return status;
}

const pl_program pl_bounds_single_negative = {
    .name = "single-negative",
    .summary = "few negatives: finite point sets that beat the uniform law",
    .details = "L(f; tau, M) of aligned encoders by quadrature (uniform law) and by a finite sum "
               "(witness).\nA negative difference refutes Theorem 2 of WANG20.",
    .source = "WANG20, Theorem 2",
    .options = options,
    .columns = columns,
    .run = run};
