/* WANG20, Theorem 2 says that with one negative, aligned and uniform encoders are the exact
 * minimisers. They are not. With alignment L(f; tau, 1) = -kappa + E g(u.v), g(s) = log(e^kappa +
 * e^{kappa s}); the uniform law minimises E g only if no zonal coefficient of g is negative, and
 * some are for every tau (bounds.md, THM2). A finite point set below the uniform law is a witness
 * that anyone can recompute. */

#include <math.h>
#include <string.h>

#include "bounds/bounds.h"
#include "math/zonal.h"
#include "ssl/configurations.h"

static const pl_option options[] = {
    {"dim", PL_OPT_INT, "2", 2, 4096, NULL, NULL, "dimension d", 0},
    {"tau", PL_OPT_LIST, "0.1", 1e-3, 1e3, NULL, "LIST", "temperatures", 0},
    {"witness", PL_OPT_TEXT, NULL, 0, 0, NULL, "NAME",
     "square, N-gon, octahedron, icosahedron, cross-polytope, simplex-N, e8; all that dimension d "
     "has unless given",
     0},
    {"orders", PL_OPT_INT, "24", 1, 400, NULL, NULL,
     "orders of zonal coefficients that are searched", 0},
    {0}};

static const pl_column columns[] = {
    {"witness", "", "point configuration, equal weights", true},
    {"tau", "1", "temperature", false},
    {"points", "1", "its number of points", false},
    {"loss_uniform", "nats", "L(M = 1), aligned, uniform law", false},
    {"loss_witness", "nats", "L(M = 1), aligned, uniform on the witness", false},
    {"difference", "nats", "witness - uniform; negative refutes the theorem", false},
    {"first_negative_order", "1", "least order n whose zonal coefficient is negative", false},
    {"zonal_coefficient", "nats", "that coefficient h_n", false},
    {0}};

static double kernel(double s, const void *kappa) { /* g(s) - kappa = log(1 + e^{kappa(s-1)}) */
    return log1p(exp(*(const double *)kappa * (s - 1)));
}

/* The loss of the witness: one point of a vertex-transitive configuration against all. Every row is
 * summed all the same, so that a configuration that is not transitive is still right. */
static double witness_loss(pl_cmat points, double kappa) {
    double sum = 0, lost = 0;
    for (size_t i = 0; i < points.rows; i++)
        for (size_t j = 0; j < points.rows; j++) {
            double s = 0;
            for (size_t k = 0; k < points.cols; k++)
                s += points.a[i * points.ld + k] * points.a[j * points.ld + k];
            double y = kernel(s, &kappa) - lost, t = sum + y;
            lost = (t - sum) - y;
            sum = t;
        }
    return sum / ((double)points.rows * (double)points.rows);
}

/* What does not depend on the witness: the uniform law's loss, the first negative coefficient. */
typedef struct setting {
    double tau, kappa, uniform, order, coefficient;
} setting;

static pl_status add_witness(pl_ctx *ctx, const char *name, size_t d, const setting *at,
                             pl_table *out) {
    pl_mat points = {0};
    pl_status status = pl_configuration(ctx, name, d, &points);
    if (status)
        return status;
    double loss = witness_loss(pl_const(points), at->kappa);
    status = pl_table_add(ctx, out,
                          (double[]){0, at->tau, (double)points.rows, at->uniform, loss,
                                     loss - at->uniform, at->order, at->coefficient},
                          (const char *const[]){name});
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
 * (bounds.md, beyond_double). */
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

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    pl_zonal rule = {0};
    size_t d = (size_t)pl_option_int(o, "dim"), count;
    const double *taus = pl_option_list(o, "tau", &count);
    const char *asked = pl_option_text(o, "witness");
    PL_TRY(pl_zonal_new(ctx, d, 0, &rule));
    for (size_t k = 0; k < count; k++) {
        setting at = {.tau = taus[k], .kappa = 1 / taus[k]};
        at.uniform = pl_zonal_mean(&rule, kernel, &at.kappa);
        search_orders(&rule, d, (size_t)pl_option_int(o, "orders"), &at);
        if (asked)
            PL_TRY(add_witness(ctx, asked, d, &at, out));
        for (size_t i = 0; !asked && i < sizeof witnesses / sizeof *witnesses; i++)
            if (witnesses[i].d == d || (witnesses[i].d == 0 && d > 3))
                PL_TRY(add_witness(ctx, witnesses[i].name, d, &at, out));
    }
done:
    pl_zonal_free(&rule);
    return status;
}

const pl_program pl_bounds_single_negative = {
    .name = "single-negative",
    .summary = "one negative: finite point sets that beat the uniform law",
    .details = "L(f; tau, 1) of aligned encoders by quadrature (uniform law) and by a finite sum "
               "(witness).\nA negative difference refutes Theorem 2 of WANG20.",
    .source = "WANG20, Theorem 2",
    .options = options,
    .columns = columns,
    .run = run};
