/* |XWW'X' - G|^2 (BL22.LIN2): W* = V S^-1 P sqrt(eig_+(U'GU)); with G = XX', PCA (LIN2p). */

#include <math.h>

#include "math/subspace.h"
#include "spectral/dense.h"
#include "spectral/embedding.h"
#include "spectral/linear.h"
#include "spectral/search.h"

pl_status linear_simclr(pl_ctx *ctx, const linear *l, pl_table *out) {
    pl_status status;
    thin_svd t = {0};
    pl_mat gu = {0}, a = {0}, p = {0}, w = {0}, z = {0}, dz = {0}, dw = {0}, uy = {0}, ols = {0};
    double *value = NULL, closed = l->g->square, at, found = NAN, worst = NAN, ols_sine = NAN;
    double pca_sine = NAN;
    pl_spectral_loss loss = {.kind = PL_SIMCLR_SQUARED};
    search_result best = {0};
    size_t rank = 0;
    PL_TRY(thin_svd_new(ctx, pl_const(l->x), false, &t));
    size_t r = t.rank, kept = l->k < r ? l->k : r;
    PL_TRY(dense_new(ctx, l->n, r, &gu));
    PL_TRY(dense_new(ctx, r, r, &a));
    PL_TRY(dense_new(ctx, r, r, &p));
    PL_NEW(ctx, value, r);
    PL_TRY(pl_graph_apply(ctx, l->g, pl_const(t.u), gu));
    dense_times(1, pl_const(t.u), true, pl_const(gu), false, 0, a);
    PL_TRY(dense_eigen(ctx, pl_const(a), false, value, p));
    for (size_t c = 0; c < kept; c++) {
        double v = value[c] > 1e-10 * fabs(value[0]) ? value[c] : 0;
        closed -= v * v;
        rank += v > 0;
        dense_scale_column(p, c, sqrt(v));
    }
    PL_TRY(thin_svd_weights(ctx, &t, dense_columns(p, kept), &w));
    PL_TRY(dense_new(ctx, l->n, kept, &z));
    PL_TRY(dense_new(ctx, l->n, kept, &dz));
    PL_TRY(dense_new(ctx, l->dim, kept, &dw));
    dense_times(1, pl_const(l->x), false, pl_const(w), false, 0, z);
    PL_TRY(pl_spectral_loss_at(ctx, &loss, l->g, pl_const(z), &at, dz));
    dense_times(1, pl_const(l->x), true, pl_const(dz), false, 0, dw);
    if (l->starts) {
        search_settings set = {l->starts, l->seed, 0.5, pl_const(l->x), 0};
        PL_TRY(search_minimum(ctx, &loss, l->g, l->k, &set, &best));
        found = best.best;
        worst = best.worst;
    }
    if (l->y.a) { /* least squares without intercept, X^+ Y */
        PL_TRY(dense_new(ctx, r, l->y.cols, &uy));
        dense_times(1, pl_const(t.u), true, pl_const(l->y), false, 0, uy);
        PL_TRY(thin_svd_weights(ctx, &t, pl_const(uy), &ols));
        PL_TRY(pl_span_sine(ctx, dense_columns(w, rank), pl_const(ols), 1e-10, &ols_sine));
    }
    PL_TRY(pl_span_sine(ctx, dense_columns(t.u, kept), pl_const(z), 1e-10, &pca_sine));
    const pl_summary list[] = {
        {"closed_form_loss", "1", "L*, the formula", closed},
        {"loss_at_closed_form", "1", "the loss itself at XW*", at},
        {"gradient_norm", "1", "|gradient in W| there", sqrt(dense_square(pl_const(dw)))},
        {"best_found_loss", "1", "least loss of all starts over W", found},
        {"worst_found_loss", "1", "largest loss at the end of a start", worst},
        {"input_rank", "1", "rank of X", (double)r},
        {"rank", "1", "of W*: positive eigenvalues among the first K", (double)rank},
        {"classes", "1", "columns of Y", (double)l->y.cols},
        {"ols_sine", "1", "part of the least-squares span (no intercept) outside span(W*)",
         ols_sine},
        {"pca_sine", "1", "XW* against the leading principal components", pca_sine}};
    PL_TRY(pl_table_summarise_list(ctx, out, list, sizeof list / sizeof *list));
    for (size_t c = 0; c < r; c++)
        PL_TRY(pl_table_add(ctx, out, (double[]){(double)(c + 1), value[c], t.s[c] * t.s[c], NAN},
                            NULL));
done:
    thin_svd_free(&t);
    dense_free(&gu);
    dense_free(&a);
    dense_free(&p);
    dense_free(&w);
    dense_free(&z);
    dense_free(&dz);
    dense_free(&dw);
    dense_free(&uy);
    dense_free(&ols);
    pl_free(value);
    search_free(&best);
    return status;
}
