/* |ZZ' - G|^2 with a kernel encoder: of G on the range of K_c, the K largest positive eigenvalues;
 * the linear case (BL22.LIN2) with the eigenvectors of K_c in place of X's singular vectors. */

#include "spectral/kernel.h"

#include <math.h>

#include "math/subspace.h"
#include "spectral/dense.h"
#include "spectral/search.h"

/* Minimum without a kernel over centred Z: |G|^2 less the squares of HGH's K largest. */
static pl_status free_minimum(pl_ctx *ctx, const kernel *q, double *out) {
    pl_status status;
    pl_mat a = {0};
    double *value = NULL;
    PL_TRY(dense_new(ctx, q->n, q->n, &a));
    PL_NEW(ctx, value, q->n);
    PL_TRY(pl_graph_dense(ctx, q->g, a));
    dense_centre_both(a);
    PL_TRY(dense_eigen(ctx, pl_const(a), false, value, (pl_mat){0}));
    *out = q->g->square;
    for (size_t j = 0; j < q->k && j < q->n; j++)
        *out -= pow(fmax(value[j], 0), 2);
done:
    dense_free(&a);
    pl_free(value);
    return status;
}

pl_status kernel_simclr(pl_ctx *ctx, kernel *q, pl_table *out) {
    pl_status status;
    pl_mat gv = {0}, a = {0}, c = {0}, z = {0}, dz = {0}, da = {0};
    size_t r = q->rank, kept = q->k < r ? q->k : r, rank = 0;
    double closed = q->g->square, at, found = NAN, worst = NAN, plain, sine = NAN;
    pl_spectral_loss loss = {.kind = PL_SIMCLR_SQUARED};
    search_result best = {0};
    PL_TRY(dense_new(ctx, q->n, r, &gv));
    PL_TRY(dense_new(ctx, r, r, &a));
    PL_TRY(dense_new(ctx, r, r, &q->p));
    PL_TRY(dense_new(ctx, r, q->k, &c));
    PL_TRY(dense_new(ctx, q->n, q->k, &z));
    PL_TRY(dense_new(ctx, q->n, q->k, &dz));
    PL_TRY(dense_new(ctx, r, q->k, &da));
    PL_NEW(ctx, q->nu, r);
    PL_TRY(pl_graph_apply(ctx, q->g, pl_const(q->v), gv));
    dense_times(1, pl_const(q->v), true, pl_const(gv), false, 0, a);
    PL_TRY(dense_eigen(ctx, pl_const(a), false, q->nu, q->p));
    for (size_t j = 0; j < kept; j++) {
        double value = q->nu[j] > 1e-10 * fabs(q->nu[0]) ? q->nu[j] : 0;
        closed -= value * value;
        rank += value > 0;
        for (size_t i = 0; i < r; i++)
            c.a[i * q->k + j] = sqrt(value) * q->p.a[i * r + j];
    }
    dense_times(1, pl_const(q->v), false, pl_const(c), false, 0, z);
    PL_TRY(pl_spectral_loss_at(ctx, &loss, q->g, pl_const(z), &at, dz));
    dense_times(1, pl_const(q->v), true, pl_const(dz), false, 0, da);
    if (q->starts) {
        search_settings set = {q->starts, q->seed, 0.5, pl_const(q->v), 0};
        PL_TRY(search_minimum(ctx, &loss, q->g, q->k, &set, &best));
        found = best.best;
        worst = best.worst;
        PL_TRY(pl_span_sine(ctx, dense_columns(z, rank), pl_const(best.z), 2e-2, &sine));
    }
    PL_TRY(free_minimum(ctx, q, &plain));
    const pl_summary list[] = {
        {"closed_form_loss", "1", "L*, the formula", closed},
        {"loss_at_closed_form", "1", "the loss itself at K_cA*", at},
        {"gradient_norm", "1", "|gradient on the range of K_c| there",
         sqrt(dense_square(pl_const(da)))},
        {"best_found_loss", "1", "least loss of all starts over A", found},
        {"worst_found_loss", "1", "largest at the end of a start", worst},
        {"free_loss", "1", "minimum over all centred Z: a kernel of rank n - 1 reaches it", plain},
        {"rank", "1", "of Z*: positive eigenvalues among the first K", (double)rank},
        {"subspace_sine", "1", "largest angle between what was found and Z*", sine},
        {"kernel_rank", "1", "rank of K_c", (double)r},
        {"condition", "1", "of K_c on its range", q->s[0] / q->s[r - 1]}};
    PL_TRY(pl_table_summarise_list(ctx, out, list, sizeof list / sizeof *list));
done:
    dense_free(&gv);
    dense_free(&a);
    dense_free(&c);
    dense_free(&z);
    dense_free(&dz);
    dense_free(&da);
    search_free(&best);
    return status;
}
