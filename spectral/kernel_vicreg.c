/* VICReg with a kernel encoder and a ridge rho tr(A'K_cA): the closed form of the embedding with
 * L + (rho n/(2 gamma)) K_c^+ in place of L on the range of K_c. */

#include "spectral/kernel.h"

#include <math.h>

#include "spectral/dense.h"
#include "spectral/modes.h"
#include "spectral/search.h"

/* V'LV + (ridge n/(2 gamma)) S^-1. */
static pl_status regularised(pl_ctx *ctx, kernel *q) {
    pl_status status;
    pl_mat lv = {0}, a = {0};
    size_t r = q->rank;
    PL_TRY(dense_new(ctx, q->n, r, &lv));
    PL_TRY(dense_new(ctx, r, r, &a));
    PL_TRY(dense_new(ctx, r, r, &q->p));
    PL_NEW(ctx, q->nu, r);
    PL_TRY(pl_graph_laplacian(ctx, q->g, pl_const(q->v), lv));
    dense_times(1, pl_const(q->v), true, pl_const(lv), false, 0, a);
    for (size_t i = 0; i < r; i++)
        a.a[i * r + i] += q->ridge * (double)q->n / (2 * q->gamma) / q->s[i];
    for (size_t i = 0; i < r; i++)
        for (size_t j = 0; j < i; j++)
            a.a[i * r + j] = a.a[j * r + i] = (a.a[i * r + j] + a.a[j * r + i]) / 2;
    PL_TRY(dense_eigen(ctx, pl_const(a), true, q->nu, q->p));
done:
    dense_free(&lv);
    dense_free(&a);
    return status;
}

/* Z* = sqrt(nu) V P diag(sqrt mu), its loss and ridge: tr(A'K_cA) = tr(Z'K_c^+Z). */
static pl_status check(pl_ctx *ctx, const kernel *q, pl_table *out) {
    pl_status status;
    pl_mat c = {0}, z = {0}, basis = {0};
    size_t kept = q->k < q->rank ? q->k : q->rank;
    double nu = (double)q->n - 1, eta = q->gamma * nu / (q->alpha * (double)q->n);
    double closed = q->alpha * (double)q->k, ridge = 0, at, found = NAN, worst = NAN, plain = NAN;
    pl_spectral_loss loss = {PL_VICREG_SQUARED, q->alpha, q->alpha, q->gamma, 0, nu, 0, false};
    search_result best = {0};
    modes low = {0};
    PL_TRY(dense_new(ctx, q->rank, q->k, &c));
    PL_TRY(dense_new(ctx, q->n, q->k, &z));
    for (size_t j = 0; j < kept; j++) {
        double mu = fmax(1 - eta * q->nu[j], 0);
        closed -= q->alpha * mu * mu;
        for (size_t i = 0; i < q->rank; i++) {
            double w = sqrt(nu * mu) * q->p.a[i * q->rank + j];
            c.a[i * q->k + j] = w;
            ridge += q->ridge * w * w / q->s[i];
        }
    }
    dense_times(1, pl_const(q->v), false, pl_const(c), false, 0, z);
    PL_TRY(pl_spectral_loss_at(ctx, &loss, q->g, pl_const(z), &at, (pl_mat){0}));
    search_settings set = {q->starts, q->seed, 1, {0}, 0};
    if (set.starts) { /* over W = S^1/2 V'A: Z = V S^1/2 W, tr(A'K_cA) = |W|^2 */
        PL_TRY(dense_copy(ctx, pl_const(q->v), &basis));
        for (size_t i = 0; i < q->rank; i++)
            dense_scale_column(basis, i, sqrt(q->s[i]));
        set.basis = pl_const(basis);
        set.ridge = q->ridge;
        PL_TRY(search_minimum(ctx, &loss, q->g, q->k, &set, &best));
        found = best.best;
        worst = best.worst;
    }
    if (q->ridge == 0 && q->rank == q->n - 1) { /* nothing is lost: the free embedding's minimum */
        PL_TRY(modes_new(ctx, q->g, MODES_LAPLACIAN, kept, &low));
        plain = q->alpha * (double)q->k;
        for (size_t j = 0; j < kept; j++)
            plain -= q->alpha * pow(fmax(1 - eta * low.value[j], 0), 2);
    }
    const pl_summary list[] = {
        {"closed_form_loss", "1", "L*, the formula", closed},
        {"loss_at_closed_form", "1", "loss and ridge at K_cA*", at + ridge},
        {"best_found_loss", "1", "least loss of all starts over A", found},
        {"worst_found_loss", "1", "largest at the end of a start", worst},
        {"free_loss", "1", "minimum without a kernel; nan: ridge > 0, or K_c loses a direction",
         plain},
        {"kernel_rank", "1", "rank of K_c", (double)q->rank},
        {"condition", "1", "of K_c on its range", q->s[0] / q->s[q->rank - 1]}};
    PL_TRY(pl_table_summarise_list(ctx, out, list, sizeof list / sizeof *list));
done:
    dense_free(&c);
    dense_free(&z);
    dense_free(&basis);
    search_free(&best);
    modes_free(&low);
    return status;
}

pl_status kernel_vicreg(pl_ctx *ctx, kernel *q, pl_table *out) {
    pl_status status;
    if (!(q->gamma > 0) && q->ridge > 0)
        return pl_fail(ctx, PL_EUSAGE, "--gamma is 0, expected > 0 with a ridge");
    PL_TRY(regularised(ctx, q));
    PL_TRY(check(ctx, q, out));
done:
    return status;
}
