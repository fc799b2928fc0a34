/* VICReg with a linear encoder is LPP (BL22.LIN1); with labels, LDA and least squares (LDA, SUP).
 */

#include <math.h>

#include "math/subspace.h"
#include "spectral/dense.h"
#include "spectral/embedding.h"
#include "spectral/linear.h"
#include "spectral/modes.h"
#include "spectral/search.h"

/* eps = nu eig(U'LU), ascending, and the coefficients P: w_k = V S^-1 sqrt(nu) p_k. */
static pl_status lpp(pl_ctx *ctx, const linear *l, const thin_svd *t, double *eps, pl_mat p) {
    pl_status status;
    pl_mat lu = {0}, a = {0};
    size_t r = t->rank;
    PL_TRY(dense_new(ctx, l->n, r, &lu));
    PL_TRY(dense_new(ctx, r, r, &a));
    PL_TRY(pl_graph_laplacian(ctx, l->g, pl_const(t->u), lu));
    dense_times(1, pl_const(t->u), true, pl_const(lu), false, 0, a);
    PL_TRY(dense_eigen(ctx, pl_const(a), true, eps, p));
    for (size_t k = 0; k < r; k++)
        eps[k] *= (double)l->n - 1;
done:
    dense_free(&lu);
    dense_free(&a);
    return status;
}

/* |X'LXw - eps (X'HX/nu) w| / |X'LXw|, largest over the first k: the problem as it is stated. */
static pl_status stated_residual(pl_ctx *ctx, const linear *l, pl_cmat w, const double *eps,
                                 size_t k, double *out) {
    pl_status status;
    pl_mat z = {0}, lz = {0}, left = {0}, right = {0};
    *out = 0;
    PL_TRY(dense_new(ctx, l->n, k, &z));
    PL_TRY(dense_new(ctx, l->n, k, &lz));
    PL_TRY(dense_new(ctx, l->dim, k, &left));
    PL_TRY(dense_new(ctx, l->dim, k, &right));
    dense_times(1, pl_const(l->x), false, (pl_cmat){w.a, w.rows, k, w.ld}, false, 0, z);
    PL_TRY(pl_graph_laplacian(ctx, l->g, pl_const(z), lz));
    dense_times(1, pl_const(l->x), true, pl_const(lz), false, 0, left);
    dense_centre(z);
    dense_times(1 / ((double)l->n - 1), pl_const(l->x), true, pl_const(z), false, 0, right);
    for (size_t c = 0; c < k; c++) {
        double difference = 0, size = 0;
        for (size_t i = 0; i < l->dim; i++) {
            double a = left.a[i * k + c], b = eps[c] * right.a[i * k + c];
            difference += (a - b) * (a - b);
            size += fmax(a * a, b * b);
        }
        *out = fmax(*out, sqrt(difference / fmax(size, 1e-300)));
    }
done:
    dense_free(&z);
    dense_free(&lz);
    dense_free(&left);
    dense_free(&right);
    return status;
}

/* Fisher's directions by their own route: within-class scatter over total scatter, in the
 * coordinates of the total. ratios ascending; W_LDA the C - 1 first; OLS with intercept. */
static pl_status fisher(pl_ctx *ctx, const linear *l, const thin_svd *t, double *ratio, pl_mat *lda,
                        pl_mat *ols) {
    pl_status status;
    pl_mat within = {0}, s = {0}, p = {0}, uy = {0};
    size_t r = t->rank, classes = l->y.cols;
    PL_TRY(dense_copy(ctx, pl_const(t->u), &within)); /* rows less their class's mean */
    PL_TRY(dense_new(ctx, r, r, &s));
    PL_TRY(dense_new(ctx, r, r, &p));
    PL_TRY(dense_new(ctx, r, classes, &uy));
    for (size_t c = 0; c < classes; c++)
        for (size_t j = 0; j < r; j++) {
            double mean = 0, members = 0;
            for (size_t i = 0; i < l->n; i++) {
                mean += l->y.a[i * classes + c] * t->u.a[i * t->u.ld + j];
                members += l->y.a[i * classes + c];
            }
            for (size_t i = 0; i < l->n; i++)
                within.a[i * r + j] -= l->y.a[i * classes + c] * mean / members;
        }
    dense_times(1, pl_const(within), true, pl_const(within), false, 0, s);
    PL_TRY(dense_eigen(ctx, pl_const(s), true, ratio, p));
    size_t keep = classes - 1 < r ? classes - 1 : r;
    PL_TRY(thin_svd_weights(ctx, t, dense_columns(p, keep), lda));
    dense_times(1, pl_const(t->u), true, pl_const(l->y), false, 0, uy);
    PL_TRY(thin_svd_weights(ctx, t, pl_const(uy), ols));
done:
    dense_free(&within);
    dense_free(&s);
    dense_free(&p);
    dense_free(&uy);
    return status;
}

/* The optimum's W, its embedding, and what both are compared with. */
static pl_status report(pl_ctx *ctx, const linear *l, const thin_svd *t, const double *eps,
                        pl_cmat p, double *ratio, pl_table *out) {
    pl_status status;
    size_t r = t->rank, kept = l->k < r ? l->k : r, positive = 0;
    double nu = (double)l->n - 1, closed = l->alpha * (double)l->k, at, gradient, residual;
    double lda_sine = NAN, ols_sine = NAN, full = NAN, found = NAN, worst = NAN;
    pl_mat w = {0}, scaled = {0}, z = {0}, dz = {0}, dw = {0}, lda = {0}, ols = {0};
    pl_spectral_loss loss = {PL_VICREG_SQUARED, l->alpha, l->alpha, l->gamma, 0, nu, 0, false};
    search_result best = {0};
    modes low = {0};
    PL_TRY(thin_svd_weights(ctx, t, p, &w));
    PL_TRY(stated_residual(ctx, l, pl_const(w), eps, kept, &residual));
    PL_TRY(dense_new(ctx, l->dim, l->k, &scaled));
    for (size_t c = 0; c < kept; c++) {
        double mu = fmax(1 - l->gamma * eps[c] / (l->alpha * (double)l->n), 0);
        closed -= l->alpha * mu * mu;
        positive += mu > 1e-12;
        for (size_t i = 0; i < l->dim; i++)
            scaled.a[i * l->k + c] = sqrt(nu * mu) * w.a[i * w.ld + c];
    }
    PL_TRY(dense_new(ctx, l->n, l->k, &z));
    PL_TRY(dense_new(ctx, l->n, l->k, &dz));
    PL_TRY(dense_new(ctx, l->dim, l->k, &dw));
    dense_times(1, pl_const(l->x), false, pl_const(scaled), false, 0, z);
    PL_TRY(pl_spectral_loss_at(ctx, &loss, l->g, pl_const(z), &at, dz));
    dense_times(1, pl_const(l->x), true, pl_const(dz), false, 0, dw);
    gradient = sqrt(dense_square(pl_const(dw)));
    if (l->starts) {
        search_settings set = {l->starts, l->seed, 0.5, pl_const(l->x), 0};
        PL_TRY(search_minimum(ctx, &loss, l->g, l->k, &set, &best));
        found = best.best;
        worst = best.worst;
    }
    if (l->y.a) { /* only the directions that the loss keeps */
        PL_TRY(fisher(ctx, l, t, ratio, &lda, &ols));
        PL_TRY(pl_span_sine(ctx, dense_columns(scaled, positive), pl_const(lda), 1e-10, &lda_sine));
        PL_TRY(pl_span_sine(ctx, dense_columns(scaled, positive), pl_const(ols), 1e-10, &ols_sine));
    }
    if (r == l->n - 1) { /* LIN1f: nothing is lost, eps/nu are the Laplacian's own eigenvalues */
        PL_TRY(modes_new(ctx, l->g, MODES_LAPLACIAN, r, &low));
        full = 0;
        for (size_t c = 0; c < r; c++)
            full = fmax(full, fabs(eps[c] / nu - low.value[c]));
    }
    const pl_summary list[] = {
        {"closed_form_loss", "1", "L*, the formula", closed},
        {"loss_at_closed_form", "1", "the loss itself at XW*", at},
        {"gradient_norm", "1", "|gradient in W| there", gradient},
        {"best_found_loss", "1", "least loss of all starts over W", found},
        {"worst_found_loss", "1", "largest loss at the end of a start", worst},
        {"stated_residual", "1", "of X'LXw = eps (X'HX/nu) w, relative", residual},
        {"input_rank", "1", "rank of HX", (double)r},
        {"lda_sine", "1", "span(W*) against Fisher's directions", lda_sine},
        {"ols_sine", "1", "span(W*) against least squares with intercept", ols_sine},
        {"laplacian_difference", "1", "largest |eps/nu - lambda|, where HX has rank n - 1", full}};
    PL_TRY(pl_table_summarise_list(ctx, out, list, sizeof list / sizeof *list));
done:
    dense_free(&w);
    dense_free(&scaled);
    dense_free(&z);
    dense_free(&dz);
    dense_free(&dw);
    dense_free(&lda);
    dense_free(&ols);
    search_free(&best);
    modes_free(&low);
    return status;
}

pl_status linear_vicreg(pl_ctx *ctx, const linear *l, pl_table *out) {
    pl_status status;
    thin_svd t = {0};
    pl_mat p = {0};
    double *eps = NULL, *ratio = NULL;
    PL_TRY(thin_svd_new(ctx, pl_const(l->x), true, &t));
    PL_TRY(dense_new(ctx, t.rank, t.rank, &p));
    PL_NEW(ctx, eps, t.rank);
    PL_NEW(ctx, ratio, t.rank);
    PL_TRY(lpp(ctx, l, &t, eps, p));
    for (size_t i = 0; i < t.rank; i++)
        ratio[i] = NAN;
    PL_TRY(report(ctx, l, &t, eps, pl_const(p), ratio, out));
    for (size_t c = 0; c < t.rank; c++)
        PL_TRY(pl_table_add(
            ctx, out, (double[]){(double)(c + 1), eps[c], ratio[c], eps[c] / ((double)l->n - 1)},
            NULL));
done:
    thin_svd_free(&t);
    dense_free(&p);
    pl_free(eps);
    pl_free(ratio);
    return status;
}
