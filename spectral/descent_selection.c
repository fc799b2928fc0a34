/* Gradient descent with fewer outputs than features is not exactly minimum-norm (the theory notes,
 * GDSEL). With P = Q = diag(a) every p features minimise the loss; from a start of size sigma_0 the
 * p largest a_k win, but the (p+1)-th leaks in by about sigma_0^{1 - a_{p+1}/a_p}. */

#include <math.h>

#include "spectral/spectral.h"
#include "spectral/xue23_descent.h"

enum { MOST = 64 };

static const pl_option options[] = {
    {"moments", PL_OPT_LIST, "1,0.9,0.75,0.4", 1e-9, 1e6, NULL, "LIST", "a_1 > a_2 > ..", 0},
    {"embedding", PL_OPT_INT, "3", 1, MOST, NULL, "p", "dimension of the embedding", 0},
    {"start-scales", PL_OPT_LIST, "1e-3,1e-5,1e-7,1e-9", 1e-300, 1e3, NULL, "LIST",
     "sigma_0; the start is sigma_0 cos(1 + 2i + 3j + ij)", 0},
    {"iterations", PL_OPT_INT, "30000", 1, 1e8, NULL, "T", "steps", 0},
    {"step", PL_OPT_REAL, "0.05", 1e-9, 1e3, NULL, "eta", "step", 0},
    {0}};

static const pl_column columns[] = {
    {"start_scale", "1", "sigma_0", false},
    {"leak", "1", "|W_T v_{p+1}|; 0 for the minimum-norm minimiser", false},
    {"exponent", "1", "slope of log leak on log sigma_0 from the row before", false},
    {"predicted_exponent", "1", "1 - a_{p+1}/a_p", false},
    {"loss", "1", "L(W_T)", false},
    {"minimum_loss", "1", "-p", false},
    {0}};

static pl_status leak(pl_ctx *ctx, const pl_options *o, const double *a, size_t d, double scale,
                      double *norm, double *loss) {
    pl_status status;
    size_t p = (size_t)pl_option_int(o, "embedding");
    double q[MOST * MOST] = {0}, start[MOST * MOST];
    xue23_descent t = {0};
    for (size_t k = 0; k < d; k++)
        q[k * d + k] = a[k];
    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j < d; j++)
            start[i * d + j] = scale * cos((double)(1 + 2 * i + 3 * j + i * j));
    const xue23_moments m = {.p = {q, d, d, d}, .q = {q, d, d, d}};
    PL_TRY(xue23_descent_new(ctx, &m, (pl_cmat){start, p, d, d}, pl_option_real(o, "step"), &t));
    while (t.iteration < (size_t)pl_option_int(o, "iterations"))
        PL_TRY(xue23_descent_step(ctx, &t));
    double all[MOST];
    xue23_column_norms(pl_const(t.w), d, all);
    *norm = all[p];
    *loss = t.loss;
done:
    xue23_descent_free(&t);
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status = PL_OK;
    size_t d, count, p = (size_t)pl_option_int(o, "embedding");
    const double *a = pl_option_list(o, "moments", &d);
    const double *scale = pl_option_list(o, "start-scales", &count);
    if (p >= d || d > MOST)
        return pl_fail(ctx, PL_EUSAGE,
                       "--embedding %zu of %zu features: take one of 1 to %zu, and "
                       "at most %d features",
                       p, d, d - 1, MOST);
    double before = NAN;
    for (size_t i = 0; i < count; i++) {
        double norm, loss;
        PL_TRY(leak(ctx, o, a, d, scale[i], &norm, &loss));
        double exponent = i ? log(norm / before) / log(scale[i] / scale[i - 1]) : (double)NAN;
        PL_TRY(pl_table_add(
            ctx, out, (double[]){scale[i], norm, exponent, 1 - a[p] / a[p - 1], loss, -(double)p},
            NULL));
        before = norm;
    }
done:
    return status;
}

const pl_program pl_spectral_descent_selection = {
    .name = "descent-selection",
    .summary = "near ties gradient descent keeps a trace of the feature it should drop",
    .source = "derived here: GDSEL (the divergence in XUE23's Figure 4)",
    .options = options,
    .columns = columns,
    .run = run};
